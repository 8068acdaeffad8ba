//! Our own headers, `dlq.*`: UTF-8 text, numbers in decimal, times in milliseconds since the epoch.
//!
//! A letter that we dead-lettered ourselves tells its failure ([`ERROR_CLASS`] and its neighbours) and where it failed.
//! A letter that we sent back carries its name ([`RECORD_ID`], [`REDRIVE_ID`]): that makes no dialect, only a
//! [`claim`] to be a return, for consumers copy headers onto the messages that they produce.

use dlq_core::Timestamp;
use dlq_core::record::{Content, DlqRecord, KnownBy, Origin, RecordId, RedriveId};
use dlq_core::storage::ReturnClaim;

use super::hops;
use super::rule::{Dialect, Field, HeaderRule, Repeats, Strip};
use super::value::Encoding::{Decimal, Text};

/// The record that was sent back.
pub const RECORD_ID: &str = "dlq.record.id";
/// The attempt's name, fixed when it was claimed: the same on a repeat.
pub const REDRIVE_ID: &str = "dlq.redrive.id";
/// The attempt's number, from 1.
pub const ATTEMPT: &str = "dlq.attempt";
/// The topic where the message first failed.
pub const ORIGIN_TOPIC: &str = "dlq.origin.topic";
/// Its partition there.
pub const ORIGIN_PARTITION: &str = "dlq.origin.partition";
/// Its offset there.
pub const ORIGIN_OFFSET: &str = "dlq.origin.offset";
/// Its timestamp there.
pub const ORIGIN_TIMESTAMP: &str = "dlq.origin.timestamp";
/// When it was sent back.
pub const REDRIVEN_AT: &str = "dlq.redriven.at";
/// Who sent it back.
pub const REDRIVEN_BY: &str = "dlq.redriven.by";
/// The class of the error, on a letter that we dead-lettered ourselves.
pub const ERROR_CLASS: &str = "dlq.error.class";
/// Its message.
pub const ERROR_MESSAGE: &str = "dlq.error.message";
/// Its type, such as `transient_network`.
pub const ERROR_TYPE: &str = "dlq.error.type";
/// Its stack trace.
pub const ERROR_STACKTRACE: &str = "dlq.error.stacktrace";
/// The consumer group that failed.
pub const CONSUMER_GROUP: &str = "dlq.consumer.group";

pub(super) const DIALECT: Dialect = Dialect {
    name: "dlq",
    marks: &[&[ERROR_CLASS]],
    headers: &[
        HeaderRule(ORIGIN_TOPIC, Field::Topic, Text),
        HeaderRule(ORIGIN_PARTITION, Field::Partition, Decimal),
        HeaderRule(ORIGIN_OFFSET, Field::Offset, Decimal),
        HeaderRule(ORIGIN_TIMESTAMP, Field::Timestamp, Decimal),
        HeaderRule(CONSUMER_GROUP, Field::ConsumerGroup, Text),
        HeaderRule(ERROR_CLASS, Field::Class, Text),
        HeaderRule(ERROR_MESSAGE, Field::Message, Text),
        HeaderRule(ERROR_TYPE, Field::ErrorType, Text),
        HeaderRule(ERROR_STACKTRACE, Field::StackTrace, Text),
    ],
    repeats: Repeats::Replaced,
    keeps_timestamp: false,
    strip: Strip { prefixes: &[], names: &[RECORD_ID, REDRIVE_ID, ATTEMPT, REDRIVEN_AT, REDRIVEN_BY] },
    read: hops::read,
};

/// The record and attempt that a letter claims to come back from; nothing unless it names both, as UUIDs. Where a
/// header repeats, the last counts.
#[must_use]
pub fn claim(content: &Content) -> Option<ReturnClaim> {
    let text = |name: &str| std::str::from_utf8(content.headers().last_named(name.as_bytes())?.value?).ok();
    let record: RecordId = text(RECORD_ID)?.parse().ok()?;
    let redrive_id = RedriveId(text(REDRIVE_ID)?.parse().ok()?);
    Some(ReturnClaim { record, redrive_id })
}

/// The headers with which the open attempt of `record` is sent: what is not known is left out, and so is an origin that
/// was only guessed. A record without an open attempt names no redrive.
#[must_use]
pub fn redrive_headers(
    record: &DlqRecord,
    redriven_at: Timestamp,
    redriven_by: &str,
) -> Vec<(&'static str, String)> {
    let attempt = record.progress.attempt.as_ref().filter(|attempt| attempt.open);
    let unknown = Origin::default();
    let told = &record.captured.origin;
    let origin = if told.known_by == Some(KnownBy::Guess) { &unknown } else { told };
    let headers = [
        (RECORD_ID, Some(record.id.to_string())),
        (REDRIVE_ID, attempt.map(|attempt| attempt.redrive_id.to_string())),
        (ATTEMPT, attempt.map(|attempt| attempt.number.to_string())),
        (ORIGIN_TOPIC, origin.topic.as_ref().map(ToString::to_string)),
        (ORIGIN_PARTITION, origin.partition.map(|partition| partition.to_string())),
        (ORIGIN_OFFSET, origin.offset.map(|offset| offset.to_string())),
        (ORIGIN_TIMESTAMP, origin.timestamp.map(|timestamp| timestamp.as_millis().to_string())),
        (REDRIVEN_AT, Some(redriven_at.as_millis().to_string())),
        (REDRIVEN_BY, Some(redriven_by.to_owned())),
    ];
    headers.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}
