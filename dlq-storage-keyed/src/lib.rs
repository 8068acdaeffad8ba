#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod store;

mod space;

mod unit;

mod storage;

mod documents;

mod transfer;

mod operation;

mod ledger;

mod shards;

mod row;

mod history;

mod noted;

mod position;

mod tally;

mod kind;

mod index;

mod error;

pub use kind::FOUND_BY;
pub use space::Space;
pub use storage::KeyedStorage;
pub use store::{Asked, KeyedStore, LAYOUT, ReadRow, Stretch};
pub use tally::{counted, summed};
pub use unit::{Key, Row, Unit, Written};
