//! The open records of every lane, in their order.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use crate::record::RecordId;

/// By lane: place and id of its open records, sorted. Most lanes hold one record or few, and what is done leaves at the
/// front; a search tree over all lanes, which are hashes, would cost a store as much as everything else.
#[derive(Default)]
pub(super) struct Lanes(HashMap<i64, VecDeque<(i64, RecordId)>>);

/// Where a record stands: its lane, and its place there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) lane: i64,
    pub(super) place: (i64, RecordId),
}

impl Lanes {
    pub(super) fn insert(&mut self, standing: Standing) {
        let lane = self.0.entry(standing.lane).or_insert_with(|| VecDeque::with_capacity(1));
        if let Err(free) = lane.binary_search(&standing.place) {
            lane.insert(free, standing.place);
        }
    }

    pub(super) fn remove(&mut self, standing: Standing) {
        let Entry::Occupied(mut lane) = self.0.entry(standing.lane) else { return };
        if let Ok(found) = lane.get().binary_search(&standing.place) {
            lane.get_mut().remove(found);
        }
        if lane.get().is_empty() {
            lane.remove();
        }
    }

    pub(super) fn first(&self, lane: i64) -> Option<RecordId> {
        self.0.get(&lane)?.front().map(|(_, id)| *id)
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
