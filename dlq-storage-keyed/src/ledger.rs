//! [`Ledger`]: records as they were read, and what becomes of them by the rules; and [`change`], which reads, applies and
//! writes until nobody was faster.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use dlq_core::Timestamp;
use dlq_core::record::{DlqRecord, HistoryEntry, OperationId, RecordId};
use dlq_core::storage::transition::Delivery;
use dlq_core::storage::{QueryCriteria, StorageError, StorageErrorKind, StorageResult};
use uuid::Uuid;

use crate::error::corrupt;
use crate::history;
use crate::index::Places;
use crate::kind::Kind;
use crate::position;
use crate::row::{Stored, state};
use crate::shards::{Depth, Shards};
use crate::space::Space;
use crate::store::KeyedStore;
use crate::unit::{Unit, Written};

/// How often a change is tried anew after somebody else was faster.
pub(crate) const TRIES: u32 = 200;
/// The longest wait before such a try, in milliseconds, at first and at most.
const WAIT: (u64, u64) = (1, 32);

/// Records as they were read, and what becomes of them.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// The time of all its changes.
    pub(crate) now: Timestamp,
    held: HashMap<RecordId, Held>,
}

#[derive(Debug)]
struct Held {
    stored: Stored,
    places: Places,
    kind: Kind,
    deliveries: usize,
    /// What was recalled, and then what was done now.
    history: Vec<HistoryEntry>,
    recalled: usize,
    purged: bool,
    unit: Unit,
}

/// What a change has to know of its records.
#[derive(Clone, Copy)]
pub(crate) struct Needs<'a> {
    pub(crate) depth: Depth,
    /// Which operations may have changed a record before: those changes are recalled.
    pub(crate) before: &'a (dyn Fn(&DlqRecord) -> Vec<OperationId> + Sync),
}

impl Needs<'static> {
    /// What is listed, and nothing of the past.
    pub(crate) const LISTED: Self = Self { depth: Depth::Listed, before: &|_| Vec::new() };
    /// All, but nothing of the past.
    pub(crate) const WHOLE: Self = Self { depth: Depth::Whole, before: &|_| Vec::new() };
}

impl<'a> Needs<'a> {
    /// What is listed, and what these operations did before.
    pub(crate) const fn listed(before: &'a (dyn Fn(&DlqRecord) -> Vec<OperationId> + Sync)) -> Self {
        Self { depth: Depth::Listed, before }
    }
}

impl Ledger {
    async fn read<S: KeyedStore>(
        store: &Shards<S>,
        operation: &'static str,
        ids: &[RecordId],
        needs: Needs<'_>,
    ) -> StorageResult<Self> {
        let now = store.now(operation).await?;
        let stored = store.read(operation, ids, needs.depth).await?;
        let versions = |stored: &Stored| {
            let (record, asked) = (&stored.record, (needs.before)(&stored.record));
            let versions: Vec<_> = stored.operations.versions(record.version, &asked).collect();
            versions.into_iter().map(|version| (stored.record.id, version)).collect::<Vec<_>>()
        };
        let asked = stored.values().flat_map(versions).collect();
        let mut histories = history::read(store, operation, asked).await?;
        let held = stored.into_iter().map(|(id, stored)| {
            let history = histories.remove(&id).unwrap_or_default();
            (id, Held::new(stored, history))
        });
        Ok(Self { now, held: held.collect() })
    }

    pub(crate) fn record(&self, id: RecordId) -> Option<&DlqRecord> {
        self.held.get(&id).filter(|held| !held.purged).map(|held| &held.stored.record)
    }

    /// Whether a record matches, as far as it was read.
    pub(crate) fn matches(&self, id: RecordId, criteria: &QueryCriteria) -> bool {
        self.held.get(&id).is_some_and(|held| criteria.matches(&held.stored.view()))
    }

    /// Why a record came without all that was asked for.
    pub(crate) fn damage(&self, id: RecordId) -> Option<&StorageError> {
        self.held.get(&id)?.stored.damage.as_ref()
    }

    /// Whether a record is damaged so that it stays as it is.
    pub(crate) fn is_headless(&self, id: RecordId) -> bool {
        self.held.get(&id).is_some_and(|held| held.stored.headless)
    }

