//! The store as a whole.

use async_trait::async_trait;

use super::MemoryStorage;
use super::content::own_record;
use super::index::Keys;
use super::state::State;
use crate::clock::Timestamp;
use crate::record::{RecordId, SourcePartition};
use crate::storage::account::{Account, Watermark};
use crate::storage::error::StorageResult;
use crate::storage::transfer::{DlqTransfer, Whole};
use crate::storage::transition::{Cell, Deltas, raise};
use crate::storage::write::SaveOutcome;

#[async_trait]
impl DlqTransfer for MemoryStorage {
    async fn wholes(&self, ids: &[RecordId]) -> StorageResult<Vec<Option<Whole>>> {
        let state = self.read();
        Ok(ids.iter().map(|id| state.whole(*id)).collect())
    }

    async fn restore(&self, wholes: Vec<Whole>) -> StorageResult<Vec<StorageResult<SaveOutcome>>> {
        let own = |whole: Whole| Whole { record: own_record(whole.record), ..whole };
        let wholes: Vec<_> = wholes.into_iter().map(own).collect();
        let mut state = self.write();
        let now = self.clock.now();
        Ok(wholes.into_iter().map(|whole| state.restore(whole, now)).collect())
    }

    async fn open_books(
        &self,
        account: &Account,
        watermarks: &[(SourcePartition, Watermark)],
    ) -> StorageResult<()> {
        let mut state = self.write();
        let by = raise(&state.account(), account)?;
        state.books.submitted += by.submitted;
        state.books.imported += by.imported;
        state.books.stored += by.stored;
        state.books.returned += by.returned;
        state.books.purged += by.purged;
        state.books.evicted += by.evicted;
        state.watermarks = watermarks.iter().cloned().collect();
        Ok(())
    }

    async fn document_kinds(&self) -> StorageResult<Vec<String>> {
        Ok(self.documents.names())
    }
}

impl State {
    fn whole(&self, id: RecordId) -> Option<Whole> {
        let entry = self.get(id)?;
        // Where a topic was made anew, another may have been delivered to the same place since.
        let is_there = |place| self.index.delivered_to(place).is_some_and(|there| there.record == id);
        let deliveries = entry.deliveries.iter().filter(|delivery| is_there(&delivery.position));
        let returns = self.returns.iter().filter(|(_, (record, _))| *record == id);
        let mut whole = Whole {
            record: entry.record.clone(),
            history: entry.history.clone(),
            deliveries: deliveries.cloned().collect(),
            returns: returns.map(|(arrival, (_, attempt))| (*arrival, *attempt)).collect(),
        };
        whole.sort();
        Some(whole)
    }

    fn restore(&mut self, whole: Whole, now: Timestamp) -> StorageResult<SaveOutcome> {
        let (id, version) = (whole.record.id, whole.record.version);
        let standing = self.get(id).map(|entry| entry.record.version);
        if !whole.goes_over(standing)? {
            return Ok(SaveOutcome::AlreadyThere);
        }
        match standing {
            None => {
                let lane = whole.record.captured.lane();
                self.insert(whole.record, lane, Deltas::restore, now)?;
            }
            Some(_) => self.bring_up_to(whole.record),
        }
        if let Some(entry) = self.records.get_mut(&id) {
            entry.history = whole.history;
            self.index.deliver_all(entry, whole.deliveries);
        }
        self.returns.extend(whole.returns.into_iter().map(|(arrival, attempt)| (arrival, (id, attempt))));
        Ok(SaveOutcome::Stored { version })
    }

    /// Puts a later version in the place of the one that stands.
    fn bring_up_to(&mut self, record: crate::record::DlqRecord) {
        let Some(entry) = self.records.get_mut(&record.id) else { return };
        let (keys, cell) = (Keys::of(entry), Cell::of(&entry.record));
        entry.record = record;
        self.books.change(cell, &entry.record);
        self.index.replace(&keys, &Keys::of(entry));
        self.retention.note(&entry.record);
    }
}
