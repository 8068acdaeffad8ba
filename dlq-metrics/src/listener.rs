//! [`Listener`]: what happens, as numbers.

use std::sync::Arc;
use std::time::Duration;

use dlq_core::{DlqEvent, Observer, TopicName};
use metrics::{Counter, Gauge, Histogram, Recorder};

use crate::bounded::{Bounded, OTHER};
use crate::by_rule::ByRule;
use crate::calls::Calls;
use crate::lag::Lag;
use crate::name::Metric;
use crate::register::{Register, float};

/// How many topics have a name of their own beside those that were named beforehand.
pub(crate) const TOPICS_MAX: usize = 100;
/// How many dialects have one.
const DIALECTS_MAX: usize = 50;

/// Turns what happens into numbers, and tells them to a recorder of the `metrics` crate: ours for Prometheus or
/// OpenTelemetry, or any other.
///
/// - It allocates for a label that it sees for the first time; after that an event costs a few atomic additions.
/// - Labels are bounded: the topics that were named, the first 100 others, and `other` for all that come later.
#[derive(Debug)]
pub struct Listener {
    capture: Capture,
    batch: Batches,
    store: Store,
    calls: Calls,
    dropped: ByRule,
    turned_away: ByRule,
    redrive: Redrive,
    lag: Lag,
    /// 1 or 0.
    paused: Gauge,
    pauses: Counter,
    assigned: Gauge,
    source_restarts: Counter,
}

impl Listener {
    /// Tells this recorder. The topics have a series each from the beginning.
    #[must_use]
    pub fn new(recorder: Arc<dyn Recorder + Send + Sync>, topics: &[TopicName]) -> Self {
        let register = Register::new(recorder);
        register.gauge(Metric::BuildInfo, &[env!("CARGO_PKG_VERSION")]).set(1.0);
        Self {
            capture: Capture::new(&register, topics),
            batch: Batches::new(&register),
            store: Store::new(&register),
            calls: Calls::new(&register),
            dropped: ByRule::new(&register, Metric::DroppedRecords),
            turned_away: ByRule::new(&register, Metric::TurnedAwayRecords),
            redrive: Redrive::new(&register),
            paused: register.gauge(Metric::Paused, &[]),
            pauses: register.counter(Metric::Pauses, &[]),
            assigned: register.gauge(Metric::AssignedPartitions, &[]),
            source_restarts: register.counter(Metric::SourceRestarts, &[]),
            lag: Lag::new(register),
        }
    }
}

impl Observer for Listener {
    fn on(&self, event: &DlqEvent<'_>) {
        match *event {
            DlqEvent::Captured { topic, dialect, records, bytes } => {
                self.capture.captured(topic, dialect, records, bytes);
            }
            DlqEvent::Batched { records, capacity, buffered, budget } => {
                self.batch.set_out(records, capacity, buffered, budget);
            }
            DlqEvent::Stored { new, already_there, returned, took, bytes, latency } => {
                self.store.stored([new, already_there, returned], bytes, took, latency);
            }
            DlqEvent::StorageAsked { operation, took, error } => self.calls.asked(operation, took, error),
            DlqEvent::StoreUnavailable { .. } => self.store.unavailable(),
            DlqEvent::Refused { .. } => self.store.refused.increment(1),
            DlqEvent::Quarantined { .. } => self.store.quarantined.increment(1),
            DlqEvent::Dropped { rule, records } => self.dropped.count(rule, records),
            DlqEvent::TurnedAway { rule, records } => self.turned_away.count(rule, records),
            DlqEvent::Assigned { partitions } => {
                self.assigned.set(float(partitions as u64));
                self.lag.forget();
            }
            DlqEvent::Lag { topic, partition, offsets } => self.lag.set(topic, partition, offsets),
            DlqEvent::SourceStopped { .. } => self.source_restarts.increment(1),
            DlqEvent::Paused => {
                self.paused.set(1.0);
                self.pauses.increment(1);
            }
            DlqEvent::Resumed => self.paused.set(0.0),
            DlqEvent::Missing { topic, from, to, .. } => {
                self.capture.topic(topic).missing.increment(to.abs_diff(from));
            }
            DlqEvent::Claimed { records } => self.redrive.attempts.increment(records),
            DlqEvent::SentHome { .. } => self.redrive.delivered.increment(1),
            DlqEvent::SendFailed { .. } => self.redrive.failed.increment(1),
            _ => {}
        }
    }
}

/// What is read from Kafka.
#[derive(Debug)]
struct Capture {
    register: Register,
    topics: Bounded<TopicName, Topic>,
    dialects: Bounded<String, Counter>,
}

