//! The open records of every lane, in their order.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use crate::record::RecordId;

/// The lanes that have open records. A search tree over all lanes, which are hashes, would cost a store as much as
/// everything else.
#[derive(Default)]
pub(super) struct Lanes(HashMap<i64, Lane>);

/// Place and id in the lane.
type Place = (i64, RecordId);

/// Where a record stands: its lane, and its place there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) lane: i64,
    pub(super) place: Place,
}

/// Its open records. Most lanes hold but one, which needs no memory of its own; what is done leaves at the front.
enum Lane {
    One(Place),
    /// Sorted.
    Many(VecDeque<Place>),
}

impl Lanes {
    pub(super) fn insert(&mut self, Standing { lane, place }: Standing) {
        match self.0.entry(lane) {
            Entry::Vacant(slot) => {
                slot.insert(Lane::One(place));
            }
            Entry::Occupied(mut lane) => lane.get_mut().insert(place),
        }
    }

    pub(super) fn remove(&mut self, Standing { lane, place }: Standing) {
        let Entry::Occupied(mut lane) = self.0.entry(lane) else { return };
        if lane.get_mut().loses_its_last(place) {
            lane.remove();
        }
    }

    pub(super) fn first(&self, lane: i64) -> Option<RecordId> {
        self.0.get(&lane)?.first()
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Standing> for Lanes {
    fn from_iter<T: IntoIterator<Item = Standing>>(standings: T) -> Self {
        let mut lanes = Self::default();
        standings.into_iter().for_each(|standing| lanes.insert(standing));
        lanes
    }
}

impl Lane {
    fn insert(&mut self, place: Place) {
        match self {
            Self::One(there) if *there == place => {}
            Self::One(there) => {
                let (first, second) = ((*there).min(place), (*there).max(place));
                *self = Self::Many([first, second].into());
            }
            Self::Many(places) => {
                if let Err(free) = places.binary_search(&place) {
                    places.insert(free, place);
                }
            }
        }
    }

    /// Removes a place: whether none is left.
    fn loses_its_last(&mut self, place: Place) -> bool {
        match self {
            Self::One(there) => *there == place,
            Self::Many(places) => {
                if let Ok(found) = places.binary_search(&place) {
                    places.remove(found);
                }
                places.is_empty()
            }
        }
    }

    fn first(&self) -> Option<RecordId> {
        let place = match self {
            Self::One(place) => Some(place),
            Self::Many(places) => places.front(),
        };
        place.map(|(_, id)| *id)
    }
}
