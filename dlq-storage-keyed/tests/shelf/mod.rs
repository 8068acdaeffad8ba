//! [`Shelf`]: a database that keeps bytes under keys in memory; the smallest that there can be. It puts plain rows before
//! the rest of their unit and cuts them after it, as a database may, and can be made to stop at any of its writes.
#![expect(clippy::unwrap_used, reason = "a test that cannot lock fails")]
#![allow(dead_code, reason = "each test uses its part")]

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use dlq_core::storage::{StorageCapability, StorageError, StorageErrorKind, StorageResult};
use dlq_core::{Clock, DlqStorage, Timestamp};
use dlq_storage_keyed::{
    Asked, FOUND_BY, KeyedStorage, KeyedStore, ReadRow, Space, Stretch, Unit, Written, counted, summed,
};
use dlq_testkit::conformance::Examinee;

type Rows = BTreeMap<(Space, Vec<u8>), Vec<u8>>;

/// All that is kept. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    shards: Arc<Vec<Mutex<Rows>>>,
    faults: Arc<Faults>,
    /// How many keys of each space were asked for.
    asked: Arc<Mutex<BTreeMap<Space, usize>>>,
    clock: Option<Arc<dyn Clock>>,
}

/// After how many writes the next is the last, and whether that one is done.
#[derive(Debug)]
pub(crate) struct Faults {
    left: AtomicU64,
    done: AtomicU64,
}

const NEVER: u64 = u64::MAX;

const CAPABILITY: StorageCapability = StorageCapability {
    name: "shelf",
    durable: false,
    evicts: false,
    largest_batch: 1000,
    pushed_down: &FOUND_BY,
};

impl Shelf {
    pub(crate) fn of_shards(shards: usize) -> Self {
        let shards = (0..shards).map(|_| Mutex::default()).collect();
        let faults = Arc::new(Faults { left: AtomicU64::new(NEVER), done: AtomicU64::new(0) });
        Self { shards: Arc::new(shards), faults, asked: Arc::default(), clock: None }
    }

    pub(crate) fn at(&self, clock: Arc<dyn Clock>) -> Self {
        Self { clock: Some(clock), ..self.clone() }
    }

    /// Every write after so many fails; the first of them may be done all the same.
    pub(crate) fn stop_after(&self, writes: u64, last_is_done: bool) {
        self.faults.left.store(writes, Ordering::SeqCst);
        self.faults.done.store(u64::from(last_is_done), Ordering::SeqCst);
    }

    /// Goes on; answers whether it had stopped.
    pub(crate) fn go_on(&self) -> bool {
        self.faults.left.swap(NEVER, Ordering::SeqCst) == 0
    }

    /// How many rows there are in a space.
    pub(crate) fn count(&self, space: Space) -> usize {
        let of = |rows: &Mutex<Rows>| rows.lock().unwrap().keys().filter(|(of, _)| *of == space).count();
        self.shards.iter().map(of).sum()
    }

    /// How many rows of a space were asked for since this was asked last.
    pub(crate) fn asked(&self, space: Space) -> usize {
        self.asked.lock().unwrap().remove(&space).unwrap_or_default()
    }

    fn rows_of(&self, shard: u32) -> std::sync::MutexGuard<'_, Rows> {
        self.shards[shard as usize].lock().unwrap()
    }

    /// Whether this write is done, and whether that is told.
    fn fate(&self) -> (bool, bool) {
        match self.faults.left.load(Ordering::SeqCst) {
            NEVER => (true, true),
            0 => (self.faults.done.swap(0, Ordering::SeqCst) == 1, false),
            left => {
                self.faults.left.store(left - 1, Ordering::SeqCst);
                (true, true)
            }
        }
    }
}

