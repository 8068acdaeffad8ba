//! [`Cassandra`]: a store in its tables, as the engine asks for it.

use std::collections::{HashMap, HashSet};
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use dlq_core::storage::{StorageCapability, StorageResult};
use dlq_core::{Clock, Timestamp};
use dlq_storage_keyed::{Asked, Key, KeyedStore, ReadRow, Row, Space, Stretch, Unit, Written};
use futures_util::future::{try_join, try_join_all};

use crate::cluster::Cluster;
use crate::config::CassandraConfig;
use crate::error::Trouble;
use crate::settings::Settings;
use crate::statements::{FLOOR, OWN, Statements, TRAIL};
use crate::write::Shard;
use crate::{health, plain, schema};

/// How many rows one question asks for by their keys; ScyllaDB takes no more.
const KEYS: usize = 100;
/// A key that is behind every member: ids have sixteen bytes, and no text has this one.
pub(crate) const BEHIND_ALL: [u8; 64] = [u8::MAX; 64];

/// The tables of one store.
#[derive(Debug)]
pub(crate) struct Tables {
    pub(crate) cluster: Cluster,
    pub(crate) statements: Statements,
    pub(crate) keyspace: String,
    pub(crate) store: String,
    /// For how long it is found out what became of a batch.
    pub(crate) patience: Duration,
    pub(crate) batch_rows: usize,
}

impl Tables {
    /// Who wrote last to a shard. Whatever was under way is then written or never will be, and most replicas have it: what
    /// is read afterwards is at least as new.
    pub(crate) async fn trail(&self, shard: i32) -> Result<Option<Vec<u8>>, Trouble> {
        let values = (&self.store, shard, OWN, TRAIL);
        let trail = self.cluster.rows::<(Vec<u8>,)>(&self.statements.trail, values).await?;
        Ok(trail.into_iter().next().map(|(trail,)| trail))
    }

    /// The first members of a stretch of a shard, from either end.
    pub(crate) async fn members(
        &self,
        shard: i32,
        space: Space,
        [low, high]: [&[u8]; 2],
        descending: bool,
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, Trouble> {
        let statements = &self.statements;
        let statement = if descending { &statements.descending } else { &statements.ascending };
        let (space, limit) = (code(space), i32::try_from(limit).unwrap_or(i32::MAX));
        let values = (&self.store, shard, space, low, high, limit);
        let members = self.cluster.rows::<(Vec<u8>,)>(statement, values).await?;
        Ok(members.into_iter().map(|(member,)| member).collect())
    }

    /// Below which nothing is due in a shard.
    pub(crate) async fn floor(&self, shard: i32) -> Result<Option<Vec<u8>>, Trouble> {
        let values = (&self.store, shard, vec![(OWN, FLOOR)]);
        let rows = self.cluster.rows::<(i8, Vec<u8>, Vec<u8>)>(&self.statements.read, values).await?;
        Ok(rows.into_iter().next().map(|(_, _, floor)| floor))
    }

    /// Rows of a shard by their keys; those that are not there are left out. The head of a record stands beside its state.
    pub(crate) async fn read(&self, shard: i32, keys: &[Key]) -> Result<Vec<(Key, Vec<u8>)>, Trouble> {
        let heads: HashSet<_> =
            keys.iter().filter(|key| key.space == Space::Head).map(|key| key.key.as_slice()).collect();
        let beside = |key: &&Key| match key.space {
            Space::Head => false,
            Space::State => !heads.contains(key.key.as_slice()),
            _ => true,
        };
        let single: Vec<_> =
            keys.iter().filter(beside).map(|key| (code(key.space), key.key.as_slice())).collect();
        let singles = single.chunks(KEYS).map(|keys| async move {
            let values = (&self.store, shard, keys);
            self.cluster.rows::<(i8, Vec<u8>, Vec<u8>)>(&self.statements.read, values).await
        });
        let both: Vec<_> = heads.iter().collect();
        let records = both.chunks(KEYS).map(|keys| async move {
            let values = (&self.store, shard, code(Space::State), keys);
            self.cluster.rows::<RecordRow>(&self.statements.read_records, values).await
        });
        let (singles, records) = try_join(try_join_all(singles), try_join_all(records)).await?;
        let singles = singles.into_iter().flatten();
        let mut rows: Vec<_> = singles
            .map(|(code, key, value)| Ok((Key { space: space(code)?, key }, value)))
            .collect::<Result<_, Trouble>>()?;
        for (key, state, head) in records.into_iter().flatten() {
            rows.extend(state.map(|state| (Key { space: Space::State, key: key.clone() }, state)));
            rows.extend(head.map(|head| (Key { space: Space::Head, key }, head)));
        }
        Ok(rows)
    }
}

/// A record's key, state and head.
type RecordRow = (Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>);

/// The number of a space in the tables. Every record's id is the key of its state, so that these are the ids as well.
pub(crate) const fn code(space: Space) -> i8 {
    match space {
        Space::Ids => Space::State.code().cast_signed(),
        space => space.code().cast_signed(),
    }
}

fn space(code: i8) -> Result<Space, Trouble> {
    let space = usize::try_from(code).ok().and_then(|code| Space::ALL.get(code).copied());
    space.ok_or(Trouble::Corrupt("a stored row is in an unknown space"))
}

/// A store in Cassandra or ScyllaDB.
pub struct Cassandra {
    tables: Tables,
    shards: Vec<Shard>,
    capability: StorageCapability,
    clock: Option<Arc<dyn Clock>>,
}

impl Cassandra {
    /// What is asked, by shard: a shard's rows are read together.
    async fn read(&self, asked: &[Asked]) -> Result<Vec<Vec<Option<Vec<u8>>>>, Trouble> {
        let mut by_shard: HashMap<u32, Vec<Key>> = HashMap::new();
        for Asked { shard, space, keys } in asked.iter().filter(|asked| !asked.space.is_plain()) {
            let keys = keys.iter().map(|key| Key { space: *space, key: key.clone() });
            by_shard.entry(*shard).or_default().extend(keys);
        }
        let reads = by_shard.into_iter().map(|(shard, keys)| async move {
            let rows = self.tables.read(number(shard), &keys).await?;
            Ok::<_, Trouble>((shard, rows.into_iter().collect::<HashMap<_, _>>()))
        });
        let rows: HashMap<_, _> = try_join_all(reads).await?.into_iter().collect();
        let answers = asked.iter().map(|asked| async {
            let Asked { shard, space, keys } = asked;
            if space.is_plain() {
                let read = plain::read(&self.tables, number(*shard), *space, keys).await?;
                return Ok(keys.iter().map(|key| read.get(key).cloned()).collect());
            }
            let value =
                |key: &Vec<u8>| rows.get(shard)?.get(&Key { space: *space, key: key.clone() }).cloned();
            Ok(keys.iter().map(value).collect())
        });
        try_join_all(answers).await
    }

