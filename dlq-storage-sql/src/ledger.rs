//! [`Ledger`]: the records that one transaction has locked, what becomes of them, and writing that down in few
//! statements.

use std::collections::BTreeMap;

use dlq_core::Timestamp;
use dlq_core::record::{DlqRecord, HistoryEntry, OperationId, Progress, RecordId};
use dlq_core::storage::transition::{Cell, Delivery, Deltas};
use dlq_core::storage::{StorageError, StorageErrorKind, StorageResult};

use crate::driver::{Rows, Session};
use crate::row::{HISTORY, MOVE, PROGRESS, RecordRow, history_values, is_move, move_values, progress_values};
use crate::statement::find::{self, Read};
use crate::statement::{change, delivery, history, tally};

/// Records that a transaction has locked, and what it changed of them so far.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// The time of all its changes.
    pub(crate) now: Timestamp,
    /// What its changes add to the counters.
    pub(crate) deltas: Deltas,
    /// Whether they are one bulk operation's.
    bulk: bool,
    held: BTreeMap<RecordId, Held>,
    /// Records that could not be read.
    damaged: BTreeMap<RecordId, StorageError>,
}

/// A locked record.
#[derive(Debug)]
struct Held {
    record: DlqRecord,
    /// As it stands in the store.
    stored: Standing,
    /// What asking operations did to it before, then what was done to it now.
    history: Vec<HistoryEntry>,
    /// How much of the history is written already.
    written: usize,
}

/// What of a record decides how its change is written.
#[derive(Debug)]
struct Standing {
    cell: Cell,
    delivery: Option<Delivery>,
    progress: Progress,
}

impl Standing {
    fn of(record: &DlqRecord) -> Self {
        let progress = Progress::clone(&record.progress);
        Self { cell: Cell::of(record), delivery: Delivery::latest(record), progress }
    }
}

impl Ledger {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self { now, deltas: Deltas::default(), bulk: false, held: BTreeMap::new(), damaged: BTreeMap::new() }
    }

    /// The same for one bulk operation, which is counted by its history.
    pub(crate) fn bulk(now: Timestamp) -> Self {
        Self { bulk: true, ..Self::new(now) }
    }

    /// Locks records and takes them in. Those that cannot be read are left out; see [`Ledger::damaged`].
    pub(crate) async fn lock(
        &mut self,
        session: &mut Session,
        ids: &Rows<'_>,
        read: Read,
    ) -> StorageResult<()> {
        self.admit(find::lock(session, ids, read).await?);
        Ok(())
    }

    /// Takes in what this transaction locked. Those that cannot be read are left out; see [`Ledger::take_damaged`].
    pub(crate) fn admit(&mut self, rows: Vec<RecordRow>) {
        for row in rows {
            let id = RecordId::from(row.id);
            match row.record() {
                Ok(record) => self.take(record),
                Err(error) => {
                    self.damaged.insert(id, error);
                }
            }
        }
    }

    fn take(&mut self, record: DlqRecord) {
        let stored = Standing::of(&record);
        self.held.insert(record.id, Held { record, stored, history: Vec::new(), written: 0 });
    }

    /// Recalls what each operation did to its record before.
    pub(crate) async fn recall(
        &mut self,
        session: &mut Session,
        asked: impl IntoIterator<Item = (RecordId, OperationId)>,
    ) -> StorageResult<()> {
        for row in history::recall(session, asked).await? {
            if let Some(held) = self.held.get_mut(&row.record.into()) {
                held.history.push(row.entry()?);
                held.written += 1;
            }
        }
        Ok(())
    }

    /// Takes out what could not be read.
    pub(crate) fn take_damaged(&mut self) -> BTreeMap<RecordId, StorageError> {
        std::mem::take(&mut self.damaged)
    }

    pub(crate) fn record(&self, id: RecordId) -> Option<&DlqRecord> {
        self.held.get(&id).map(|held| &held.record)
    }

    pub(crate) fn history(&self, id: RecordId) -> &[HistoryEntry] {
        self.held.get(&id).map_or(&[], |held| &held.history)
    }

    /// Changes a record by a rule.
    pub(crate) fn change<T>(
        &mut self,
        id: RecordId,
        operation: &'static str,
        rule: impl FnOnce(&mut DlqRecord) -> StorageResult<(T, HistoryEntry)>,
    ) -> StorageResult<T> {
        if let Some(error) = self.damaged.remove(&id) {
            return Err(error);
        }
        let Some(held) = self.held.get_mut(&id) else {
            let error = StorageError::new(StorageErrorKind::NotFound, operation, "there is no such record");
            return Err(error.with("record", id));
        };
        let (answer, entry) = rule(&mut held.record)?;
        held.history.push(entry);
        Ok(answer)
    }

    /// Writes down everything that was changed since the last time.
    pub(crate) async fn write(&mut self, session: &mut Session) -> StorageResult<()> {
        let (mut moves, mut progress) = (Rows::new(MOVE), Rows::new(PROGRESS));
        let (mut entries, mut deliveries) = (Rows::new(HISTORY), Vec::new());
        for (id, held) in &mut self.held {
            let new = held.history.get(held.written..).unwrap_or_default();
            if new.is_empty() {
                continue;
            }
            new.iter().for_each(|entry| entries.push(history_values(*id, entry, self.bulk)));
            let now = Standing::of(&held.record);
            if is_move(&held.stored.progress, &now.progress) {
                moves.push(move_values(&held.record));
            } else {
                let refailed = now.progress.failure != held.stored.progress.failure;
                progress.push(progress_values(&held.record, refailed));
            }
            deliveries.extend(now.delivery.clone().filter(|_| now.delivery != held.stored.delivery));
            self.deltas.change(std::mem::replace(&mut held.stored, now).cell, &held.record);
            held.written = held.history.len();
        }
        let deltas = std::mem::take(&mut self.deltas);
        let writes = [
            change::update(moves),
            change::update(progress),
            history::add(entries),
            delivery::add(&deliveries),
            tally::count(&deltas),
        ];
        session.write_all(&writes).await
    }
}
