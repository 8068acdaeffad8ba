//! One save of a batch.

use super::content::Ready;
use super::state::State;
use crate::clock::Timestamp;
use crate::record::{Change, DlqRecord, Progress, RecordId};
use crate::storage::error::StorageResult;
use crate::storage::transition::{
    Deltas, Known, admit, import, recognise, replace, replaced_before, returned,
};
use crate::storage::write::{Expect, ReturnClaim, Save, SaveOutcome};

impl State {
    pub(super) fn save(&mut self, ready: Ready, now: Timestamp) -> StorageResult<SaveOutcome> {
        let lane = ready.lane;
        match ready.save {
            Save::New(mut record) => {
                admit(&mut record, None)?;
                self.insert(record, lane, Deltas::store, now)
            }
            Save::Import(mut record) => {
                import(&mut record)?;
                self.insert(record, lane, Deltas::import, now)
            }
            Save::Arrival { record, claim } => self.arrive(record, lane, claim.as_deref(), now),
            Save::Replace { id, progress, expected, change } => {
                self.replace(id, *progress, expected, &change, now)
            }
        }
    }

    fn arrive(
        &mut self,
        mut arrival: DlqRecord,
        lane: Option<i64>,
        claim: Option<&ReturnClaim>,
        now: Timestamp,
    ) -> StorageResult<SaveOutcome> {
        if let Some(&(record, attempt)) = self.returns.get(&arrival.id) {
            return Ok(SaveOutcome::Returned { record, attempt });
        }
        // What was stored as a record stays one, even if what is known today would make it a return.
        let known_as_record = self.records.contains_key(&arrival.id);
        match self.recognise(&arrival, claim).filter(|_| !known_as_record) {
            Some((record, attempt)) => self.come_back(record, attempt, &arrival, now),
            None => {
                admit(&mut arrival, claim)?;
                self.insert(arrival, lane, Deltas::store, now)
            }
        }
    }

    fn recognise(&self, arrival: &DlqRecord, claim: Option<&ReturnClaim>) -> Option<(RecordId, u32)> {
        let origin = arrival.captured.origin.position();
        let named = claim.and_then(|claim| self.get(claim.record));
        let known = Known {
            there: origin.and_then(|origin| self.index.delivered_to(&origin)),
            named: named.map(|entry| &entry.record),
            deliveries: named.map_or(&[], |entry| &entry.deliveries),
        };
        recognise(&arrival.captured, claim, known)
    }

    fn come_back(
        &mut self,
        record: RecordId,
        attempt: u32,
        arrival: &DlqRecord,
        now: Timestamp,
    ) -> StorageResult<SaveOutcome> {
        self.change(record, "save", |record| Ok(((), returned(record, attempt, arrival, now))))?;
        self.returns.insert(arrival.id, (record, attempt));
        self.books.come_back(arrival);
        Ok(SaveOutcome::Returned { record, attempt })
    }

    fn replace(
        &mut self,
        id: RecordId,
        progress: Progress,
        expected: Expect,
        change: &Change,
        now: Timestamp,
    ) -> StorageResult<SaveOutcome> {
        if let Some(answer) = replaced_before(self.history(id), change) {
            return Ok(answer);
        }
        self.change(id, "save", |record| {
            let entry = replace(record, progress, expected, change, now)?;
            Ok((SaveOutcome::Stored { version: record.version }, entry))
        })
    }
}