    async fn members(
        &self,
        stretch: &Stretch,
        descending: bool,
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, Trouble> {
        let shard = number(stretch.shard);
        let mut low = match &stretch.low {
            Bound::Unbounded => Vec::new(),
            Bound::Included(low) => low.clone(),
            Bound::Excluded(low) => after(low),
        };
        let high = match &stretch.high {
            Bound::Unbounded => BEHIND_ALL.to_vec(),
            Bound::Included(high) => after(high),
            Bound::Excluded(high) => high.clone(),
        };
        if stretch.space == Space::Due && !descending {
            low = low.max(self.tables.floor(shard).await?.unwrap_or_default());
        }
        self.tables.members(shard, stretch.space, [&low, &high], descending, limit).await
    }

    /// Writes units, each with its plain rows: these before it, and those that nothing refers to any more after it.
    async fn write_units(
        &self,
        operation: &'static str,
        shard: u32,
        units: Vec<Unit>,
    ) -> StorageResult<Vec<Written>> {
        let told = |trouble: Trouble| trouble.told(operation);
        let written = self.shards.get(usize::try_from(shard).unwrap_or(usize::MAX));
        let written = written.ok_or(Trouble::Strange).map_err(told)?;
        let rows: Vec<&Row> =
            units.iter().flat_map(|unit| &unit.puts).filter(|row| row.space.is_plain()).collect();
        plain::put(&self.tables, number(shard), &rows).await.map_err(told)?;
        let leftovers: Vec<_> = units.iter().map(Leftovers::of).collect();
        let answers = written.write(&self.tables, operation, units).await?;
        let left: Vec<_> =
            leftovers.into_iter().zip(&answers).flat_map(|(left, answer)| left.after(*answer)).collect();
        self.clear_away(number(shard), &left).await;
        Ok(answers)
    }

    /// Takes plain rows away that nothing refers to any more. The units are written, whatever becomes of this.
    async fn clear_away(&self, shard: i32, keys: &[Key]) {
        for _ in 0..3 {
            match plain::cut(&self.tables, shard, keys).await {
                Ok(()) => return,
                Err(trouble) => {
                    tracing::warn!(shard, error = %trouble.told("purge"), "contents were not taken away")
                }
            }
        }
    }
}

/// The plain rows that nothing refers to once a unit is answered.
struct Leftovers {
    if_written: Vec<Key>,
    if_vain: Vec<Key>,
}

impl Leftovers {
    fn of(unit: &Unit) -> Self {
        // Where an attempt was delivered is told by whoever else comes with the same unit as well.
        let contents = unit.puts.iter().filter(|row| row.space == Space::Content);
        Self {
            if_written: unit.cuts.iter().filter(|key| key.space.is_plain()).cloned().collect(),
            if_vain: contents.map(|row| Key { space: row.space, key: row.key.clone() }).collect(),
        }
    }

