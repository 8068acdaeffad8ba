//! Where a dead letter was captured, and where it first failed. Unknown is a value.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::name::Name;
use super::shared::Shared;
use crate::clock::Timestamp;

/// A partition's number within its topic.
pub type PartitionId = i32;

/// The name of a Kafka topic: 1 to 249 of `a-z A-Z 0-9 . _ -`, neither `.` nor `..`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName(Name);

impl TopicName {
    /// Takes a name that Kafka would take.
    ///
    /// # Errors
    /// The name is empty, too long, `.`, `..`, or holds another character.
    pub fn new(name: impl Into<Name>) -> Result<Self, InvalidTopicName> {
        let name = name.into();
        let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        let fits = (1..=249).contains(&name.len()) && &*name != "." && &*name != "..";
        if fits && name.bytes().all(legal) {
            Ok(Self(name))
        } else {
            Err(InvalidTopicName { value: name.chars().take(300).collect() })
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl FromStr for TopicName {
    type Err = InvalidTopicName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::new(name)
    }
}

impl Serialize for TopicName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for TopicName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// The text is no topic name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("topic {value:?}: 1 to 249 of a-z A-Z 0-9 . _ - are allowed, but neither . nor ..")]
pub struct InvalidTopicName {
    value: String,
}

/// One partition of one dead-letter topic.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourcePartition {
    /// The cluster's own id.
    pub cluster: Name,
    /// The dead-letter topic.
    pub topic: TopicName,
    /// The partition.
    pub partition: PartitionId,
}

/// The place in a dead-letter topic where a record was captured.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CapturedFrom {
    /// The partition; those of its records that were captured together share it.
    pub source: Shared<SourcePartition>,
    /// The dead letter's offset.
    pub offset: i64,
    /// The dead letter's timestamp; −1 ms where Kafka has none.
    pub timestamp: Timestamp,
}

/// How an origin came to be known; the less we know, the more care a redrive takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KnownBy {
    /// The framework's headers say so.
    Headers,
    /// The operator's configuration says so.
    Configuration,
    /// Derived from the dead-letter topic's name, or told by the payload alone: never redriven to without confirmation.
    Guess,
}

/// Where the message first failed. Whatever no one told is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The topic whose consumer failed.
    pub topic: Option<TopicName>,
    /// Its partition.
    pub partition: Option<PartitionId>,
    /// The message's offset there.
    pub offset: Option<i64>,
    /// The message's timestamp there.
    pub timestamp: Option<Timestamp>,
    /// The consumer group that failed on it.
    pub consumer_group: Option<Name>,
    /// How the topic is known; `None` where it is not.
    pub known_by: Option<KnownBy>,
}

impl Origin {
    /// The exact position of the message, where all of it was told.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        Some(Position { topic: self.topic.clone()?, partition: self.partition?, offset: self.offset? })
    }
}

/// One message's place in Kafka.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The topic.
    pub topic: TopicName,
    /// The partition.
    pub partition: PartitionId,
    /// The offset.
    pub offset: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topic_names_are_what_kafka_takes() {
        for name in ["a", "Orders.v1_x-dlt", &"x".repeat(249)] {
            assert_eq!(TopicName::new(name).unwrap().as_str(), name);
        }
        for name in ["", ".", "..", "a b", "ä", "a/b", "a\0", &"x".repeat(250)] {
            assert!(TopicName::new(name).is_err(), "{name:?}");
        }
    }
}
