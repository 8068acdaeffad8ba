//! A record as it goes home: its own key, payload and headers; the framework's headers stripped, ours added.

use dlq_core::record::{Content, DlqRecord};
use dlq_core::{Timestamp, TopicName};
use rdkafka::message::OwnedHeaders;

use super::config::SinkConfig;
use crate::dialect::{own, strip};
use crate::raw_headers;

/// Why a record cannot go home as it is.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unsendable {
    #[error("no attempt is open: a record is sent only under a claim")]
    NoAttempt,
    #[error("its origin is unknown, and no target was named")]
    NoTarget,
    #[error("its content was not read along")]
    NoContent,
    #[error("its body is not in the dead letter, which only points at its source")]
    BodyMissing,
}

/// What can be sent of a record.
pub(super) fn sendable(record: &DlqRecord) -> Result<(&TopicName, &Content), Unsendable> {
    let attempt =
        record.progress.attempt.as_ref().filter(|attempt| attempt.open).ok_or(Unsendable::NoAttempt)?;
    let target = attempt.target.as_ref().ok_or(Unsendable::NoTarget)?;
    let content = record.captured.content.as_ref().ok_or(Unsendable::NoContent)?;
    let missing = |body| body == dlq_core::record::Body::Missing;
    if missing(content.payload()) || missing(content.key()) {
        return Err(Unsendable::BodyMissing);
    }
    Ok((target, content))
}

/// The user's headers, in order and byte for byte, and then ours.
pub(super) fn headers(
    record: &DlqRecord,
    content: &Content,
    now: Timestamp,
    config: &SinkConfig,
) -> OwnedHeaders {
    let dialects = &record.captured.provenance.dialects;
    let dead = record.captured.from.as_ref().map_or("", |from| from.source.topic.as_str());
    let aliased = config.rules.aliased(dead);
    let mut headers = OwnedHeaders::new_with_capacity(16);
    for header in content.headers().filter(|header| !strip(dialects, header.name) && !aliased(header.name)) {
        raw_headers::add(&mut headers, header.name, header.value);
    }
    for (name, value) in own::redrive_headers(record, now, &config.redriven_by) {
        raw_headers::add(&mut headers, name.as_bytes(), Some(value.as_bytes()));
    }
    headers
}
