//! Which layout a store has: looked at, or written down, by everyone who connects.

use dlq_core::storage::{StorageError, StorageErrorKind, StorageResult};
use redis::pipe;

use crate::key::Key;
use crate::store::Store;

/// The layout that this crate writes.
const LAYOUT: u64 = 1;
/// Among how many shards the records are spread. Keys are ready for several, and this number says which layout stands.
const SHARDS: u64 = 1;
/// The first version that has all that the scripts ask for.
const REDIS_MIN: u64 = 7;

/// Notes the layout of an empty store, and refuses what this crate cannot read. Several may connect at once: who comes
/// first writes, and all others read the same.
pub(crate) async fn check(store: &Store) -> StorageResult<()> {
    check_version(store).await?;
    let mut commands = pipe();
    for (name, number) in [("layout", LAYOUT), ("shards", SHARDS)] {
        commands.add_command(store.command("HSETNX", Key::Meta)).arg(name).arg(number).ignore();
    }
    commands.add_command(store.command("HMGET", Key::Meta)).arg("layout").arg("shards");
    let ((layout, shards),): ((u64, u64),) = store.ask_all("connect", &commands).await?;
    for (name, stands, known) in [("layout", layout, LAYOUT), ("shards", shards, SHARDS)] {
        if stands != known {
            let message = format!("the store has {name} {stands}: this version reads {name} {known} alone");
            return Err(StorageError::new(StorageErrorKind::Validation, "connect", message));
        }
    }
    Ok(())
}

/// Both Redis and Valkey tell which version of Redis they are like.
async fn check_version(store: &Store) -> StorageResult<()> {
    let info: String = store.ask("connect", redis::cmd("INFO").arg("server")).await?;
    let version =
        info.lines().find_map(|line| line.strip_prefix("redis_version:")).unwrap_or_default().trim();
    let major: u64 = version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0);
    if major >= REDIS_MIN {
        return Ok(());
    }
    let message = format!("the server is Redis {version:?}: {REDIS_MIN}.0 and later, or Valkey, are allowed");
    Err(StorageError::new(StorageErrorKind::Validation, "connect", message))
}
