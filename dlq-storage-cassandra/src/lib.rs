#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod config;

mod store;

mod write;

mod plain;

mod statements;

mod schema;

mod cluster;

mod reachable;

mod settings;

mod health;

mod error;

use dlq_storage_keyed::KeyedStorage;

pub use config::{CassandraConfig, Consistency, Replication};
pub use store::Cassandra;

/// Records in Cassandra or ScyllaDB.
pub type CassandraStorage = KeyedStorage<Cassandra>;
