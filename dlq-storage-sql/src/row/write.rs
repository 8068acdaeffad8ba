//! From records to rows.

use dlq_core::record::{
    Body, Captured, Content, DlqRecord, FailureSummary, HistoryEntry, Progress, RecordId,
};
use dlq_core::storage::transition::Cell;

use super::column::{KEY_START_BYTES, SIZE_OF_MISSING, SIZE_OF_NULL};
use crate::driver::Value;

/// Whether a record is as it arrived, so that [`fresh_values`] tell all of it.
pub(crate) fn is_fresh(record: &DlqRecord) -> bool {
    let progress: &Progress = &record.progress;
    let told = Progress {
        status: progress.status,
        due_at: progress.due_at,
        expires_at: progress.expires_at,
        notes: progress.notes.clone(),
        updated_at: progress.updated_at,
        ..Progress::new(progress.created_at)
    };
    *progress == told
}

/// The values of [`FRESH`](super::FRESH).
pub(crate) fn fresh_values(record: &DlqRecord) -> [Value<'_>; 21] {
    let (captured, progress, failure) = (&record.captured, &record.progress, record.failure());
    let dead_letter_topic = captured.from.as_ref().map(|from| from.source.topic.as_str());
    [
        record.id.into(),
        captured.topic().map(|topic| topic.as_str()).into(),
        dead_letter_topic.into(),
        captured.origin.partition.into(),
        captured.origin.consumer_group.as_deref().into(),
        captured.lane().into(),
        captured.place().into(),
        progress.status.code().into(),
        progress.due_at.into(),
        progress.expires_at.into(),
        notes(progress).into(),
        progress.created_at.into(),
        progress.updated_at.into(),
        failure.error_type.code().into(),
        failure.fingerprint.as_u64().into(),
        failure.class.into(),
        failure.root_class.into(),
        failure.message.into(),
        key_start(captured).into(),
        payload_size(captured).into(),
        tags(progress).into(),
    ]
}

fn key_start(captured: &Captured) -> Option<&[u8]> {
    let key = captured.content.as_ref()?.key().bytes()?;
    Some(key.get(..KEY_START_BYTES).unwrap_or(key))
}

fn payload_size(captured: &Captured) -> i64 {
    match captured.content.as_ref().map_or(Body::Missing, Content::payload) {
        Body::Present(payload) => i64::try_from(payload.len()).unwrap_or(i64::MAX),
        Body::Null => SIZE_OF_NULL,
        Body::Missing => SIZE_OF_MISSING,
    }
}

/// Whether a change left alone all that [`move_values`] do not tell.
pub(crate) fn is_move(before: &Progress, after: &Progress) -> bool {
    // Every field by its name: a new one must be told in the one place or in the other.
    let Progress {
        status: _,
        due_at: _,
        retry_count: _,
        last_retry_at: _,
        expires_at,
        attempt: _,
        lease: _,
        fence: _,
        unsettled_claims: _,
        notes,
        revision,
        operation: _,
        created_at,
        updated_at: _,
        failure,
    } = before;
    *expires_at == after.expires_at
        && *revision == after.revision
        && *created_at == after.created_at
        && *notes == after.notes
        && *failure == after.failure
}

/// The values of [`MOVE`](super::MOVE).
pub(crate) fn move_values(record: &DlqRecord) -> [Value<'_>; 18] {
    let progress = &record.progress;
    let attempt = progress.attempt.as_ref();
    let delivered = attempt.and_then(|attempt| attempt.delivered);
    let lease = progress.lease.as_ref();
    [
        record.id.into(),
        record.version.into(),
        progress.status.code().into(),
        progress.due_at.into(),
        progress.retry_count.into(),
        progress.last_retry_at.into(),
        attempt.map(|attempt| attempt.number).into(),
        attempt.map(|attempt| attempt.redrive_id).into(),
        attempt.and_then(|attempt| attempt.target.as_ref()).map(|topic| topic.as_str()).into(),
        delivered.map(|at| at.partition).into(),
        delivered.map(|at| at.offset).into(),
        attempt.is_some_and(|attempt| attempt.open).into(),
        lease.map(|lease| lease.owner.0.as_str()).into(),
        lease.map(|lease| lease.until).into(),
        progress.fence.into(),
        progress.unsettled_claims.into(),
        progress.operation.into(),
        progress.updated_at.into(),
    ]
}

/// The values of [`PROGRESS`](super::PROGRESS). The texts of the failure are written only where `refailed`; otherwise
/// what stands is the same.
pub(crate) fn progress_values(record: &DlqRecord, refailed: bool) -> impl Iterator<Item = Value<'_>> {
    let progress = &record.progress;
    let cell = Cell::of(record);
    let failure = if refailed { record.failure() } else { FailureSummary::default() };
    let rest: [Value<'_>; 11] = [
        progress.expires_at.into(),
        notes(progress).into(),
        progress.revision.into(),
        progress.created_at.into(),
        refailed_code(progress, refailed).into(),
        cell.error_type.code().into(),
        cell.fingerprint.as_u64().into(),
        failure.class.into(),
        failure.root_class.into(),
        failure.message.into(),
        tags(progress).into(),
    ];
    move_values(record).into_iter().chain(rest)
}

/// Whether the current failure is another than the captured one; [`AS_IT_STANDS`](super::column::AS_IT_STANDS) where
/// that did not change.
fn refailed_code(progress: &Progress, refailed: bool) -> i64 {
    if refailed { progress.failure.is_some().into() } else { super::column::AS_IT_STANDS }
}

/// The values of [`CONTENT`](super::CONTENT).
pub(crate) fn content_values(record: &DlqRecord) -> Option<[Value<'_>; 4]> {
    let content = record.captured.content.as_ref()?;
    Some([
        record.id.into(),
        record.captured.details().into(),
        content.checksum().into(),
        content.block().as_ref().into(),
    ])
}

/// The values of [`HISTORY`](super::HISTORY).
pub(crate) fn history_values(record: RecordId, entry: &HistoryEntry, bulk: bool) -> [Value<'_>; 12] {
    [
        record.into(),
        entry.version.into(),
        entry.at.into(),
        entry.action.code().into(),
        (&*entry.change.actor).into(),
        entry.change.reason.as_deref().into(),
        entry.change.operation.into(),
        bulk.into(),
        entry.from.code().into(),
        entry.to.code().into(),
        entry.attempt.into(),
        (!entry.fields.is_null()).then(|| entry.fields.to_string()).into(),
    ]
}

/// The tags, if there are any, each on a line of its own.
fn tags(progress: &Progress) -> Option<String> {
    let tags = &progress.notes.tags;
    (!tags.is_empty()).then(|| tags.iter().fold(String::from("\n"), |lines, tag| lines + &tag_line(tag)))
}

/// A tag as a line, whatever it holds.
pub(crate) fn tag_line(tag: &str) -> String {
    format!("{}\n", serde_json::Value::from(tag))
}

/// Notes as JSON, if there are any. They hold nothing that JSON cannot say.
fn notes(progress: &Progress) -> Option<String> {
    (!progress.notes.is_empty()).then(|| serde_json::to_string(&progress.notes).unwrap_or_default())
}