    /// What was done to a record, by the operations that were asked for.
    pub(crate) fn history(&self, id: RecordId) -> &[HistoryEntry] {
        self.held.get(&id).map_or(&[], |held| &held.history)
    }

    /// What is written together with the change of a record.
    pub(crate) fn unit(&mut self, id: RecordId) -> Option<&mut Unit> {
        self.held.get_mut(&id).map(|held| &mut held.unit)
    }

    /// Changes a record by a rule; if that refuses, nothing has changed.
    pub(crate) fn change<T>(
        &mut self,
        id: RecordId,
        operation: &'static str,
        rule: impl FnOnce(&mut DlqRecord) -> StorageResult<(T, HistoryEntry)>,
    ) -> StorageResult<T> {
        let held = self.held.get_mut(&id).ok_or_else(|| not_found(id, operation))?;
        if held.stored.headless {
            return Err(corrupt(operation, "the record is damaged, and stays as it is").with("record", id));
        }
        let (answer, entry) = rule(&mut held.stored.record)?;
        held.stored.operations.push(entry.change.operation);
        held.history.push(entry);
        let latest = Delivery::latest(&held.stored.record);
        if let Some(latest) = latest.filter(|latest| held.stored.deliveries.last() != Some(latest)) {
            held.stored.deliveries.push(latest);
        }
        Ok(answer)
    }

    /// Takes a record away, with all that belongs to it; answers whether it could.
    pub(crate) fn purge(&mut self, id: RecordId) -> bool {
        let held = self.held.get_mut(&id).filter(|held| !held.stored.headless);
        held.map(|held| held.purged = true).is_some()
    }

    /// What is written, by record.
    fn writes<S: KeyedStore>(self, store: &Shards<S>) -> Vec<(RecordId, Writes)> {
        let changed = self.held.into_iter().filter(|(_, held)| held.purged || held.is_changed());
        changed
            .map(|(id, held)| (id, if held.purged { held.purging() } else { held.changing(store) }))
            .collect()
    }
}

/// What is written about a record.
#[derive(Debug, Default)]
struct Writes {
    /// Where its attempts were delivered, as far as that is kept in other shards: written before the rest.
    landings: Vec<(u32, Unit)>,
    unit: Unit,
    /// Where the attempts of a record that is purged were delivered: cut afterwards.
    left: Vec<Delivery>,
}

impl Held {
    fn new(stored: Stored, history: Vec<HistoryEntry>) -> Self {
        let kind = stored.kind();
        Self {
            places: Places::of(&stored.record, &kind, stored.lane),
            kind,
            deliveries: stored.deliveries.len(),
            recalled: history.len(),
            history,
            purged: false,
            unit: Unit::default(),
            stored,
        }
    }

    const fn is_changed(&self) -> bool {
        self.history.len() > self.recalled
    }

    fn changing<S: KeyedStore>(self, store: &Shards<S>) -> Writes {
        let kind = self.stored.kind();
        let Stored { record, state: stands, lane, deliveries, operations, .. } = self.stored;
        let (id, mut unit) = (record.id.to_bytes(), self.unit);
        unit.expect(Space::State, id, stands);
        unit.put(Space::State, id, state(&record, &deliveries, &operations));
        for entry in &self.history[self.recalled..] {
            unit.put(Space::History, history::key(record.id, entry.version), history::value(entry));
        }
        let mut landings = Vec::new();
        for delivery in &deliveries[self.deliveries..] {
            landings.extend(position::note(store, delivery, &mut unit));
        }
        let places = Places::of(&record, &kind, lane);
        self.places.beside(&places).for_each(|(space, member)| unit.leave(*space, member.clone()));
        places.beside(&self.places).for_each(|(space, member)| unit.join(*space, member.clone()));
        unit.recount(&self.kind, &kind, &record);
        Writes { landings, unit, left: Vec::new() }
    }

    fn purging(self) -> Writes {
        let Stored { record, state: stands, content_key, deliveries, .. } = self.stored;
        let (id, mut unit) = (record.id.to_bytes(), self.unit);
        unit.expect(Space::State, id, stands);
        [Space::State, Space::Head].into_iter().for_each(|space| unit.cut(space, id));
        content_key.into_iter().for_each(|key| unit.cut(Space::Content, key));
        (2..=record.version).for_each(|version| unit.cut(Space::History, history::key(record.id, version)));
        self.places.0.into_iter().for_each(|(space, member)| unit.leave(space, member));
        unit.count(&self.kind, &record, -1);
        unit.book(|deltas| deltas.purge(&record));
        Writes { landings: Vec::new(), unit, left: deliveries }
    }
}

