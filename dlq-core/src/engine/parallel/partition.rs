//! Which lane: what must stay in order shares one.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// What must stay in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Partitioning {
    /// What has the same key, whatever its topic. What has no key is in no order.
    #[default]
    ByKey,
    /// What comes from the same partition of the same topic. Where the partition is unknown there is no order.
    ByPartition,
    /// Nothing: items go to the lanes in turn.
    Unordered,
}

/// Where an item comes from: what a [`Partitioning`] looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place<'a> {
    /// Its topic; empty if there are none.
    pub topic: &'a str,
    /// Its partition, if known.
    pub partition: Option<i32>,
    /// Its key, if it has one. An empty key is a key.
    pub key: Option<&'a [u8]>,
}

impl<'a> Place<'a> {
    /// A place with a key and nothing else.
    #[must_use]
    pub const fn key(key: &'a [u8]) -> Self {
        Self { topic: "", partition: None, key: Some(key) }
    }
}

/// The number of a lane. It fits every processor: one with fewer lanes folds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Lane(u32);

impl Lane {
    /// The lane of this number.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// Finds the lane of an item. The hash is stable: the same key has the same lane in every process and version, as long
/// as the number of lanes is the same.
#[derive(Debug)]
pub struct Partitioner {
    partitioning: Partitioning,
    /// The number of lanes, a power of two, less one.
    mask: u32,
    turn: AtomicU64,
}

impl Partitioner {
    /// Spreads over `lanes`, rounded up to a power of two, at most 2³¹.
    #[must_use]
    pub fn new(partitioning: Partitioning, lanes: u32) -> Self {
        let lanes = lanes.checked_next_power_of_two().unwrap_or(1 << 31);
        Self { partitioning, mask: lanes - 1, turn: AtomicU64::new(0) }
    }

    /// The lane of what comes from `place`.
    pub fn lane(&self, place: &Place<'_>) -> Lane {
        let ordered_by = match self.partitioning {
            Partitioning::ByKey => place.key.map(xxh3_64),
            Partitioning::ByPartition => place.partition.map(|partition| {
                xxh3_64_with_seed(place.topic.as_bytes(), u64::from(partition.cast_unsigned()))
            }),
            Partitioning::Unordered => None,
        };
        self.fold(ordered_by.unwrap_or_else(|| self.turn.fetch_add(1, Ordering::Relaxed)))
    }

    fn fold(&self, number: u64) -> Lane {
        let [a, b, c, d, ..] = number.to_le_bytes();
        Lane(u32::from_le_bytes([a, b, c, d]) & self.mask)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_lane_of_a_key_is_the_same_everywhere_and_forever() {
        let lanes = Partitioner::new(Partitioning::ByKey, 128);
        let elsewhere = Place { topic: "orders", partition: Some(3), key: Some(b"order-7") };
        assert_eq!(lanes.lane(&Place::key(b"order-7")), lanes.lane(&elsewhere));
        assert_eq!(lanes.lane(&Place::key(b"order-7")), Lane(59));
        assert_eq!(lanes.lane(&Place::key(b"")), Lane(66));
    }

    #[test]
    fn partitions_of_several_topics_are_told_apart() {
        let lanes = Partitioner::new(Partitioning::ByPartition, 1 << 20);
        let found: HashSet<Lane> = ["orders", "payments"]
            .into_iter()
            .flat_map(|topic| (0..8).map(move |partition| (topic, partition)))
            .map(|(topic, partition)| {
                lanes.lane(&Place { topic, partition: Some(partition), key: Some(b"k") })
            })
            .collect();
        assert_eq!(found.len(), 16);
    }

    #[test]
    fn what_has_no_order_goes_to_the_lanes_in_turn() {
        for (partitioning, place) in [
            (Partitioning::Unordered, Place::key(b"k")),
            (Partitioning::ByKey, Place::default()),
            (Partitioning::ByPartition, Place::key(b"k")),
        ] {
            let lanes = Partitioner::new(partitioning, 3);
            let found: Vec<u32> = (0..5).map(|_| lanes.lane(&place).number()).collect();
            assert_eq!(found, [0, 1, 2, 3, 0], "{partitioning:?}");
        }
    }
}
