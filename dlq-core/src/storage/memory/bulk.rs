//! Changes of many records.

use super::state::State;
use crate::clock::Timestamp;
use crate::record::{Change, RecordId};
use crate::storage::error::{StorageErrorKind, StorageResult};
use crate::storage::query::QueryCriteria;
use crate::storage::transition::{live_lease, patch, patched_before};
use crate::storage::write::{BulkOutcome, Patch};

impl State {
    pub(super) fn bulk_update(
        &mut self,
        criteria: &QueryCriteria,
        by: &Patch,
        change: &Change,
        now: Timestamp,
    ) -> StorageResult<BulkOutcome> {
        let (changed, left) = self.left_to_patch(criteria, change);
        let mut outcome = BulkOutcome { changed, ..BulkOutcome::default() };
        for id in left {
            let patched = self.change(id, "bulk_update", |record| Ok(((), patch(record, by, change, now)?)));
            match patched.as_ref().map_err(|error| error.kind()) {
                Ok(()) => outcome.changed += 1,
                Err(StorageErrorKind::Leased { .. }) => outcome.leased += 1,
                Err(StorageErrorKind::IllegalMove { .. }) => outcome.refused += 1,
                Err(_) => patched?,
            }
        }
        Ok(outcome)
    }

    pub(super) fn delete(
        &mut self,
        criteria: &QueryCriteria,
        change: &Change,
        now: Timestamp,
    ) -> BulkOutcome {
        let purged = self.purges.get(&change.operation).copied().unwrap_or(0);
        let mut outcome = BulkOutcome { changed: purged, ..BulkOutcome::default() };
        let chosen: Vec<_> =
            self.matching(criteria).map(|entry| entry.record.id).take(room(criteria, purged)).collect();
        for id in chosen {
            if self.get(id).is_some_and(|entry| live_lease(&entry.record.progress, now).is_some()) {
                outcome.leased += 1;
            } else {
                self.purge(id);
                outcome.changed += 1;
            }
        }
        if outcome.changed > 0 {
            self.purges.insert(change.operation, outcome.changed);
        }
        outcome
    }

    /// How many records this operation has changed already, whether or not they still match; and which it has not.
    fn left_to_patch(&self, criteria: &QueryCriteria, change: &Change) -> (u64, Vec<RecordId>) {
        let (mut patched, mut left) = (0, Vec::new());
        let limit = room(criteria, 0);
        for entry in self.candidates(criteria, None) {
            if patched_before(&entry.history, change) {
                patched += 1;
            } else if left.len() < limit && criteria.matches_beside_ids(&entry.record) {
                left.push(entry.record.id);
            }
        }
        left.truncate(room(criteria, patched));
        (patched, left)
    }
}

/// How many records the limit still allows.
fn room(criteria: &QueryCriteria, done: u64) -> usize {
    let limit = criteria.limit.unwrap_or(u64::MAX);
    usize::try_from(limit.saturating_sub(done)).unwrap_or(usize::MAX)
}
