use std::time::Duration;

use crate::clock::Timestamp;
use crate::record::{
    Body, Captured, Change, Content, Delivered, DlqRecord, DlqStatus, FailureSummary, HistoryEntry, Origin,
    Position, RedriveId, TopicName, WorkerId,
};
use crate::storage::transition::{claim, returned, settle};
use crate::storage::{ClaimRequest, Outcome, Settle, Settled, Settlement, StorageErrorKind, StorageResult};

mod arrivals;
mod books;
mod claims;
mod edits;
mod settlements;
mod watermarks;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);
const LEASE: Duration = Duration::from_secs(30);

fn topic(name: &str) -> TopicName {
    TopicName::new(name).unwrap()
}

fn captured(payload: &[u8]) -> Captured {
    let content = Content::pack([], Body::Present(b"k"), Body::Present(payload)).unwrap();
    let origin = Origin { topic: Some(topic("orders")), ..Origin::default() };
    Captured { content: Some(content), origin, ..Captured::default() }
}

fn record() -> DlqRecord {
    DlqRecord::new(captured(b"{}"), NOW)
}

fn with_status(status: DlqStatus) -> DlqRecord {
    let mut record = record();
    record.progress.status = status;
    record
}

/// A record under the lease of `request`.
fn claimed() -> DlqRecord {
    let mut record = record();
    claim(&mut record, &request(), NOW).unwrap();
    record
}

fn delivered(offset: i64) -> DlqRecord {
    let mut record = claimed();
    complete(&mut record, Outcome::Delivered(Some(Delivered { partition: 0, offset })), NOW).unwrap();
    record
}

fn request() -> ClaimRequest {
    ClaimRequest::due(WorkerId("w1".to_owned()))
}

fn complete(record: &mut DlqRecord, outcome: Outcome, now: Timestamp) -> StorageResult<Settled> {
    apply(record, Settle::Complete(outcome), now)
}

fn apply(record: &mut DlqRecord, how: Settle, now: Timestamp) -> StorageResult<Settled> {
    let settlement = settlement(record, how);
    settle(record, &settlement, now).map(|(settled, _)| settled)
}

/// The given attempt comes back.
fn come_back(record: &mut DlqRecord, attempt: u32) -> HistoryEntry {
    returned(record, attempt, &DlqRecord::new(captured(b"{}"), NOW), NOW)
}

fn settlement(record: &DlqRecord, settle: Settle) -> Settlement {
    Settlement { id: record.id, token: record.progress.fence, settle, change: Change::by("worker:w1") }
}

fn failed(then: DlqStatus, retry_in: Option<Duration>) -> Outcome {
    Outcome::Failed { failure: failure("refused"), then, retry_in }
}

fn failure(message: &str) -> FailureSummary<'static> {
    FailureSummary { message: Some(message.to_owned().into()), ..FailureSummary::default() }
}

fn redrive_id(record: &DlqRecord) -> RedriveId {
    record.progress.attempt.as_ref().unwrap().redrive_id
}

fn at(topic_name: &str, offset: i64) -> Position {
    Position { topic: topic(topic_name), partition: 0, offset }
}

fn kind<T: std::fmt::Debug>(answer: StorageResult<T>) -> StorageErrorKind {
    answer.unwrap_err().kind().clone()
}

/// The rule must refuse, and leave the record as it was.
fn refused<T: std::fmt::Debug>(
    record: &mut DlqRecord,
    rule: impl FnOnce(&mut DlqRecord) -> StorageResult<T>,
) -> StorageErrorKind {
    let before = record.clone();
    let kind = kind(rule(record));
    assert_eq!((record.version, &record.progress), (before.version, &before.progress), "{kind:?}");
    kind
}