    fn after(self, answer: Written) -> Vec<Key> {
        if answer == Written::Yes { self.if_written } else { self.if_vain }
    }
}

fn number(shard: u32) -> i32 {
    i32::try_from(shard).unwrap_or(i32::MAX)
}

/// The first key behind this one.
fn after(key: &[u8]) -> Vec<u8> {
    [key, &[0]].concat()
}

#[async_trait]
impl KeyedStore for Cassandra {
    type Config = CassandraConfig;

    async fn connect(config: &CassandraConfig) -> StorageResult<Self> {
        config.validate()?;
        let cluster = Cluster::connect(config).await?;
        schema::check(&cluster, config).await?;
        let statements = Statements::prepare(&cluster, &config.keyspace).await;
        let statements = statements.map_err(|trouble| trouble.told("connect"))?;
        let settings = Settings::read(&cluster, &config.keyspace).await;
        let settings = settings.map_err(|trouble| trouble.told("connect"))?;
        let tables = Tables {
            cluster,
            statements,
            keyspace: config.keyspace.clone(),
            store: config.store.clone(),
            patience: config.request_timeout * 3,
            batch_rows: config.batch_rows,
        };
        Ok(Self {
            tables,
            shards: (0..config.shards).map(|shard| Shard::new(number(shard))).collect(),
            capability: settings.capability(),
            clock: config.clock.clone(),
        })
    }

    fn capability(&self) -> &StorageCapability {
        &self.capability
    }

    fn shards(&self) -> u32 {
        u32::try_from(self.shards.len()).unwrap_or(u32::MAX)
    }

    async fn now(&self, operation: &'static str) -> StorageResult<Timestamp> {
        if let Some(clock) = &self.clock {
            return Ok(clock.now());
        }
        let now = self.tables.cluster.rows::<(i64,)>(&self.tables.statements.now, ()).await;
        let now = now.and_then(|rows| rows.first().map(|(now,)| *now).ok_or(Trouble::Strange));
        now.map(Timestamp::from_millis).map_err(|trouble| trouble.told(operation))
    }

    async fn values(
        &self,
        operation: &'static str,
        asked: &[Asked],
    ) -> StorageResult<Vec<Vec<Option<Vec<u8>>>>> {
        self.read(asked).await.map_err(|trouble| trouble.told(operation))
    }

    async fn rows(
        &self,
        operation: &'static str,
        shard: u32,
        spaces: &[Space],
    ) -> StorageResult<Vec<Vec<ReadRow>>> {
        let reads = spaces.iter().map(|space| {
            let values = (&self.tables.store, number(shard), code(*space));
            self.tables.cluster.rows(&self.tables.statements.space, values)
        });
        try_join_all(reads).await.map_err(|trouble| trouble.told(operation))
    }

    async fn members(
        &self,
        operation: &'static str,
        stretches: &[Stretch],
        descending: bool,
        limit: usize,
    ) -> StorageResult<Vec<Vec<Vec<u8>>>> {
        let reads = stretches.iter().map(|stretch| Self::members(self, stretch, descending, limit));
        try_join_all(reads).await.map_err(|trouble| trouble.told(operation))
    }

    async fn write(
        &self,
        operation: &'static str,
        shard: u32,
        units: Vec<Unit>,
    ) -> StorageResult<Vec<Written>> {
        self.write_units(operation, shard, units).await
    }

    async fn health(&self) -> StorageResult<Vec<String>> {
        health::health(&self.tables).await
    }
}

impl std::fmt::Debug for Cassandra {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cassandra").field("store", &self.tables.store).finish_non_exhaustive()
    }
}
