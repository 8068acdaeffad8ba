//! [`RecordView`]: a record as JSON, the same form in the API, in exports and on the command line. The way back is
//! [`DlqRecord::from_json`].

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Serialize;

use super::restore::Restore;
use super::{Body, Content, DlqRecord, Header, HopRef, KnownBy, RecordId, TopicName};
use crate::clock::Timestamp;

/// A record as JSON. Field names are a promise: fields may be added, none is renamed. Times are milliseconds since the
/// epoch, bytes are base64, absent knowledge is `null`; `text` is there only where the bytes are UTF-8.
#[derive(Debug, Serialize)]
pub struct RecordView<'a> {
    id: RecordId,
    version: u64,
    status: &'static str,
    origin: OriginView<'a>,
    captured_from: Option<CapturedFromView<'a>>,
    dialect: Option<&'a str>,
    dialects: &'a [super::DialectName],
    unreadable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<BodyView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<BodyView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<Vec<HeaderView<'a>>>,
    failure: FailureView,
    hops: Vec<HopRef<'a>>,
    warnings: &'a [String],
    retry: RetryView,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<AttemptView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lease: Option<LeaseView<'a>>,
    #[serde(skip_serializing_if = "super::Notes::is_empty")]
    notes: &'a super::Notes,
    created_at: Timestamp,
    updated_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    restore: Option<Restore>,
}

#[derive(Debug, Serialize)]
struct OriginView<'a> {
    topic: Option<&'a TopicName>,
    partition: Option<i32>,
    offset: Option<i64>,
    timestamp: Option<Timestamp>,
    consumer_group: Option<&'a str>,
    known_by: Option<KnownBy>,
}

#[derive(Debug, Serialize)]
struct CapturedFromView<'a> {
    cluster: &'a str,
    topic: &'a TopicName,
    partition: i32,
    offset: i64,
    timestamp: Timestamp,
}

#[derive(Debug, Serialize)]
struct BodyView<'a> {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<usize>,
}

#[derive(Debug, Serialize)]
struct HeaderView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_base64: Option<String>,
    base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct FailureView {
    class: Option<String>,
    root_cause_class: Option<String>,
    message: Option<String>,
    stack_trace: Option<String>,
    stage: Option<String>,
    component: Option<String>,
    framework_attempts: Option<u32>,
    #[serde(rename = "type")]
    error_type: &'static str,
    fingerprint: String,
}

#[derive(Debug, Serialize)]
struct RetryView {
    count: u32,
    last_at: Option<Timestamp>,
    due_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct AttemptView<'a> {
    number: u32,
    redrive_id: super::RedriveId,
    target: Option<&'a TopicName>,
    partition: Option<i32>,
    offset: Option<i64>,
    open: bool,
}

#[derive(Debug, Serialize)]
struct LeaseView<'a> {
    owner: &'a str,
    until: Timestamp,
}

impl<'a> RecordView<'a> {
    /// The view of a record. What a store left out of the content is left out here, too.
    #[must_use]
    pub fn of(record: &'a DlqRecord) -> Self {
        let (captured, progress) = (&record.captured, &record.progress);
        let content = captured.content.as_ref();
        Self {
            id: record.id,
            version: record.version,
            status: progress.status.as_str(),
            origin: OriginView::of(&captured.origin),
            captured_from: captured.from.as_ref().map(CapturedFromView::of),
            dialect: captured.provenance.dialects.first().map(AsRef::as_ref),
            dialects: &captured.provenance.dialects,
            unreadable: captured.provenance.unreadable,
            key: content.map(|content| BodyView::of(content.key(), false)),
            payload: content.map(|content| BodyView::of(content.payload(), true)),
            headers: content.map(|content| content.headers().map(HeaderView::of).collect()),
            failure: FailureView::of(record),
            hops: captured.hops().collect(),
            warnings: &captured.provenance.warnings,
            retry: RetryView {
                count: progress.retry_count,
                last_at: progress.last_retry_at,
                due_at: progress.due_at,
                expires_at: progress.expires_at,
            },
            attempt: progress.attempt.as_ref().map(AttemptView::of),
            lease: progress.lease.as_ref().map(|l| LeaseView { owner: &l.owner.0, until: l.until }),
            notes: &progress.notes,
            created_at: progress.created_at,
            updated_at: progress.updated_at,
            restore: None,
        }
    }

    /// The view of a record that an import can read: with what only [`DlqRecord::from_json`] asks for. A record without
    /// content cannot be imported; its view is that of [`of`](Self::of).
    #[must_use]
    pub fn to_restore(record: &'a DlqRecord) -> Self {
        Self { restore: Restore::of(record), ..Self::of(record) }
    }
}

impl<'a> OriginView<'a> {
    fn of(origin: &'a super::Origin) -> Self {
        Self {
            topic: origin.topic.as_ref(),
            partition: origin.partition,
            offset: origin.offset,
            timestamp: origin.timestamp,
            consumer_group: origin.consumer_group.as_deref(),
            known_by: origin.known_by,
        }
    }
}

impl<'a> CapturedFromView<'a> {
    fn of(from: &'a super::CapturedFrom) -> Self {
        let super::CapturedFrom { source, offset, timestamp } = from;
        let super::SourcePartition { cluster, topic, partition } = &**source;
        Self { cluster, topic, partition: *partition, offset: *offset, timestamp: *timestamp }
    }
}

impl<'a> BodyView<'a> {
    fn of(body: Body<'a>, sized: bool) -> Self {
        let bytes = body.bytes();
        Self {
            state: match body {
                Body::Present(_) => "present",
                Body::Null => "null",
                Body::Missing => "missing",
            },
            base64: bytes.map(|bytes| BASE64.encode(bytes)),
            text: bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()),
            size: bytes.filter(|_| sized).map(<[u8]>::len),
        }
    }
}

impl<'a> HeaderView<'a> {
    fn of(header: Header<'a>) -> Self {
        let name = std::str::from_utf8(header.name).ok();
        Self {
            name,
            name_base64: name.is_none().then(|| BASE64.encode(header.name)),
            base64: header.value.map(|value| BASE64.encode(value)),
            text: header.value.and_then(|value| std::str::from_utf8(value).ok()),
        }
    }
}

impl FailureView {
    fn of(record: &DlqRecord) -> Self {
        let failure = record.failure();
        let captured = &record.captured.failure;
        let context = captured.context();
        let as_captured = failure.fingerprint == captured.fingerprint;
        let text = |span: Option<super::Span>| {
            let content: &Content = record.captured.content.as_ref().filter(|_| as_captured)?;
            Some(content.text(span?).into_owned())
        };
        Self {
            class: failure.class.map(Into::into),
            root_cause_class: failure.root_class.map(Into::into),
            message: failure.message.map(Into::into),
            stack_trace: text(captured.stack_trace),
            stage: text(context.stage),
            component: text(context.component),
            framework_attempts: context.attempts,
            error_type: failure.error_type.as_str(),
            fingerprint: failure.fingerprint.to_string(),
        }
    }
}

impl<'a> AttemptView<'a> {
    fn of(attempt: &'a super::Attempt) -> Self {
        Self {
            number: attempt.number,
            redrive_id: attempt.redrive_id,
            target: attempt.target.as_ref(),
            partition: attempt.delivered.map(|at| at.partition),
            offset: attempt.delivered.map(|at| at.offset),
            open: attempt.open,
        }
    }
}
