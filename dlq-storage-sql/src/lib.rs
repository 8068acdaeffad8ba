#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod config;

mod storage;
mod transfer;

mod operation;

mod documents;

mod ledger;

mod statement;

mod row;

mod driver;

mod error;

mod schema;

pub use config::SqlConfig;
pub use storage::SqlStorage;
