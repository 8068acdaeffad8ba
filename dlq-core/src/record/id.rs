//! [`RecordId`]: the same for every delivery of one captured message, unique for a submitted one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use xxhash_rust::xxh3::Xxh3;

use super::CapturedFrom;

/// Names one record: 128 bits that print as a UUID and sort roughly by time.
///
/// A captured record's id is a UUIDv8 made of where it was captured (48 bits of the dead letter's timestamp, then a
/// hash), so that a redelivery meets its own id, and a record of a recreated topic does not. A submitted record's id is
/// a UUIDv7.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordId(Uuid);

impl RecordId {
    /// The smallest id; no record has it.
    pub const MIN: Self = Self(Uuid::nil());

    /// The id of the message found at `from`.
    ///
    /// Layout: [RFC 9562, section 5.8](https://www.rfc-editor.org/rfc/rfc9562#section-5.8); the hash is XXH3-128 over
    /// cluster and topic, each behind its length, partition, offset and timestamp. It must never change.
    #[must_use]
    pub fn captured(from: &CapturedFrom) -> Self {
        let mut hash = Xxh3::new();
        for name in [from.source.cluster.as_bytes(), from.source.topic.as_str().as_bytes()] {
            hash.update(&(name.len() as u64).to_le_bytes());
            hash.update(name);
        }
        hash.update(&from.source.partition.to_le_bytes());
        hash.update(&from.offset.to_le_bytes());
        hash.update(&from.timestamp.as_millis().to_le_bytes());
        let mut bytes = hash.digest128().to_be_bytes();
        let clamped = from.timestamp.as_millis().clamp(0, (1 << 48) - 1);
        if let Some(millis) = clamped.to_be_bytes().last_chunk::<6>() {
            bytes[..6].copy_from_slice(millis);
        }
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// A new id for a record that did not come from Kafka.
    #[must_use]
    pub fn submitted() -> Self {
        Self(Uuid::now_v7())
    }

    /// The id as 16 bytes, in the order in which ids sort.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }

    /// The id made of these 16 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The id as a UUID.
    #[must_use]
    pub const fn as_uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for RecordId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is no record id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record id {value:?}: a UUID such as 0193a1b2-c3d4-8e5f-8a6b-7c8d9e0f1a2b is allowed")]
pub struct InvalidRecordId {
    value: String,
}

impl FromStr for RecordId {
    type Err = InvalidRecordId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self).map_err(|_| InvalidRecordId { value: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::record::{SourcePartition, TopicName};

    fn from(offset: i64, millis: i64) -> CapturedFrom {
        CapturedFrom {
            source: SourcePartition {
                cluster: "c1".into(),
                topic: TopicName::new("orders-dlt").unwrap(),
                partition: 3,
            }
            .into(),
            offset,
            timestamp: Timestamp::from_millis(millis),
        }
    }

    #[test]
    fn the_hash_never_changes() {
        let id = RecordId::captured(&from(42, 1_700_000_000_500));
        assert_eq!(id.to_string(), "018bcfe5-69f4-8d8e-819b-14ca98a6b0f6");
    }

    #[test]
    fn a_recreated_topic_gives_other_ids() {
        assert_eq!(RecordId::captured(&from(1, 5)), RecordId::captured(&from(1, 5)));
        assert_ne!(RecordId::captured(&from(1, 5)), RecordId::captured(&from(1, 6)));
    }

    #[test]
    fn ids_sort_by_time_and_odd_timestamps_are_clamped() {
        let times = [i64::MIN, 0, 1, 1_700_000_000_000, i64::MAX];
        let ids: Vec<_> =
            times.iter().map(|&t| RecordId::captured(&from(9, t)).to_bytes()[..6].to_vec()).collect();
        assert!(ids.is_sorted());
    }

    #[test]
    fn text_and_back() {
        let id = RecordId::submitted();
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("nonsense".parse::<RecordId>().unwrap_err().to_string().contains("nonsense"));
    }
}
