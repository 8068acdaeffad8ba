#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod config;

mod storage;

mod documents;

mod operation;

mod ledger;

mod store;

mod unit;

mod row;

mod history;

mod position;

mod tally;

mod index;

mod key;

mod schema;

mod settings;

mod error;

pub use config::RedisConfig;
pub use storage::RedisStorage;