fn write(rows: &mut Rows, unit: Unit) -> StorageResult<Written> {
    let (plain, puts): (Vec<_>, Vec<_>) = unit.puts.into_iter().partition(|row| row.space.is_plain());
    plain.into_iter().for_each(|row| drop(rows.insert((row.space, row.key), row.value)));
    for (place, row) in unit.expected.iter().enumerate() {
        let standing = rows.get(&(row.space, row.key.clone())).map_or(&[][..], Vec::as_slice);
        if standing != row.value {
            return Ok(Written::Vain(place));
        }
    }
    puts.into_iter().for_each(|row| drop(rows.insert((row.space, row.key), row.value)));
    unit.joins.into_iter().for_each(|key| drop(rows.insert((key.space, key.key), Vec::new())));
    unit.leaves.into_iter().for_each(|key| drop(rows.remove(&(key.space, key.key))));
    for (name, delta) in unit.counts {
        let key = (Space::Tally, name);
        match counted(rows.get(&key).map(Vec::as_slice), &delta)? {
            Some(count) => drop(rows.insert(key, count)),
            None => drop(rows.remove(&key)),
        }
    }
    for (key, added) in unit.sums {
        let key = (key.space, key.key);
        let sum = summed(rows.get(&key).map(Vec::as_slice), added)?;
        rows.insert(key, sum);
    }
    unit.cuts.into_iter().for_each(|key| drop(rows.remove(&(key.space, key.key))));
    Ok(Written::Yes)
}

#[async_trait]
impl KeyedStore for Shelf {
    type Config = Self;

    async fn connect(config: &Self) -> StorageResult<Self> {
        Ok(config.clone())
    }

    fn capability(&self) -> &StorageCapability {
        &CAPABILITY
    }

    fn shards(&self) -> u32 {
        u32::try_from(self.shards.len()).unwrap()
    }

    async fn now(&self, _operation: &'static str) -> StorageResult<Timestamp> {
        Ok(self.clock.as_ref().map_or(Timestamp::from_millis(0), |clock| clock.now()))
    }

    async fn values(&self, _: &'static str, asked: &[Asked]) -> StorageResult<Vec<Vec<Option<Vec<u8>>>>> {
        let values = |asked: &Asked| {
            *self.asked.lock().unwrap().entry(asked.space).or_default() += asked.keys.len();
            let rows = self.rows_of(asked.shard);
            asked.keys.iter().map(|key| rows.get(&(asked.space, key.clone())).cloned()).collect()
        };
        Ok(asked.iter().map(values).collect())
    }

    async fn rows(&self, _: &'static str, shard: u32, spaces: &[Space]) -> StorageResult<Vec<Vec<ReadRow>>> {
        let rows = self.rows_of(shard);
        let of = |space: &Space| {
            let rows = rows.iter().filter(|((of, _), _)| of == space);
            rows.map(|((_, key), value)| (key.clone(), value.clone())).collect()
        };
        Ok(spaces.iter().map(of).collect())
    }

    async fn members(
        &self,
        _: &'static str,
        stretches: &[Stretch],
        descending: bool,
        limit: usize,
    ) -> StorageResult<Vec<Vec<Vec<u8>>>> {
        let members = |stretch: &Stretch| {
            let bound = |bound: &Bound<Vec<u8>>, open| match bound {
                Bound::Included(member) => Bound::Included((stretch.space, member.clone())),
                Bound::Excluded(member) => Bound::Excluded((stretch.space, member.clone())),
                Bound::Unbounded => open,
            };
            let low = bound(&stretch.low, Bound::Included((stretch.space, Vec::new())));
            let high = bound(&stretch.high, Bound::Included((stretch.space, vec![u8::MAX; 600])));
            let rows = self.rows_of(stretch.shard);
            let range = rows.range((low, high)).map(|((_, member), _)| member.clone());
            if descending { range.rev().take(limit).collect() } else { range.take(limit).collect() }
        };
        Ok(stretches.iter().map(members).collect())
    }

    async fn write(
        &self,
        operation: &'static str,
        shard: u32,
        units: Vec<Unit>,
    ) -> StorageResult<Vec<Written>> {
        let (is_done, is_told) = self.fate();
        let mut rows = self.rows_of(shard);
        let written: StorageResult<Vec<_>> = match is_done {
            true => units.into_iter().map(|unit| write(&mut rows, unit)).collect(),
            false => Ok(Vec::new()),
        };
        match is_told {
            true => written,
            false => Err(StorageError::new(StorageErrorKind::Connection, operation, "the shelf is away")),
        }
    }

    async fn health(&self) -> StorageResult<Vec<String>> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Examinee for Shelf {
    async fn open(&self, clock: Arc<dyn Clock>) -> Arc<dyn DlqStorage> {
        Arc::new(KeyedStorage::<Self>::connect(&self.at(clock)).await.unwrap())
    }

    async fn reopen(&self, clock: Arc<dyn Clock>) -> Arc<dyn DlqStorage> {
        self.open(clock).await
    }
}
