//! [`Expiry`]: which records are past their time.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use crate::clock::Timestamp;
use crate::record::{DlqRecord, RecordId};

/// The records that are done, by when their time is over.
pub(super) struct Expiry {
    ttl: Duration,
    ends: BTreeSet<(Timestamp, RecordId)>,
    places: HashMap<RecordId, Timestamp>,
}

impl Expiry {
    /// Each stays so long after its last change.
    pub(super) fn after(ttl: Duration) -> Self {
        Self { ttl, ends: BTreeSet::new(), places: HashMap::new() }
    }

    /// A record came, or changed.
    pub(super) fn note(&mut self, record: &DlqRecord) {
        self.forget(record.id);
        if record.progress.status.is_terminal() {
            let end = record.progress.updated_at.plus(self.ttl);
            self.ends.insert((end, record.id));
            self.places.insert(record.id, end);
        }
    }

    pub(super) fn forget(&mut self, id: RecordId) {
        if let Some(end) = self.places.remove(&id) {
            self.ends.remove(&(end, id));
        }
    }

    /// Whether the time of some record is over.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.ends.first().is_some_and(|(end, _)| *end <= now)
    }

    /// The records whose time is over.
    pub(super) fn over(&self, now: Timestamp) -> Vec<RecordId> {
        self.ends.iter().take_while(|(end, _)| *end <= now).map(|(_, id)| *id).collect()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        assert_eq!(self.ends.len(), self.places.len());
        self.places.len()
    }
}