/// What is counted of one topic.
#[derive(Clone, Debug)]
struct Topic {
    records: Counter,
    bytes: Counter,
    unrecognised: Counter,
    missing: Counter,
}

impl Capture {
    fn new(register: &Register, topics: &[TopicName]) -> Self {
        let capture = Self {
            register: register.clone(),
            topics: Bounded::new(topics.len() + TOPICS_MAX),
            dialects: Bounded::new(DIALECTS_MAX),
        };
        for topic in topics {
            capture.topic(topic);
        }
        capture
    }

    fn captured(&self, topic: &TopicName, dialect: Option<&str>, records: u64, bytes: u64) {
        let topic = self.topic(topic);
        topic.records.increment(records);
        topic.bytes.increment(bytes);
        match dialect {
            Some(dialect) => self.dialect(dialect).increment(records),
            None => topic.unrecognised.increment(records),
        }
    }

    fn topic(&self, topic: &TopicName) -> Topic {
        self.topics.handle(topic, |named| {
            let label = &[named.map_or(OTHER, TopicName::as_str)];
            Topic {
                records: self.register.counter(Metric::CapturedRecords, label),
                bytes: self.register.counter(Metric::CapturedBytes, label),
                unrecognised: self.register.counter(Metric::UnrecognisedRecords, label),
                missing: self.register.counter(Metric::MissingOffsets, label),
            }
        })
    }

    fn dialect(&self, dialect: &str) -> Counter {
        let make =
            |named: Option<&str>| self.register.counter(Metric::DialectRecords, &[named.unwrap_or(OTHER)]);
        self.dialects.handle(dialect, make)
    }
}

/// Batches that set out for the storage.
#[derive(Debug)]
struct Batches {
    records: Histogram,
    fill: Histogram,
    used: Gauge,
    limit: Gauge,
    utilisation: Gauge,
}

impl Batches {
    fn new(register: &Register) -> Self {
        Self {
            records: register.histogram(Metric::BatchRecords, &[]),
            fill: register.histogram(Metric::BatchFill, &[]),
            used: register.gauge(Metric::BufferUsed, &[]),
            limit: register.gauge(Metric::BufferLimit, &[]),
            utilisation: register.gauge(Metric::BufferUtilisation, &[]),
        }
    }

    fn set_out(&self, records: u64, capacity: u64, buffered: u64, budget: u64) {
        self.records.record(float(records));
        self.fill.record(float(records) / float(capacity.max(1)));
        self.used.set(float(buffered));
        self.limit.set(float(budget));
        self.utilisation.set(float(buffered) / float(budget.max(1)));
    }
}

/// What the storage makes of them.
#[derive(Debug)]
struct Store {
    records: Counter,
    bytes: Counter,
    duplicates: Counter,
    returned: Counter,
    refused: Counter,
    quarantined: Counter,
    duration: Histogram,
    latency: Histogram,
    retries: Counter,
    breaker_open: Gauge,
}

impl Store {
    fn new(register: &Register) -> Self {
        let counter = |metric| register.counter(metric, &[]);
        Self {
            records: counter(Metric::StoredRecords),
            bytes: counter(Metric::StoredBytes),
            duplicates: counter(Metric::DuplicateRecords),
            returned: counter(Metric::ReturnedRecords),
            refused: counter(Metric::RefusedRecords),
            quarantined: counter(Metric::QuarantinedRecords),
            duration: register.histogram(Metric::StoreDuration, &[]),
            latency: register.histogram(Metric::CaptureLatency, &[]),
            retries: counter(Metric::StoreRetries),
            breaker_open: register.gauge(Metric::BreakerOpen, &[]),
        }
    }

    fn stored(
        &self,
        [new, already_there, returned]: [u64; 3],
        bytes: u64,
        took: Duration,
        latency: Duration,
    ) {
        self.records.increment(new);
        self.duplicates.increment(already_there);
        self.returned.increment(returned);
        self.bytes.increment(bytes);
        self.duration.record(took);
        self.latency.record(latency);
        self.breaker_open.set(0.0);
    }

    fn unavailable(&self) {
        self.retries.increment(1);
        self.breaker_open.set(1.0);
    }
}

/// Records on their way home.
#[derive(Debug)]
struct Redrive {
    attempts: Counter,
    delivered: Counter,
    failed: Counter,
}

impl Redrive {
    fn new(register: &Register) -> Self {
        let counter = |metric| register.counter(metric, &[]);
        Self {
            attempts: counter(Metric::RedriveAttempts),
            delivered: counter(Metric::RedriveDelivered),
            failed: counter(Metric::RedriveFailed),
        }
    }
}
