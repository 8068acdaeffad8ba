//! [`Producer`]: an idempotent producer with a poll thread of its own, and the reports on what it sent.

mod delivery;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use crate::error::SinkError;
use delivery::{ReportContext, outcome};

pub(crate) use delivery::Reports;

/// How long the poll thread waits for reports before it looks whether it should end.
const POLL: Duration = Duration::from_millis(50);
/// How long a full queue is waited for before it is asked again.
const QUEUE_FULL: Duration = Duration::from_millis(2);

/// A message that is about to be sent, and whom to tell what became of it.
pub(crate) type Letter<'a> = BaseRecord<'a, [u8], [u8], Box<(Arc<Reports>, usize)>>;

/// Sends messages, and reports on each. Dropping it waits for what is on its way, at most the given time.
pub(crate) struct Producer {
    producer: Arc<BaseProducer<ReportContext>>,
    timeout: Duration,
    stop: Arc<AtomicBool>,
    poll: Option<JoinHandle<()>>,
}

impl Producer {
    /// Makes the producer and starts its poll thread, of this name. Whether the cluster is there shows with the first
    /// message.
    pub(crate) fn new(
        mut client: ClientConfig,
        thread: &'static str,
        timeout: Duration,
    ) -> Result<Self, SinkError> {
        client.set("enable.idempotence", "true").set("message.timeout.ms", timeout.as_millis().to_string());
        let producer: Arc<BaseProducer<ReportContext>> = Arc::new(client.create_with_context(ReportContext)?);
        let stop = Arc::new(AtomicBool::new(false));
        let (polled, stopped) = (Arc::clone(&producer), Arc::clone(&stop));
        let poll = move || {
            while !stopped.load(Ordering::Acquire) {
                polled.poll(POLL);
            }
        };
        let poll = std::thread::Builder::new().name(thread.to_owned()).spawn(poll)?;
        Ok(Self { producer, timeout, stop, poll: Some(poll) })
    }

    /// A message to a topic whose fate is told to `reports` as that of the one at this place.
    pub(crate) fn letter<'a>(topic: &'a str, reports: &Arc<Reports>, place: usize) -> Letter<'a> {
        BaseRecord::with_opaque_to(topic, Box::new((Arc::clone(reports), place)))
    }

    /// Sends a message, waiting while the queue is full. Its report decides; this only begins.
    pub(crate) async fn send(&self, mut letter: Letter<'_>) {
        while let Err((error, back)) = self.producer.send::<[u8], [u8]>(letter) {
            if !is_full(&error) {
                let (reports, place) = *back.delivery_opaque;
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

impl Drop for Producer {
    fn drop(&mut self) {
        if let Err(error) = self.producer.flush(self.timeout) {
            let messages = self.producer.in_flight_count();
            tracing::error!(%error, messages, "messages were not accepted in time; they are sent again under the same name");
        }
        self.stop.store(true, Ordering::Release);
        if let Some(poll) = self.poll.take()
            && poll.join().is_err()
        {
            tracing::error!("the producer's poll thread panicked");
        }
    }
}

impl fmt::Debug for Producer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}
