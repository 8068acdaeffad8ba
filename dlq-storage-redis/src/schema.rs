//! Which layout a store has: looked at, or written down, by everyone who connects.

use dlq_core::storage::{StorageError, StorageErrorKind, StorageResult};
use redis::pipe;

use crate::address::Address;
use crate::config::RedisConfig;
use crate::connection::Connection;
use crate::key::Keys;

/// The layout that this crate writes.
const LAYOUT: u64 = dlq_storage_keyed::LAYOUT;
/// Among how many shards the records of a new store are spread in a cluster: each of a few nodes gets its part. One server
/// has all of them, so that one is enough there.
const CLUSTER_SHARDS: u32 = 12;
/// The first version that has all that the scripts ask for.
const REDIS_MIN: u64 = 7;

/// Notes layout and number of shards of an empty store, and refuses what this crate cannot read. Several may connect at
/// once: who comes first writes, and all others read the same. Answers the number of shards.
pub(crate) async fn check(connection: &Connection, config: &RedisConfig) -> StorageResult<u32> {
    check_version(connection).await?;
    let keys = Keys::new(&config.prefix, 0);
    let wanted = config.shards.unwrap_or(if matches!(config.address, Address::Cluster(_)) {
        CLUSTER_SHARDS
    } else {
        1
    });
    let mut commands = pipe();
    for (name, number) in [("layout", LAYOUT), ("shards", wanted.into())] {
        commands.cmd("HSETNX").arg(keys.meta()).arg(name).arg(number).ignore();
    }
    commands.cmd("HMGET").arg(keys.meta()).arg("layout").arg("shards");
    let ((layout, shards),): ((u64, u32),) = connection.ask_all("connect", &commands).await?;
    if layout != LAYOUT {
        return Err(refused(format!(
            "the store has layout {layout}: this version reads layout {LAYOUT} alone"
        )));
    }
    match config.shards.filter(|wanted| *wanted != shards) {
        Some(wanted) => Err(refused(format!(
            "shards {wanted}: the store has shards {shards}, which was fixed when it was made; name that or none"
        ))),
        None => Ok(shards),
    }
}

/// Both Redis and Valkey tell which version of Redis they are like.
async fn check_version(connection: &Connection) -> StorageResult<()> {
    let info: String = connection.ask_any("connect", redis::cmd("INFO").arg("server")).await?;
    let version =
        info.lines().find_map(|line| line.strip_prefix("redis_version:")).unwrap_or_default().trim();
    let major: u64 = version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0);
    if major >= REDIS_MIN {
        return Ok(());
    }
    Err(refused(format!("the server is Redis {version:?}: {REDIS_MIN}.0 and later, or Valkey, are allowed")))
}

fn refused(message: String) -> StorageError {
    StorageError::new(StorageErrorKind::Validation, "connect", message)
}
