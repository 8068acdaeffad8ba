//! [`KafkaSink`]: an idempotent producer with a poll thread of its own.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use dlq_core::retry::{Sent, Sink};
use dlq_core::{Clock, DlqRecord};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use super::config::SinkConfig;
use super::delivery::{Reports, SinkContext, outcome};
use super::letter::{headers, sendable};
use crate::dialect;
use crate::error::SinkError;

/// How long the poll thread waits for reports before it looks whether it should end.
const POLL: Duration = Duration::from_millis(50);
/// How long a full queue is waited for before it is asked again.
const QUEUE_FULL: Duration = Duration::from_millis(2);

/// Sends claimed records home, idempotently: key, payload, and user headers byte for byte; a tombstone stays one.
///
/// Dropping it waits for what is on its way, at most [`SinkConfig::timeout`].
pub struct KafkaSink {
    producer: Arc<BaseProducer<SinkContext>>,
    clock: Arc<dyn Clock>,
    config: SinkConfig,
    stop: Arc<AtomicBool>,
    poll: Option<JoinHandle<()>>,
}

impl KafkaSink {
    /// Makes the producer and starts its poll thread. Whether the cluster is there shows with the first record.
    ///
    /// # Errors
    /// The client's properties are refused, or the thread cannot be started.
    pub fn new(config: SinkConfig, clock: Arc<dyn Clock>) -> Result<Self, SinkError> {
        let producer: Arc<BaseProducer<SinkContext>> =
            Arc::new(config.client().create_with_context(SinkContext)?);
        let stop = Arc::new(AtomicBool::new(false));
        let (polled, stopped) = (Arc::clone(&producer), Arc::clone(&stop));
        let poll = move || {
            while !stopped.load(Ordering::Acquire) {
                polled.poll(POLL);
            }
        };
        let poll = std::thread::Builder::new().name("dlq-sink".to_owned()).spawn(poll)?;
        Ok(Self { producer, clock, config, stop, poll: Some(poll) })
    }

    async fn send_one(&self, record: &DlqRecord, reports: &Arc<Reports>, place: usize) {
        let (target, content) = match sendable(record) {
            Ok(parts) => parts,
            Err(reason) => return reports.note(place, Sent::Refused(reason.to_string())),
        };
        let headers = headers(record, content, self.clock.now(), &self.config.redriven_by);
        let opaque = Box::new((Arc::clone(reports), place));
        let mut letter = BaseRecord::with_opaque_to(target.as_str(), opaque).headers(headers);
        letter.key = dialect::key(&record.captured.provenance.dialects, content);
        letter.payload = content.payload().bytes();
        while let Err((error, back)) = self.producer.send::<[u8], [u8]>(letter) {
            if !is_full(&error) {
                return reports.note(place, outcome(&error));
            }
            tokio::time::sleep(QUEUE_FULL).await;
            letter = back;
        }
    }
}

fn is_full(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull)
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

impl Drop for KafkaSink {
    fn drop(&mut self) {
        if let Err(error) = self.producer.flush(self.config.timeout) {
            let records = self.producer.in_flight_count();
            tracing::error!(%error, records, "records were not accepted in time; they are sent again under their redrive id");
        }
        self.stop.store(true, Ordering::Release);
        if let Some(poll) = self.poll.take()
            && poll.join().is_err()
        {
            tracing::error!("the sink's poll thread panicked");
        }
    }
}

impl fmt::Debug for KafkaSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaSink").field("brokers", &self.config.brokers).finish_non_exhaustive()
    }
}
