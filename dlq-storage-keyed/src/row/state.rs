//! What changes of a record: CBOR with numbered fields, so that fields may be added and older readers still understand.

use std::borrow::Cow;

use dlq_core::Timestamp;
use dlq_core::record::{
    Attempt, Delivered, DlqRecord, DlqStatus, ErrorType, FailureSummary, Fingerprint, Lease, OperationId,
    Position, Progress, RecordId, RedriveId, TopicName, WorkerId,
};
use dlq_core::storage::transition::Delivery;
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};
use uuid::Uuid;

use super::Operations;

type Id = ByteArray<16>;

#[derive(Encode, Decode)]
#[cbor(map)]
struct State {
    #[n(0)]
    version: u64,
    #[n(1)]
    status: u8,
    #[n(2)]
    due_at: Option<Timestamp>,
    #[n(3)]
    retry_count: u32,
    #[n(4)]
    last_retry_at: Option<Timestamp>,
    #[n(5)]
    expires_at: Option<Timestamp>,
    #[n(6)]
    failure: Option<Failure>,
    #[n(7)]
    attempt: Option<Try>,
    #[n(8)]
    lease_owner: Option<String>,
    #[n(9)]
    lease_until: Option<Timestamp>,
    #[n(10)]
    fence: u64,
    #[n(11)]
    unsettled_claims: u32,
    /// As JSON.
    #[n(12)]
    notes: Option<String>,
    #[n(13)]
    revision: u32,
    #[n(14)]
    operation: Option<Id>,
    #[n(15)]
    created_at: Timestamp,
    #[n(16)]
    updated_at: Timestamp,
    #[n(17)]
    deliveries: Option<Vec<Landing>>,
    #[n(18)]
    lease_token: Option<u64>,
    #[n(19)]
    operations: Option<ByteVec>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Failure {
    #[n(0)]
    class: Option<String>,
    #[n(1)]
    root_class: Option<String>,
    #[n(2)]
    message: Option<String>,
    #[n(3)]
    error_type: u8,
    #[n(4)]
    fingerprint: u64,
}

#[derive(Encode, Decode)]
struct Try {
    #[n(0)]
    number: u32,
    #[n(1)]
    redrive_id: Id,
    #[n(2)]
    target: Option<String>,
    #[n(3)]
    partition: Option<i32>,
    #[n(4)]
    offset: Option<i64>,
    #[n(5)]
    open: bool,
}

/// Where an attempt was delivered.
#[derive(Encode, Decode)]
struct Landing {
    #[n(0)]
    topic: String,
    #[n(1)]
    partition: i32,
    #[n(2)]
    offset: i64,
    #[n(3)]
    attempt: u32,
    #[n(4)]
    redrive_id: Id,
}

/// A record's state, where its attempts were delivered, and what led to its latest versions.
pub(crate) fn state(record: &DlqRecord, deliveries: &[Delivery], operations: &Operations) -> Vec<u8> {
    let progress = &*record.progress;
    let lease = progress.lease.as_ref();
    let state = State {
        version: record.version,
        status: progress.status.code(),
        due_at: progress.due_at,
        retry_count: progress.retry_count,
        last_retry_at: progress.last_retry_at,
        expires_at: progress.expires_at,
        failure: progress.failure.as_ref().map(Failure::of),
        attempt: progress.attempt.as_ref().map(Try::of),
        lease_owner: lease.map(|lease| lease.owner.0.clone()),
        lease_until: lease.map(|lease| lease.until),
        fence: progress.fence,
        unsettled_claims: progress.unsettled_claims,
        // What stands in notes can always be written as JSON.
        notes: (!progress.notes.is_empty())
            .then(|| serde_json::to_string(&progress.notes).unwrap_or_default()),
        revision: progress.revision,
        operation: progress.operation.map(|operation| operation.0.into_bytes().into()),
        created_at: progress.created_at,
        updated_at: progress.updated_at,
        deliveries: (!deliveries.is_empty()).then(|| deliveries.iter().map(Landing::of).collect()),
        lease_token: lease.map(|lease| lease.token),
        operations: Some(operations.bytes().to_vec().into()).filter(|bytes: &ByteVec| !bytes.is_empty()),
    };
    // Writing into memory cannot fail.
    minicbor::to_vec(state).unwrap_or_default()
}

/// A state as it was read.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) version: u64,
    pub(super) progress: Progress,
    pub(super) deliveries: Vec<Delivery>,
    pub(super) operations: Operations,
}

