//! [`Lag`]: how far behind each partition is, also when it moves to another instance.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use dlq_core::TopicName;
use dlq_core::record::PartitionId;
use metrics::Gauge;

use crate::bounded::{Bounded, OTHER};
use crate::name::Metric;
use crate::register::{Register, float};

/// How many partitions have a series of their own; the lag of all others is added up in one.
const PARTITIONS_MAX: usize = 1_000;

type Partition = (TopicName, PartitionId);

/// The lag of the partitions that this instance reads.
#[derive(Debug)]
pub(crate) struct Lag {
    register: Register,
    /// One for a partition alone, or for all that have none.
    gauges: Bounded<Partition, Gauge>,
    /// What was told last of each partition, and to which gauge.
    told: Mutex<HashMap<Partition, (u64, Gauge)>>,
}

impl Lag {
    #[must_use]
    pub(crate) fn new(register: Register) -> Self {
        Self { register, gauges: Bounded::new(PARTITIONS_MAX), told: Mutex::default() }
    }

    /// A partition is so many offsets behind. A series holds the sum of the partitions that share it.
    pub(crate) fn set(&self, topic: &TopicName, partition: PartitionId, offsets: u64) {
        let key = (topic.clone(), partition);
        let gauge = self.gauges.handle(&key, |named| self.gauge(named));
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let before = told.insert(key, (offsets, gauge.clone())).map_or(0, |(before, _)| before);
        gauge.increment(float(offsets) - float(before));
    }

    /// Others may read some of the partitions from now on: what they lag is not ours to tell.
    pub(crate) fn forget(&self) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.drain().for_each(|(_, (offsets, gauge))| gauge.decrement(float(offsets)));
    }

    fn gauge(&self, partition: Option<&Partition>) -> Gauge {
        let gauge = |topic: &str, partition: &str| self.register.gauge(Metric::Lag, &[topic, partition]);
        match partition {
            Some((topic, partition)) => gauge(topic.as_str(), &partition.to_string()),
            None => gauge(OTHER, OTHER),
        }
    }
}
