//! The batch that is being filled.

use std::time::{Duration, Instant};

use dlq_core::handler::Batch;
use dlq_core::record::{CapturedFrom, DialectName};
use dlq_core::storage::Save;
use dlq_core::{DlqRecord, TopicName};

use super::offsets::Prefix;
use super::partitions::{Key, Partitions, Share};

/// The batch that is being filled: records, and each partition's stretch of them.
#[derive(Debug, Default)]
pub(super) struct Building {
    saves: Vec<Save>,
    bytes: usize,
    since: Option<Instant>,
    stretches: Vec<(Key, Prefix)>,
    groups: Vec<Group>,
}

/// Dead letters of one topic in one dialect.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) topic: TopicName,
    pub(super) dialect: Option<DialectName>,
    pub(super) records: u64,
    pub(super) bytes: u64,
}

impl Building {
    pub(super) fn push(&mut self, record: DlqRecord) {
        let Some(from) = &record.captured.from else { return };
        let seen = Prefix { next: from.offset + 1, records: 1, quarantined: 0, last: record.id };
        let is_of =
            |(key, _): &&mut (Key, Prefix)| key.1 == from.source.partition && key.0 == from.source.topic;
        match self.stretches.iter_mut().rev().find(is_of) {
            Some((_, stretch)) => *stretch = Prefix { records: stretch.records + 1, ..seen },
            None => self.stretches.push(((from.source.topic.clone(), from.source.partition), seen)),
        }
        let weight = record.weight();
        count(&mut self.groups, from, record.captured.provenance.dialects.first(), weight as u64);
        self.bytes += weight;
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

    /// What it holds, by topic and dialect.
    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// How long it may still wait for company.
    pub(super) fn patience(&self, linger: Duration) -> Duration {
        self.since.map_or(linger, |since| linger.saturating_sub(since.elapsed()))
    }

    /// The batch, each partition's stretch handed out; room is made for a next one of that size. Stretches of partitions that are no longer ours are stored all
    /// the same, which does no harm, and count for no one.
    pub(super) fn hand_out(
        &mut self,
        partitions: &mut Partitions,
        permit: dlq_core::handler::Permit,
    ) -> Batch<Vec<Share>> {
        let next = Self { saves: Vec::with_capacity(self.saves.len()), ..Self::default() };
        let Self { saves, since, stretches, .. } = std::mem::replace(self, next);
        let share = |(key, stretch): (Key, Prefix)| partitions.hand_out(&key, stretch);
        let ticket = stretches.into_iter().filter_map(share).collect();
        Batch { saves, ticket, permit, since: since.unwrap_or_else(Instant::now) }
    }

    /// Forgets what was captured of one partition, because its capture goes on elsewhere in its log.
    pub(super) fn forget(&mut self, key: &Key) {
        self.stretches.retain(|(other, _)| other != key);
    }
}

fn count(groups: &mut Vec<Group>, from: &CapturedFrom, dialect: Option<&DialectName>, bytes: u64) {
    let is_its = |group: &&mut Group| group.topic == from.source.topic && group.dialect.as_ref() == dialect;
    match groups.iter_mut().rev().find(is_its) {
        Some(group) => {
            group.records += 1;
            group.bytes += bytes;
        }
        None => groups.push(Group {
            topic: from.source.topic.clone(),
            dialect: dialect.cloned(),
            records: 1,
            bytes,
        }),
    }
}