/// The state of this record; nothing where the bytes are not what was written.
pub(super) fn read(id: RecordId, bytes: &[u8]) -> Option<Read> {
    let state: State = minicbor::decode(bytes).ok()?;
    let lease = state.lease_owner.zip(state.lease_until).zip(state.lease_token);
    let deliveries = state.deliveries.unwrap_or_default();
    let deliveries: Option<Vec<_>> = deliveries.into_iter().map(|told| told.read(id)).collect();
    let progress = Progress {
        status: DlqStatus::from_code(state.status)?,
        due_at: state.due_at,
        retry_count: state.retry_count,
        last_retry_at: state.last_retry_at,
        expires_at: state.expires_at,
        failure: some(state.failure, Failure::read)?,
        attempt: some(state.attempt, Try::read)?,
        lease: lease.map(|((owner, until), token)| Lease { owner: WorkerId(owner), until, token }),
        fence: state.fence,
        unsettled_claims: state.unsettled_claims,
        notes: some(state.notes, |json| serde_json::from_str(&json).ok())?.unwrap_or_default(),
        revision: state.revision,
        operation: state.operation.map(|id| OperationId(uuid(id))),
        created_at: state.created_at,
        updated_at: state.updated_at,
    };
    let operations = Operations::read(state.operations.map_or_else(Vec::new, Into::into));
    Some(Read { version: state.version, progress, deliveries: deliveries?, operations })
}

/// What is there must be readable.
fn some<T, U>(value: Option<T>, read: impl FnOnce(T) -> Option<U>) -> Option<Option<U>> {
    value.map_or(Some(None), |value| read(value).map(Some))
}

fn uuid(bytes: Id) -> Uuid {
    Uuid::from_bytes(*bytes)
}

impl Failure {
    fn of(failure: &FailureSummary<'_>) -> Self {
        let own = |text: &Option<Cow<'_, str>>| text.as_deref().map(str::to_owned);
        Self {
            class: own(&failure.class),
            root_class: own(&failure.root_class),
            message: own(&failure.message),
            error_type: failure.error_type.code(),
            fingerprint: failure.fingerprint.as_u64(),
        }
    }

    fn read(self) -> Option<FailureSummary<'static>> {
        Some(FailureSummary {
            class: self.class.map(Cow::Owned),
            root_class: self.root_class.map(Cow::Owned),
            message: self.message.map(Cow::Owned),
            error_type: ErrorType::from_code(self.error_type)?,
            fingerprint: Fingerprint::from_u64(self.fingerprint),
        })
    }
}

impl Try {
    fn of(attempt: &Attempt) -> Self {
        Self {
            number: attempt.number,
            redrive_id: attempt.redrive_id.0.into_bytes().into(),
            target: attempt.target.as_ref().map(ToString::to_string),
            partition: attempt.delivered.map(|at| at.partition),
            offset: attempt.delivered.map(|at| at.offset),
            open: attempt.open,
        }
    }

    fn read(self) -> Option<Attempt> {
        let delivered = self.partition.zip(self.offset);
        Some(Attempt {
            number: self.number,
            redrive_id: RedriveId(uuid(self.redrive_id)),
            target: some(self.target, |topic| TopicName::new(topic).ok())?,
            delivered: delivered.map(|(partition, offset)| Delivered { partition, offset }),
            open: self.open,
        })
    }
}

impl Landing {
    fn of(delivery: &Delivery) -> Self {
        let Position { topic, partition, offset } = &delivery.position;
        Self {
            topic: topic.to_string(),
            partition: *partition,
            offset: *offset,
            attempt: delivery.attempt,
            redrive_id: delivery.redrive_id.0.into_bytes().into(),
        }
    }

    fn read(self, record: RecordId) -> Option<Delivery> {
        let topic = TopicName::new(self.topic).ok()?;
        Some(Delivery {
            position: Position { topic, partition: self.partition, offset: self.offset },
            record,
            attempt: self.attempt,
            redrive_id: RedriveId(uuid(self.redrive_id)),
        })
    }
}
