//! The partitions that this instance has now, and how far each of them has come.

use std::collections::HashMap;

use dlq_core::record::{Name, PartitionId};
use dlq_core::storage::{Advance, Advanced, SourcePartition, Watermark};
use dlq_core::{RecordId, TopicName};

use super::offsets::{OffsetTracker, Prefix};

/// Names a partition.
pub(super) type Key = (TopicName, PartitionId);

/// Where capture of a partition begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// Its watermark, as the storage has it.
    pub(super) standing: Option<Watermark>,
    /// The generation in which capture goes on.
    pub(super) generation: u32,
    /// The first message must be this one, at this offset; if it is another, the topic was recreated.
    pub(super) expect: Option<(i64, RecordId)>,
}

/// One assigned partition.
#[derive(Debug)]
pub(super) struct Assigned {
    /// Names the assignment: what was handed out under an earlier one does not count.
    pub(super) epoch: u64,
    pub(super) start: Start,
    tracker: OffsetTracker,
    /// Stored without a gap, not yet below the watermark.
    ready: Option<Prefix>,
}

/// A part of a batch: one partition's share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) key: Key,
    pub(super) epoch: u64,
    pub(super) number: u64,
}

/// What comes of a watermark's advance.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Moved {
    /// The offset may be committed.
    Commit(i64),
    /// The watermark stands elsewhere, moved by another instance or by an advance whose answer was lost: capture goes on
    /// from there.
    Rewind(Watermark),
}

/// The partitions that this instance has now.
#[derive(Debug, Default)]
pub(super) struct Partitions {
    assigned: HashMap<Key, Assigned>,
    epochs: u64,
}

impl Partitions {
    /// Takes a partition, or takes it anew: what was handed out before no longer counts.
    pub(super) fn assign(&mut self, key: Key, start: Start) {
        self.epochs += 1;
        let assigned = Assigned { epoch: self.epochs, start, tracker: OffsetTracker::new(), ready: None };
        self.assigned.insert(key, assigned);
    }

    pub(super) fn revoke(&mut self, key: &Key) {
        self.assigned.remove(key);
    }

    pub(super) fn get_mut(&mut self, key: &Key) -> Option<&mut Assigned> {
        self.assigned.get_mut(key)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.assigned.keys()
    }

    /// Of an assigned partition the offset below which everything is stored, where there is a watermark yet.
    pub(super) fn standing(&self, key: &Key) -> Option<Option<i64>> {
        Some(self.assigned.get(key)?.start.standing.as_ref().map(|standing| standing.next))
    }

    /// Whether a first message is still to be compared.
    pub(super) fn any_expected(&self) -> bool {
        self.assigned.values().any(|assigned| assigned.start.expect.is_some())
    }

    /// How many stretches of these partitions are handed out and not stored.
    pub(super) fn unsettled(&self, keys: &[Key]) -> usize {
        keys.iter()
            .filter_map(|key| self.assigned.get(key))
            .map(|assigned| assigned.tracker.unsettled())
            .sum()
    }

    /// Hands out a stretch; `None` where the partition is no longer ours.
    pub(super) fn hand_out(&mut self, key: &Key, stretch: Prefix) -> Option<Share> {
        let assigned = self.assigned.get_mut(key)?;
        let number = assigned.tracker.hand_out(stretch.next, stretch.records, stretch.last);
        Some(Share { key: key.clone(), epoch: assigned.epoch, number })
    }

    /// Marks a share as stored, if it is of the assignment that stands.
    pub(super) fn stored(&mut self, share: &Share) {
        if let Some(assigned) = self.current(share) {
            assigned.tracker.stored(share.number);
        }
    }

    /// Notes that quarantine keeps so many records of a share.
    pub(super) fn quarantined(&mut self, share: &Share, records: u64) {
        if let Some(assigned) = self.current(share) {
            assigned.tracker.quarantined(share.number, records);
        }
    }

    /// Whether a share is of the assignment that stands.
    pub(super) fn is_current(&mut self, share: &Share) -> bool {
        self.current(share).is_some()
    }

    fn current(&mut self, share: &Share) -> Option<&mut Assigned> {
        self.assigned.get_mut(&share.key).filter(|assigned| assigned.epoch == share.epoch)
    }

    /// The watermarks that can move, each with the epoch that stands.
    pub(super) fn advances(&mut self, cluster: &Name) -> Vec<(u64, Advance)> {
        let advance = |(key, assigned): (&Key, &mut Assigned)| {
            let prefix = assigned.ready()?;
            let partition =
                SourcePartition { cluster: cluster.clone(), topic: key.0.clone(), partition: key.1 };
            let Start { standing, generation, .. } = &assigned.start;
            let same_generation = standing.as_ref().filter(|standing| standing.generation == *generation);
            let advance = Advance {
                partition,
                generation: *generation,
                from: same_generation.map_or(0, |standing| standing.next),
                to: prefix.next,
                records: prefix.records,
                quarantined: prefix.quarantined,
                last: Some(prefix.last),
            };
            Some((assigned.epoch, advance))
        };
        self.assigned.iter_mut().filter_map(advance).collect()
    }

    /// Notes what became of an advance.
    pub(super) fn advanced(
        &mut self,
        epoch: u64,
        advance: &Advance,
        advanced: Advanced,
    ) -> Option<(Key, Moved)> {
        let key = (advance.partition.topic.clone(), advance.partition.partition);
        let assigned = self.assigned.get_mut(&key).filter(|assigned| assigned.epoch == epoch)?;
        let (generation, next, last) = (advance.generation, advance.to, advance.last);
        let standing = match advanced {
            Advanced::Moved => Watermark { generation, next, last, captured: 0, quarantined: 0 },
            Advanced::Refused(other) if other.generation == generation && other.next == next => other,
            Advanced::Refused(other) => return Some((key, Moved::Rewind(other))),
        };
        assigned.start.standing = Some(standing);
        assigned.ready = None;
        Some((key, Moved::Commit(next)))
    }
}

impl Assigned {
    fn ready(&mut self) -> Option<Prefix> {
        if let Some(more) = self.tracker.take_prefix() {
            let before = self.ready.map_or((0, 0), |ready| (ready.records, ready.quarantined));
            let (records, quarantined) = (before.0 + more.records, before.1 + more.quarantined);
            self.ready = Some(Prefix { records, quarantined, ..more });
        }
        self.ready
    }
}

#[cfg(test)]
#[path = "partitions_tests.rs"]
mod tests;
