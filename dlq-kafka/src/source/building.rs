//! The batch that is being filled.

use std::time::{Duration, Instant};

use dlq_core::DlqRecord;
use dlq_core::handler::Batch;
use dlq_core::storage::Save;

use super::offsets::Prefix;
use super::partitions::{Key, Partitions, Share};

/// The batch that is being filled: records, and each partition's stretch of them.
#[derive(Debug, Default)]
pub(super) struct Building {
    saves: Vec<Save>,
    bytes: usize,
    since: Option<Instant>,
    stretches: Vec<(Key, Prefix)>,
}

impl Building {
    pub(super) fn push(&mut self, record: DlqRecord) {
        let Some(from) = &record.captured.from else { return };
        let seen = Prefix { next: from.offset + 1, records: 1, quarantined: 0, last: record.id };
        let is_of = |(key, _): &&mut (Key, Prefix)| key.1 == from.partition && key.0 == from.topic;
        match self.stretches.iter_mut().rev().find(is_of) {
            Some((_, stretch)) => *stretch = Prefix { records: stretch.records + 1, ..seen },
            None => self.stretches.push(((from.topic.clone(), from.partition), seen)),
        }
        self.bytes += record.weight();
        self.since.get_or_insert_with(Instant::now);
        self.saves.push(Save::New(record));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.saves.is_empty()
    }

    pub(super) fn records(&self) -> usize {
        self.saves.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn saves(&self) -> &[Save] {
        &self.saves
    }

    /// How long it may still wait for company.
    pub(super) fn patience(&self, linger: Duration) -> Duration {
        self.since.map_or(linger, |since| linger.saturating_sub(since.elapsed()))
    }

    /// The batch, each partition's stretch handed out. Stretches of partitions that are no longer ours are stored all
    /// the same, which does no harm, and count for no one.
    pub(super) fn hand_out(
        &mut self,
        partitions: &mut Partitions,
        permit: dlq_core::handler::Permit,
    ) -> Batch<Vec<Share>> {
        let Self { saves, since, stretches, .. } = std::mem::take(self);
        let share = |(key, stretch): (Key, Prefix)| partitions.hand_out(&key, stretch);
        let ticket = stretches.into_iter().filter_map(share).collect();
        Batch { saves, ticket, permit, since: since.unwrap_or_else(Instant::now) }
    }

    /// Forgets what was captured of one partition, because its capture goes on elsewhere in its log.
    pub(super) fn forget(&mut self, key: &Key) {
        self.stretches.retain(|(other, _)| other != key);
    }
}
