//! What the store holds, and the three ways in which it changes: a record comes, changes, goes.

use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeMap, HashMap};

use super::index::{Index, Keys};
use super::retention::Retention;
use crate::clock::Timestamp;
use crate::record::{DlqRecord, HistoryEntry, OperationId, RecordId, SourcePartition};
use crate::storage::account::{Account, Watermark};
use crate::storage::error::{StorageError, StorageErrorKind, StorageResult};
use crate::storage::statistics::{Dimension, Tally};
use crate::storage::transition::{Cell, Delivery, Deltas};
use crate::storage::write::SaveOutcome;

/// All that the store holds.
#[derive(Default)]
pub(super) struct State {
    /// The records, by id.
    pub(super) records: BTreeMap<RecordId, Box<Entry>>,
    /// Other ways to find them.
    pub(super) index: Index,
    /// Which of them may stay.
    pub(super) retention: Retention,
    /// Arrivals that were returns: of which record, which attempt. They outlive the record, so that each counts once.
    pub(super) returns: HashMap<RecordId, (RecordId, u32)>,
    /// How many records each purge took.
    pub(super) purges: HashMap<OperationId, u64>,
    pub(super) watermarks: BTreeMap<SourcePartition, Watermark>,
    /// The sum of all changes.
    pub(super) books: Deltas,
}

/// One record and what belongs to it.
pub(super) struct Entry {
    pub(super) record: DlqRecord,
    /// Its lane, which takes the key's bytes to tell.
    pub(super) lane: Option<i64>,
    /// Oldest first.
    pub(super) history: Vec<HistoryEntry>,
    /// Where its attempts were delivered.
    pub(super) deliveries: Vec<Delivery>,
}

impl State {
    pub(super) fn get(&self, id: RecordId) -> Option<&Entry> {
        self.records.get(&id).map(Box::as_ref)
    }

    /// The history of a record; empty where there is none.
    pub(super) fn history(&self, id: RecordId) -> &[HistoryEntry] {
        self.get(id).map_or(&[], |entry| &entry.history)
    }

    /// Stores a record, which is of this lane, unless its id is there or there is no room for it, and counts it as told.
    pub(super) fn insert(
        &mut self,
        record: DlqRecord,
        lane: Option<i64>,
        count: fn(&mut Deltas, &DlqRecord),
        now: Timestamp,
    ) -> StorageResult<SaveOutcome> {
        self.make_room(record.id, now)?;
        let Slot::Vacant(slot) = self.records.entry(record.id) else { return Ok(SaveOutcome::AlreadyThere) };
        let version = record.version;
        let entry =
            slot.insert(Box::new(Entry { record, lane, history: Vec::new(), deliveries: Vec::new() }));
        count(&mut self.books, &entry.record);
        self.index.insert(&Keys::of(entry));
        self.index.deliver(entry);
        self.retention.note(&entry.record);
        Ok(SaveOutcome::Stored { version })
    }

    /// Changes a record by a rule; if that refuses, nothing has changed.
    pub(super) fn change<T>(
        &mut self,
        id: RecordId,
        operation: &'static str,
        rule: impl FnOnce(&mut DlqRecord) -> StorageResult<(T, HistoryEntry)>,
    ) -> StorageResult<T> {
        let entry = self.records.get_mut(&id).ok_or_else(|| not_found(id, operation))?;
        let (keys, cell) = (Keys::of(entry), Cell::of(&entry.record));
        let (answer, told) = rule(&mut entry.record)?;
        if entry.history.is_empty() {
            // Room for four at once would weigh more than all else of a record, and many change but once.
            entry.history.reserve_exact(1);
        }
        entry.history.push(told);
        self.books.change(cell, &entry.record);
        self.index.replace(&keys, &Keys::of(entry));
        self.index.deliver(entry);
        self.retention.note(&entry.record);
        Ok(answer)
    }

    /// Purges a record.
    pub(super) fn purge(&mut self, id: RecordId) {
        self.remove(id, Deltas::purge);
    }

    /// Drops a record of our own accord.
    pub(super) fn evict(&mut self, id: RecordId) {
        self.remove(id, Deltas::evict);
    }

    fn remove(&mut self, id: RecordId, count: fn(&mut Deltas, &DlqRecord)) {
        let Some(entry) = self.records.remove(&id) else { return };
        count(&mut self.books, &entry.record);
        self.index.remove(&Keys::of(&entry));
        self.index.forget(&entry);
        self.retention.forget(id);
    }

    pub(super) fn account(&self) -> Account {
        self.books.account(self.watermarks.values())
    }

    pub(super) fn tallies(&self, by: Dimension) -> Vec<Tally> {
        self.books.tallies(by)
    }
}

fn not_found(id: RecordId, operation: &'static str) -> StorageError {
    StorageError::new(StorageErrorKind::NotFound, operation, "there is no such record").with("record", id)
}
