#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod config;

mod store;

mod address;

mod connection;

mod cryptography;

mod watched;

mod script;

mod arguments;

mod key;

mod schema;

mod settings;

mod error;

pub use config::RedisConfig;
pub use store::Redis;

/// Records in Redis or Valkey.
pub type RedisStorage = dlq_storage_keyed::KeyedStorage<Redis>;