/// Reads the records of some items, has `rule` say what becomes of each item, and writes that down. Where somebody else
/// changed a record meanwhile, its items are looked at anew. One answer each, in order.
pub(crate) async fn change<S: KeyedStore, I: Sync, T: Send>(
    store: &Shards<S>,
    operation: &'static str,
    items: &[I],
    needs: Needs<'_>,
    of: impl Fn(&I) -> RecordId + Sync,
    mut rule: impl FnMut(&mut Ledger, &I) -> T + Send,
) -> StorageResult<Vec<T>> {
    let mut answers: Vec<Option<T>> = items.iter().map(|_| None).collect();
    for tried in 0..TRIES {
        let left: Vec<_> = (0..items.len()).filter(|place| answers[*place].is_none()).collect();
        if left.is_empty() {
            return Ok(answers.into_iter().flatten().collect());
        }
        pause(tried).await;
        let again: Vec<_> = left.iter().map(|place| &items[*place]).collect();
        let told = once(store, operation, &again, needs, |item| of(item), |ledger, item| rule(ledger, item));
        for (place, answer) in left.into_iter().zip(told.await?) {
            answers[place] = answer;
        }
    }
    Err(contended(operation))
}

/// The same, once: no answer where somebody else was faster.
pub(crate) async fn once<S: KeyedStore, I: Sync, T: Send>(
    store: &Shards<S>,
    operation: &'static str,
    items: &[I],
    needs: Needs<'_>,
    of: impl Fn(&I) -> RecordId + Sync,
    mut rule: impl FnMut(&mut Ledger, &I) -> T + Send,
) -> StorageResult<Vec<Option<T>>> {
    let ids: HashSet<_> = items.iter().map(&of).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let mut ledger = Ledger::read(store, operation, &ids, needs).await?;
    let answers: Vec<_> = items.iter().map(|item| rule(&mut ledger, item)).collect();
    let overtaken = write(store, operation, ledger).await?;
    let told = items.iter().zip(answers);
    Ok(told.map(|(item, answer)| (!overtaken.contains(&of(item))).then_some(answer)).collect())
}

/// Others were faster too often.
pub(crate) fn contended(operation: &'static str) -> StorageError {
    let message = "others change the same all the time";
    StorageError::new(StorageErrorKind::Transaction, operation, message)
}

/// Writes what became of the records; answers those that somebody else changed meanwhile. What is written first is of no
/// use, and does no harm, where the rest is never written; what is left over is not found any more.
async fn write<S: KeyedStore>(
    store: &Shards<S>,
    operation: &'static str,
    ledger: Ledger,
) -> StorageResult<HashSet<RecordId>> {
    let (mut landings, mut units, mut ids, mut left) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (id, mut writes) in ledger.writes(store) {
        landings.append(&mut writes.landings);
        units.push((store.home_of(id), writes.unit));
        ids.push(id);
        left.append(&mut writes.left);
    }
    store.write(operation, landings).await?;
    let written = store.write(operation, units).await?;
    let vain = ids.into_iter().zip(written).filter(|(_, written)| *written != Written::Yes);
    let overtaken: HashSet<_> = vain.map(|(id, _)| id).collect();
    left.retain(|delivery| !overtaken.contains(&delivery.record));
    position::forget(store, operation, &left).await?;
    Ok(overtaken)
}

/// Waits before a further try, each time another while, or they would meet again.
pub(crate) async fn pause(tried: u32) {
    if tried > 1 {
        let most = (WAIT.0 << tried.min(10)).min(WAIT.1);
        let dice = u64::from(Uuid::new_v4().as_bytes()[0]);
        tokio::time::sleep(Duration::from_micros(most * 1000 * dice / 255)).await;
    }
}

fn not_found(id: RecordId, operation: &'static str) -> StorageError {
    StorageError::new(StorageErrorKind::NotFound, operation, "there is no such record").with("record", id)
}
