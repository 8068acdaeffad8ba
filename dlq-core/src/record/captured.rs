//! [`Captured`]: the half of a record that never changes.

use super::content::Content;
use super::failure::CapturedFailure;
use super::name::Name;
use super::origin::{CapturedFrom, Origin, PartitionId, TopicName};
use super::shared::Shared;
use crate::clock::Timestamp;
use serde::Serialize;
use std::borrow::Cow;

/// Everything that was known when the record was captured or submitted. It never changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// Where it was captured; `None` for a submitted record.
    pub from: Option<CapturedFrom>,
    /// Headers, key and payload; `None` where a store was asked to leave them out.
    pub content: Option<Content>,
    /// Where the message first failed.
    pub origin: Origin,
    /// How we came to know; mostly the same for many records, which then share it.
    pub provenance: Shared<Provenance>,
    /// The failure.
    pub failure: CapturedFailure,
}

/// Where the knowledge about a dead letter comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The dialects that were recognised, the deciding one first.
    pub dialects: Vec<DialectName>,
    /// Who told the origin, where that is the first hop, which is not kept twice; see [`with_hops`](Self::with_hops).
    pub origin_told_by: Option<DialectName>,
    /// The further hops, first failure first; [`Captured::hops`] are all.
    pub hops: Vec<Hop>,
    /// What could not be read, in words for a person.
    pub warnings: Vec<String>,
    /// A reader failed on it: bytes are kept, nothing else is known.
    pub unreadable: bool,
}

/// The name of a framework's way of writing dead letters, such as `spring-dlt`.
pub type DialectName = Cow<'static, str>;

/// One place at which a message failed, as its framework told it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hop {
    /// The topic.
    pub topic: Option<TopicName>,
    /// The partition.
    pub partition: Option<PartitionId>,
    /// The offset.
    pub offset: Option<i64>,
    /// The message's timestamp.
    pub timestamp: Option<Timestamp>,
    /// The consumer group that failed.
    pub consumer_group: Option<Name>,
    /// Who told.
    pub dialect: DialectName,
}

/// One [`Hop`] of a record, as [`Captured::hops`] shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HopRef<'a> {
    /// The topic.
    pub topic: Option<&'a TopicName>,
    /// The partition.
    pub partition: Option<PartitionId>,
    /// The offset.
    pub offset: Option<i64>,
    /// The message's timestamp.
    pub timestamp: Option<Timestamp>,
    /// The consumer group that failed.
    pub consumer_group: Option<&'a str>,
    /// Who told.
    pub dialect: &'a str,
}

impl<'a> HopRef<'a> {
    fn of(hop: &'a Hop) -> Self {
        Self {
            topic: hop.topic.as_ref(),
            partition: hop.partition,
            offset: hop.offset,
            timestamp: hop.timestamp,
            consumer_group: hop.consumer_group.as_deref(),
            dialect: &hop.dialect,
        }
    }

    fn of_origin(origin: &'a Origin, dialect: &'a str) -> Self {
        Self {
            topic: origin.topic.as_ref(),
            partition: origin.partition,
            offset: origin.offset,
            timestamp: origin.timestamp,
            consumer_group: origin.consumer_group.as_deref(),
            dialect,
        }
    }
}

impl Provenance {
    /// The same with these hops, first failure first. Where the first is the origin, as it mostly is, only who told it is
    /// kept, so that records which differ in nothing else can share their provenance.
    #[must_use]
    pub fn with_hops(self, mut hops: Vec<Hop>, origin: &Origin) -> Self {
        let first = hops.first().map(HopRef::of);
        let is_origin = first.is_some_and(|hop| hop == HopRef::of_origin(origin, hop.dialect));
        let origin_told_by = is_origin.then(|| hops.remove(0).dialect);
        hops.shrink_to_fit();
        Self { origin_told_by, hops, ..self }
    }
}

impl Captured {
    /// The places through which the message went before, first failure first.
    pub fn hops(&self) -> impl Iterator<Item = HopRef<'_>> {
        let Provenance { origin_told_by, hops, .. } = &*self.provenance;
        let first = origin_told_by.iter().map(|dialect| HopRef::of_origin(&self.origin, dialect));
        first.chain(hops.iter().map(HopRef::of))
    }

    /// The lane: the hash of origin topic, partition and key; `None` without a key, or without the content to read it.
    #[must_use]
    pub fn lane(&self) -> Option<i64> {
        let key = self.content.as_ref()?.key().bytes()?;
        let topic = self.origin.topic.as_ref().or(self.from.as_ref().map(|from| &from.source.topic));
        let mut hash = xxhash_rust::xxh3::Xxh3::new();
        hash.update(topic.map_or("", TopicName::as_str).as_bytes());
        hash.update(&self.place_partition().to_le_bytes());
        hash.update(key);
        Some(hash.digest().cast_signed())
    }

    /// The place in the lane: the origin's offset, or the captured one where the origin's is unknown.
    #[must_use]
    pub fn place(&self) -> i64 {
        self.origin.offset.or(self.from.as_ref().map(|from| from.offset)).unwrap_or(0)
    }

    /// The topic that groups and counters name: the origin's, or the dead-letter topic where that is unknown.
    #[must_use]
    pub fn topic(&self) -> Option<&TopicName> {
        self.origin.topic.as_ref().or(self.from.as_ref().map(|from| &from.source.topic))
    }

    fn place_partition(&self) -> PartitionId {
        self.origin.partition.or(self.from.as_ref().map(|from| from.source.partition)).unwrap_or(-1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_hops_are_shown_though_the_origin_is_kept_once() {
        let hop = |offset| Hop { offset: Some(offset), dialect: "spring-dlt".into(), ..Hop::default() };
        let kept = |first, of_origin| {
            let origin = Origin { offset: Some(of_origin), ..Origin::default() };
            let provenance = Provenance::default().with_hops(vec![hop(first), hop(9)], &origin).into();
            let captured = Captured { origin, provenance, ..Captured::default() };
            assert!(captured.hops().eq([hop(first), hop(9)].iter().map(HopRef::of)));
            captured.provenance.hops.len()
        };
        assert_eq!((kept(7, 7), kept(7, 8)), (1, 2));
    }
}
