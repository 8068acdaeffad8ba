//! [`KafkaSink`]: claimed records go home.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use dlq_core::retry::{Sent, Sink};
use dlq_core::{Clock, DlqRecord};

use super::config::SinkConfig;
use super::letter::{headers, sendable};
use crate::dialect;
use crate::error::SinkError;
use crate::producer::{Producer, Reports};

/// Sends claimed records home, idempotently: key, payload, and user headers byte for byte; a tombstone stays one.
///
/// Dropping it waits for what is on its way, at most [`SinkConfig::timeout`].
pub struct KafkaSink {
    producer: Producer,
    clock: Arc<dyn Clock>,
    config: SinkConfig,
}

impl KafkaSink {
    /// Makes the producer and starts its poll thread. Whether the cluster is there shows with the first record.
    ///
    /// # Errors
    /// The client's properties are refused, or the thread cannot be started.
    pub fn new(config: SinkConfig, clock: Arc<dyn Clock>) -> Result<Self, SinkError> {
        let producer = Producer::new(config.client(), "dlq-sink", config.timeout)?;
        Ok(Self { producer, clock, config })
    }

    async fn send_one(&self, record: &DlqRecord, reports: &Arc<Reports>, place: usize) {
        let (target, content) = match sendable(record) {
            Ok(parts) => parts,
            Err(reason) => return reports.note(place, Sent::Refused(reason.to_string())),
        };
        let headers = headers(record, content, self.clock.now(), &self.config);
        let mut letter = Producer::letter(target.as_str(), reports, place).headers(headers);
        letter.key = dialect::key(&record.captured.provenance.dialects, content);
        letter.payload = content.payload().bytes();
        self.producer.send(letter).await;
    }
}

#[async_trait]
impl Sink for KafkaSink {
    async fn send(&self, records: &[DlqRecord]) -> Vec<Sent> {
        let reports = Reports::of(records.len());
        for (place, record) in records.iter().enumerate() {
            self.send_one(record, &reports, place).await;
        }
        reports.all().await
    }
}

impl fmt::Debug for KafkaSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaSink").field("brokers", &self.config.brokers).finish_non_exhaustive()
    }
}
