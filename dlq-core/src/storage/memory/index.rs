//! Other ways to find records than by id.

use std::collections::{BTreeSet, HashMap};

use super::lanes::{Lanes, Standing};
use super::state::Entry;
use crate::record::{Position, RecordId};
use crate::storage::query::Order;
use crate::storage::transition::Delivery;

/// Every record in the orders that are not by id, the open ones by lane once that is asked for, and what was delivered
/// where.
#[derive(Default)]
pub(super) struct Index {
    /// By when to act next; what is not scheduled comes last.
    pub(super) due: BTreeSet<(i64, RecordId)>,
    /// By when they last changed.
    pub(super) changed: BTreeSet<(i64, RecordId)>,
    /// Known from the first claim on that heeds them: where none does, they would cost each record as much as an order.
    lanes: Option<Lanes>,
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
        if let (Some(lanes), Some(standing)) = (&mut self.lanes, keys.standing) {
            lanes.insert(standing);
        }
    }

    pub(super) fn remove(&mut self, keys: &Keys) {
        self.due.remove(&keys.due);
        self.changed.remove(&keys.changed);
        if let (Some(lanes), Some(standing)) = (&mut self.lanes, keys.standing) {
            lanes.remove(standing);
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
        if let Some(lanes) = self.lanes.as_mut().filter(|_| before.standing != after.standing) {
            before.standing.into_iter().for_each(|standing| lanes.remove(standing));
            after.standing.into_iter().for_each(|standing| lanes.insert(standing));
        }
    }

    /// Makes the lanes known, if they are not, of all records that there are. From here on they are kept up to date.
    pub(super) fn know_lanes<'a>(&mut self, entries: impl Iterator<Item = &'a Entry>) {
        self.lanes.get_or_insert_with(|| entries.filter_map(|entry| Keys::of(entry).standing).collect());
    }

    /// Whether a record is its lane's first open one; one without a lane is always. The lanes have to be known.
    pub(super) fn leads_its_lane(&self, entry: &Entry) -> bool {
        let first = |lane| self.lanes.as_ref()?.first(lane);
        entry.lane.and_then(first).is_none_or(|first| first == entry.record.id)
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

    /// Notes all places to which a record was delivered elsewhere.
    pub(super) fn deliver_all(&mut self, entry: &mut Entry, deliveries: Vec<Delivery>) {
        self.forget(entry);
        let places = deliveries.iter().map(|delivery| (delivery.position.clone(), delivery.clone()));
        self.positions.extend(places);
        entry.deliveries = deliveries;
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.due.is_empty()
            && self.changed.is_empty()
            && self.positions.is_empty()
            && self.lanes.as_ref().is_none_or(Lanes::is_empty)
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
