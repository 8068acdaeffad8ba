//! [`Store`]: one connection, and the few ways in which it is asked.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use dlq_core::Clock;
use dlq_core::Timestamp;
use dlq_core::record::RecordId;
use dlq_core::storage::{StorageCapability, StorageError, StorageErrorKind, StorageResult};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, FromRedisValue, Pipeline, Script};

use crate::config::RedisConfig;
use crate::error::failed;
use crate::key::{Key, Keys};
use crate::row::{Stored, Values};
use crate::schema;
use crate::settings::Settings;
use crate::unit::{Unit, Written, arguments};

/// How many bytes of records one script carries, unless a single record has more: the server does nothing else meanwhile.
const PORTION_BYTES: usize = 8 << 20;
/// How often a connection is tried before a call gives up; the next call tries again.
const TRIES: usize = 1;

static WRITE: LazyLock<Script> =
    LazyLock::new(|| Script::new(concat!("#!lua\n", include_str!("script/write.lua"))));
/// The same where memory is full: what only takes away gives room.
static PURGE: LazyLock<Script> =
    LazyLock::new(|| Script::new(concat!("#!lua flags=allow-oom\n", include_str!("script/write.lua"))));
static READ: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("script/read.lua")));
static RESERVE: LazyLock<Script> =
    LazyLock::new(|| Script::new(concat!("#!lua\n", include_str!("script/reserve.lua"))));

/// How much is read of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// All but its content.
    Listed,
    /// All.
    Whole,
}

/// One server, and where on it everything is. Every call shares one connection, which is made anew where it breaks.
pub(crate) struct Store {
    connection: ConnectionManager,
    pub(crate) keys: Keys,
    /// What it can promise, as the server was set up when we connected.
    pub(crate) capability: StorageCapability,
    clock: Option<Arc<dyn Clock>>,
}

