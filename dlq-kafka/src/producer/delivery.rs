//! The delivery report, not the send, decides.

use std::sync::{Arc, Mutex, PoisonError};

use dlq_core::record::Delivered;
use dlq_core::retry::Sent;
use rdkafka::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{NoCustomPartitioner, ProducerContext};
use tokio::sync::Notify;

/// Collects the delivery reports of one batch.
#[derive(Debug)]
pub(crate) struct Reports {
    state: Mutex<State>,
    complete: Notify,
}

#[derive(Debug)]
struct State {
    sent: Vec<Option<Sent>>,
    missing: usize,
}

impl Reports {
    pub(crate) fn of(records: usize) -> Arc<Self> {
        let state = State { sent: vec![None; records], missing: records };
        Arc::new(Self { state: Mutex::new(state), complete: Notify::new() })
    }

    /// Notes what became of the record at this place of the batch.
    pub(crate) fn note(&self, place: usize, sent: Sent) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = state.sent.get_mut(place).filter(|slot| slot.is_none()) {
            *slot = Some(sent);
            state.missing -= 1;
        }
        if state.missing == 0 {
            self.complete.notify_one();
        }
    }

    /// Every report, once the last is in. librdkafka reports each record at the latest when its time is up.
    pub(crate) async fn all(&self) -> Vec<Sent> {
        loop {
            if let Some(all) = self.take_if_complete() {
                return all;
            }
            self.complete.notified().await;
        }
    }

    fn take_if_complete(&self) -> Option<Vec<Sent>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.missing == 0).then(|| state.sent.drain(..).flatten().collect())
    }
}

/// Hands delivery reports to the batch that waits for them.
#[derive(Debug)]
pub(super) struct ReportContext;

impl ClientContext for ReportContext {}

impl ProducerContext<NoCustomPartitioner> for ReportContext {
    type DeliveryOpaque = Box<(Arc<Reports>, usize)>;

    fn delivery(&self, report: &DeliveryResult<'_>, opaque: Self::DeliveryOpaque) {
        let (reports, place) = *opaque;
        let sent = match report {
            Ok(message) => Sent::Delivered(position(message.partition(), message.offset())),
            Err((error, _)) => outcome(error),
        };
        reports.note(place, sent);
    }
}

/// Where it was accepted; a broker that writes twice for one idempotent send does not say where.
fn position(partition: i32, offset: i64) -> Option<Delivered> {
    (partition >= 0 && offset >= 0).then_some(Delivered { partition, offset })
}

/// What an error says of a record. Only what the target surely did not take is refused; everything else is unknown.
pub(super) fn outcome(error: &KafkaError) -> Sent {
    let reason = error.to_string();
    match error.rdkafka_error_code() {
        Some(
            Code::MessageSizeTooLarge
            | Code::InvalidMessage
            | Code::InvalidMessageSize
            | Code::InvalidRecord
            | Code::InvalidTimestamp
            | Code::InvalidTopic
            | Code::UnknownTopic
            | Code::UnknownTopicOrPartition
            | Code::UnknownPartition
            | Code::TopicAuthorizationFailed
            | Code::PolicyViolation
            | Code::MessageBatchTooLarge,
        ) => Sent::Refused(reason),
        _ => Sent::Unknown(reason),
    }
}
