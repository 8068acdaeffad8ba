//! [`Line`]: who goes first when there must be room.

use std::collections::{BTreeMap, HashMap};

use super::config::Eviction;
use crate::record::{DlqRecord, RecordId};

/// The records in the order in which they would have to go.
pub(super) struct Line {
    eviction: Eviction,
    standing: BTreeMap<Place, RecordId>,
    places: HashMap<RecordId, Place>,
    next: u64,
}

/// What is done stands before what is open, and then by when it came or was used, which is counted.
type Place = (Open, u64);
type Open = bool;

impl Line {
    pub(super) fn new(eviction: Eviction) -> Self {
        Self { eviction, standing: BTreeMap::new(), places: HashMap::new(), next: 0 }
    }

    /// Whether reading a record moves it back.
    pub(super) fn heeds_reading(&self) -> bool {
        self.eviction == Eviction::Lru
    }

    /// Who would have to go, the first one first.
    pub(super) fn ids(&self) -> impl Iterator<Item = RecordId> {
        self.standing.values().copied()
    }

    /// A record came, or changed.
    pub(super) fn note(&mut self, record: &DlqRecord) {
        self.stand(record.id, record.progress.status.is_open());
    }

    /// A record was read.
    pub(super) fn was_read(&mut self, id: RecordId) {
        if let (true, Some(&(open, _))) = (self.heeds_reading(), self.places.get(&id)) {
            self.stand(id, open);
        }
    }

    pub(super) fn forget(&mut self, id: RecordId) {
        if let Some(place) = self.places.remove(&id) {
            self.standing.remove(&place);
        }
    }

    /// Puts a record where it stands from now on: who came first stays first, who was used last is last.
    fn stand(&mut self, id: RecordId, open: Open) {
        let came = self.places.get(&id).map(|(_, came)| *came).filter(|_| self.eviction == Eviction::Fifo);
        self.forget(id);
        let place = (open, came.unwrap_or(self.next));
        self.next += 1;
        self.standing.insert(place, id);
        self.places.insert(id, place);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        assert_eq!(self.standing.len(), self.places.len());
        self.places.len()
    }
}
