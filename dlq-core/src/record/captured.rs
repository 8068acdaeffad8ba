//! [`Captured`]: the half of a record that never changes.

use super::content::Content;
use super::failure::CapturedFailure;
use super::origin::{CapturedFrom, Origin, PartitionId, TopicName};
use crate::clock::Timestamp;
use std::borrow::Cow;
use std::sync::Arc;

/// Everything that was known when the record was captured or submitted. It never changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// Where it was captured; `None` for a submitted record.
    pub from: Option<CapturedFrom>,
    /// Headers, key and payload; `None` where a store was asked to leave them out.
    pub content: Option<Content>,
    /// Where the message first failed.
    pub origin: Origin,
    /// How we came to know.
    pub provenance: Provenance,
    /// The failure.
    pub failure: CapturedFailure,
}

/// Where the knowledge about a dead letter comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The dialects that were recognised, the deciding one first.
    pub dialects: Vec<DialectName>,
    /// The places through which the message went before, first failure first.
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
    pub consumer_group: Option<Arc<str>>,
    /// Who told.
    pub dialect: DialectName,
}

impl Captured {
    /// The lane: the hash of origin topic, partition and key; `None` without a key, or without the content to read it.
    #[must_use]
    pub fn lane(&self) -> Option<i64> {
        let key = self.content.as_ref()?.key().bytes()?;
        let topic = self.origin.topic.as_ref().or(self.from.as_ref().map(|from| &from.topic));
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
        self.origin.topic.as_ref().or(self.from.as_ref().map(|from| &from.topic))
    }

    fn place_partition(&self) -> PartitionId {
        self.origin.partition.or(self.from.as_ref().map(|from| from.partition)).unwrap_or(-1)
    }
}
