//! [`Redis`]: one connection, and what is asked on it.

use std::ops::Bound;
use std::sync::Arc;

use async_trait::async_trait;
use dlq_core::storage::{StorageCapability, StorageResult};
use dlq_core::{Clock, Timestamp};
use dlq_storage_keyed::{Asked, KeyedStore, ReadRow, Space, Stretch, Unit, Written};
use futures_util::future::try_join_all;
use redis::pipe;

use crate::arguments::arguments;
use crate::config::RedisConfig;
use crate::connection::Connection;
use crate::key::Keys;
use crate::schema;
use crate::script::{Lua, PURGE, READ, TIME, WRITE};
use crate::settings;

/// How many units one script carries.
const PORTION_UNITS: usize = 10_000;
/// How many bytes of records one script carries, unless a single record has more: the server does nothing else meanwhile.
const PORTION_BYTES: usize = 8 << 20;

/// Redis or Valkey, and where everything is. Every call shares one connection, which is made anew where it breaks.
pub struct Redis {
    connection: Connection,
    keys: Keys,
    /// What it can promise, as the server was set up when we connected.
    capability: StorageCapability,
    clock: Option<Arc<dyn Clock>>,
}

/// A hash's fields and their values.
type Fields = Vec<Option<Vec<u8>>>;

impl Redis {
    async fn values_of(&self, operation: &'static str, asked: &[&Asked]) -> StorageResult<Vec<Fields>> {
        let name = |asked: &Asked| self.keys.name(asked.shard, asked.space).to_owned();
        if let [Asked { keys, .. }] = asked {
            if keys.is_empty() {
                return Ok(vec![Vec::new()]);
            }
            let mut command = redis::cmd("HMGET");
            command.arg(name(asked[0])).arg(keys);
            return Ok(vec![self.connection.ask(operation, &command).await?]);
        }
        let mut call = READ.call(asked.iter().map(|asked| name(asked)));
        for Asked { keys, .. } in asked {
            call.command.arg(keys.len()).arg(keys);
        }
        self.connection.run(operation, &call).await
    }

    async fn write_portion(
        &self,
        operation: &'static str,
        shard: u32,
        units: &[Unit],
    ) -> StorageResult<Vec<Written>> {
        let script: &'static Lua = if units.iter().all(Unit::gives_room) { &PURGE } else { &WRITE };
        let mut call = script.call(self.keys.of_shard(shard).iter());
        arguments(units, &mut call.command);
        let answers: Vec<usize> = self.connection.run(operation, &call).await?;
        let written = |vain: usize| vain.checked_sub(1).map_or(Written::Yes, Written::Vain);
        Ok(answers.into_iter().map(written).collect())
    }
}

#[async_trait]
impl KeyedStore for Redis {
    type Config = RedisConfig;

    async fn connect(config: &RedisConfig) -> StorageResult<Self> {
        config.validate()?;
        let connection = Connection::open(config).await?;
        let shards = schema::check(&connection, config).await?;
        let settings = settings::read(&connection, "connect").await.unwrap_or_default();
        let (keys, capability) = (Keys::new(&config.prefix, shards), settings::capability(&settings));
        Ok(Self { connection, keys, capability, clock: config.clock.clone() })
    }

    fn capability(&self) -> &StorageCapability {
        &self.capability
    }

    fn shards(&self) -> u32 {
        self.keys.shards()
    }

    async fn now(&self, operation: &'static str) -> StorageResult<Timestamp> {
        if let Some(clock) = &self.clock {
            return Ok(clock.now());
        }
        let call = TIME.call([self.keys.meta()].into_iter());
        let (seconds, micros): (i64, i64) = self.connection.run(operation, &call).await?;
        Ok(Timestamp::from_millis(seconds * 1000 + micros / 1000))
    }

    async fn values(&self, operation: &'static str, asked: &[Asked]) -> StorageResult<Vec<Fields>> {
        // Those of one shard follow each other.
        let portions = asked.chunk_by(|one, other| one.shard == other.shard);
        let read = portions.map(|portion| async move {
            let portion: Vec<_> = portion.iter().collect();
            self.values_of(operation, &portion).await
        });
        Ok(try_join_all(read).await?.into_iter().flatten().collect())
    }

    async fn rows(
        &self,
        operation: &'static str,
        shard: u32,
        spaces: &[Space],
    ) -> StorageResult<Vec<Vec<ReadRow>>> {
        let mut call = READ.call(spaces.iter().map(|space| self.keys.name(shard, *space)));
        call.command.arg(vec![-1; spaces.len()]);
        self.connection.run(operation, &call).await
    }

    async fn members(
        &self,
        operation: &'static str,
        stretches: &[Stretch],
        descending: bool,
        limit: usize,
    ) -> StorageResult<Vec<Vec<Vec<u8>>>> {
        let portions = stretches.chunk_by(|one, other| one.shard == other.shard);
        let read = portions.map(|portion| async move {
            let mut commands = pipe();
            for Stretch { shard, space, low, high } in portion {
                let range = commands.cmd("ZRANGE").arg(self.keys.name(*shard, *space));
                let (low, high) = (bound(low, b"-"), bound(high, b"+"));
                let range = if descending { range.arg(high).arg(low) } else { range.arg(low).arg(high) };
                let range = range.arg("BYLEX");
                let range = if descending { range.arg("REV") } else { range };
                range.arg("LIMIT").arg(0).arg(limit);
            }
            self.connection.ask_all::<Vec<Vec<Vec<u8>>>>(operation, &commands).await
        });
        Ok(try_join_all(read).await?.into_iter().flatten().collect())
    }

    async fn write(
        &self,
        operation: &'static str,
        shard: u32,
        units: Vec<Unit>,
    ) -> StorageResult<Vec<Written>> {
        let mut written = Vec::with_capacity(units.len());
        for portion in portions(&units) {
            written.extend(self.write_portion(operation, shard, portion).await?);
        }
        Ok(written)
    }

    async fn health(&self) -> StorageResult<Vec<String>> {
        let probed = (0..self.shards()).map(|shard| async move {
            // A write that changes nothing: a replica, a full disk or too few replicas refuse it all the same.
            let mut probe = redis::cmd("HDEL");
            probe.arg(self.keys.name(shard, Space::Books)).arg("probe");
            self.connection.ask::<u64>("health", &probe).await
        });
        try_join_all(probed).await?;
        match settings::read(&self.connection, "health").await {
            Ok(settings) => Ok(settings::warnings(&settings)),
            Err(error) => {
                Ok(vec![format!("whether the server keeps what it acknowledges it does not tell: {error}")])
            }
        }
    }
}

/// Where a stretch begins or ends, as ZRANGE BYLEX takes it.
fn bound(bound: &Bound<Vec<u8>>, open: &[u8]) -> Vec<u8> {
    match bound {
        Bound::Included(member) => [b"[", member.as_slice()].concat(),
        Bound::Excluded(member) => [b"(", member.as_slice()].concat(),
        Bound::Unbounded => open.to_vec(),
    }
}

/// The units in portions of so many bytes.
fn portions(units: &[Unit]) -> impl Iterator<Item = &[Unit]> {
    let mut left = units;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = left.iter().take(PORTION_UNITS).take_while(|unit| {
            let before = bytes;
            bytes += unit.weight();
            before == 0 || bytes <= PORTION_BYTES
        });
        let (portion, rest) = left.split_at(fits.count());
        left = rest;
        (!portion.is_empty()).then_some(portion)
    })
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redis").field("keys", &self.keys.meta()).finish_non_exhaustive()
    }
}
