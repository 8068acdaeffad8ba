//! Other ways to find records than by id.

use std::collections::{BTreeSet, HashMap};

use super::lanes::{Lanes, Standing};
use super::state::Entry;
use crate::record::{Position, RecordId};
use crate::storage::query::Order;
use crate::storage::transition::Delivery;

/// Every record in the orders that are not by id, the open ones by lane, and what was delivered where.
#[derive(Default)]
pub(super) struct Index {
    /// By when to act next; what is not scheduled comes last.
    pub(super) due: BTreeSet<(i64, RecordId)>,
    /// By when they last changed.
    pub(super) changed: BTreeSet<(i64, RecordId)>,
    lanes: Lanes,
    positions: HashMap<Position, Delivery>,
}

/// Under what a record is indexed.
pub(super) struct Keys {
    due: (i64, RecordId),
    changed: (i64, RecordId),
    standing: Option<Standing>,
}

impl Keys {
    pub(super) fn of(entry: &Entry) -> Self {
        let record = &entry.record;
        let lane = entry.lane.filter(|_| record.progress.status.is_open());
        Self {
            due: (Order::DueFirst.key(record), record.id),
            changed: (Order::ChangedFirst.key(record), record.id),
            standing: lane.map(|lane| Standing { lane, place: (record.captured.place(), record.id) }),
        }
    }
}

impl Index {
    pub(super) fn insert(&mut self, keys: &Keys) {
        self.due.insert(keys.due);
        self.changed.insert(keys.changed);
        if let Some(standing) = keys.standing {
            self.lanes.insert(standing);
        }
    }

    pub(super) fn remove(&mut self, keys: &Keys) {
        self.due.remove(&keys.due);
        self.changed.remove(&keys.changed);
        if let Some(standing) = keys.standing {
            self.lanes.remove(standing);
        }
    }

    /// Touches only what changed: most changes leave most places alone.
    pub(super) fn replace(&mut self, before: &Keys, after: &Keys) {
        if before.due != after.due {
            self.due.remove(&before.due);
            self.due.insert(after.due);
        }
        if before.changed != after.changed {
            self.changed.remove(&before.changed);
            self.changed.insert(after.changed);
        }
        if before.standing != after.standing {
            before.standing.into_iter().for_each(|standing| self.lanes.remove(standing));
            after.standing.into_iter().for_each(|standing| self.lanes.insert(standing));
        }
    }

    /// Whether a record is its lane's first open one; one without a lane is always.
    pub(super) fn leads_its_lane(&self, entry: &Entry) -> bool {
        entry.lane.and_then(|lane| self.lanes.first(lane)).is_none_or(|first| first == entry.record.id)
    }

    /// What was delivered to a position.
    pub(super) fn delivered_to(&self, position: &Position) -> Option<&Delivery> {
        self.positions.get(position)
    }

    /// Notes where the latest attempt was delivered, if that is known and new.
    pub(super) fn deliver(&mut self, entry: &mut Entry) {
        let Some(delivery) = Delivery::latest(&entry.record) else { return };
        if entry.deliveries.last() != Some(&delivery) {
            self.positions.insert(delivery.position.clone(), delivery.clone());
            entry.deliveries.push(delivery);
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.due.is_empty() && self.changed.is_empty() && self.lanes.is_empty() && self.positions.is_empty()
    }

    /// Forgets where a record's attempts were delivered.
    pub(super) fn forget(&mut self, entry: &Entry) {
        for Delivery { position, record, .. } in &entry.deliveries {
            if self.positions.get(position).is_some_and(|there| there.record == *record) {
                self.positions.remove(position);
            }
        }
    }
}