impl Store {
    pub(crate) async fn connect(config: &RedisConfig) -> StorageResult<Self> {
        let client = Client::open(config.server.clone()).map_err(|error| failed("connect", error))?;
        let manager = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(config.connect_timeout))
            .set_response_timeout(Some(config.response_timeout))
            .set_number_of_retries(TRIES);
        let connection = ConnectionManager::new_with_config(client, manager).await;
        let connection = connection.map_err(|error| failed("connect", error))?;
        let (keys, clock) = (Keys::new(&config.prefix), config.clock.clone());
        let capability = Settings::default().capability();
        let mut store = Self { connection, keys, capability, clock };
        schema::check(&store).await?;
        let settings = Settings::read(&store, "connect").await.unwrap_or_default();
        store.capability = settings.capability();
        Ok(store)
    }

    /// A command about this key.
    pub(crate) fn command(&self, name: &str, key: Key) -> Cmd {
        let mut command = redis::cmd(name);
        command.arg(self.keys.name(key));
        command
    }

    pub(crate) async fn ask<T: FromRedisValue>(
        &self,
        operation: &'static str,
        command: &Cmd,
    ) -> StorageResult<T> {
        let mut connection = self.connection.clone();
        command.query_async(&mut connection).await.map_err(|error| failed(operation, error))
    }

    pub(crate) async fn ask_all<T: FromRedisValue>(
        &self,
        operation: &'static str,
        commands: &Pipeline,
    ) -> StorageResult<T> {
        let mut connection = self.connection.clone();
        commands.query_async(&mut connection).await.map_err(|error| failed(operation, error))
    }

    async fn run<T: FromRedisValue>(
        &self,
        operation: &'static str,
        script: &Script,
        invocation: &Cmd,
    ) -> StorageResult<T> {
        let mut connection = self.connection.clone();
        match invocation.query_async(&mut connection).await {
            Err(error) if error.code() == Some("NOSCRIPT") => {
                script.load_async(&mut connection).await.map_err(|error| failed(operation, error))?;
                invocation.query_async(&mut connection).await
            }
            answer => answer,
        }
        .map_err(|error| failed(operation, error))
    }

    /// The time that rules.
    pub(crate) async fn now(&self, operation: &'static str) -> StorageResult<Timestamp> {
        if let Some(clock) = &self.clock {
            return Ok(clock.now());
        }
        let (seconds, micros): (i64, i64) = self.ask(operation, &redis::cmd("TIME")).await?;
        Ok(Timestamp::from_millis(seconds * 1000 + micros / 1000))
    }

    /// Fields of a hash, in the order asked.
    pub(crate) async fn fields<F: redis::ToRedisArgs + Sync>(
        &self,
        operation: &'static str,
        hash: Key,
        fields: &[F],
    ) -> StorageResult<Vec<Option<Vec<u8>>>> {
        if fields.is_empty() {
            return Ok(Vec::new());
        }
        self.ask(operation, self.command("HMGET", hash).arg(fields)).await
    }

    /// Fields of several hashes as they stand at one moment; without any fields, all that there are.
    pub(crate) async fn hashes<T: FromRedisValue>(
        &self,
        operation: &'static str,
        hashes: &[Key],
        fields: &[&[u8]],
    ) -> StorageResult<T> {
        let mut invocation = redis::cmd("EVALSHA");
        invocation.arg(READ.get_hash()).arg(hashes.len());
        hashes.iter().for_each(|hash| {
            invocation.arg(self.keys.name(*hash));
        });
        self.run(operation, &READ, invocation.arg(fields)).await
    }

    /// The records of these ids, as they stand at one moment; those that are not there are left out.
    pub(crate) async fn read(
        &self,
        operation: &'static str,
        ids: &[RecordId],
        depth: Depth,
    ) -> StorageResult<HashMap<RecordId, Stored>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let fields: Vec<_> = ids.iter().map(|id| id.to_bytes()).collect();
        let fields: Vec<&[u8]> = fields.iter().map(<[u8; 16]>::as_slice).collect();
        let hashes = [Key::State, Key::Head, Key::Content];
        let hashes = if depth == Depth::Whole { &hashes[..] } else { &hashes[..2] };
        let mut read: Vec<Vec<Option<Vec<u8>>>> = self.hashes(operation, hashes, &fields).await?;
        let mut records = HashMap::with_capacity(ids.len());
        for (place, id) in ids.iter().enumerate() {
            let mut value = |hash: usize| read.get_mut(hash).and_then(|values| values.get_mut(place)?.take());
            let Some(state) = value(0) else { continue };
            let content = (depth == Depth::Whole).then(|| value(2));
            records.insert(*id, Stored::read(*id, Values { state, head: value(1), content })?);
        }
        Ok(records)
    }

    /// Writes units, each whole or not at all, and tells of each.
    pub(crate) async fn write(&self, operation: &'static str, units: &[Unit]) -> StorageResult<Vec<Written>> {
        self.write_by(operation, &WRITE, units).await
    }

    /// The same where memory may be full, for units that take more than they bring.
    pub(crate) async fn purge(&self, operation: &'static str, units: &[Unit]) -> StorageResult<Vec<Written>> {
        self.write_by(operation, &PURGE, units).await
    }

    async fn write_by(
        &self,
        operation: &'static str,
        script: &Script,
        units: &[Unit],
    ) -> StorageResult<Vec<Written>> {
        let mut written = Vec::with_capacity(units.len());
        for portion in portions(units) {
            let mut invocation = redis::cmd("EVALSHA");
            invocation.arg(script.get_hash()).arg(self.keys.all().len()).arg(self.keys.all());
            arguments(portion).give(&mut invocation);
            let answers: Vec<usize> = self.run(operation, script, &invocation).await?;
            if answers.len() != portion.len() {
                let message = "the script did not tell of every unit";
                return Err(StorageError::new(StorageErrorKind::Unexpected, operation, message));
            }
            written.extend(answers.into_iter().map(|vain| match vain {
                0 => Written::Yes,
                vain => Written::Vain(vain),
            }));
        }
        Ok(written)
    }

    /// Reserves what is due longest, from here up to there, until then.
    pub(crate) async fn reserve(
        &self,
        range: [&[u8]; 2],
        wanted: usize,
        now: Timestamp,
        until: Timestamp,
    ) -> StorageResult<Vec<Vec<u8>>> {
        let mut invocation = redis::cmd("EVALSHA");
        invocation.arg(RESERVE.get_hash()).arg(2);
        invocation.arg(self.keys.name(Key::Due)).arg(self.keys.name(Key::Reserved));
        invocation.arg(&range[..]).arg(wanted).arg(now.as_millis()).arg(until.as_millis());
        self.run("claim", &RESERVE, &invocation).await
    }
}

/// The units in portions of so many bytes.
fn portions(units: &[Unit]) -> impl Iterator<Item = &[Unit]> {
    let mut left = units;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = left.iter().take_while(|unit| {
            let before = bytes;
            bytes += unit.weight();
            before == 0 || bytes <= PORTION_BYTES
        });
        let (portion, rest) = left.split_at(fits.count());
        left = rest;
        (!portion.is_empty()).then_some(portion)
    })
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("keys", &self.keys.name(Key::Meta)).finish_non_exhaustive()
    }
}
