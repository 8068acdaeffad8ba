//! Silverback, a message bus for .NET: its policy that moves messages.
//!
//! All is text, and a second failure replaces it. The class is that of the innermost exception.

use dlq_core::record::Content;

use super::detect::Sheet;
use super::hops::{self, Stop, Told};
use super::names::Names;
use super::rule::Field::{Attempts, Class, ConsumerGroup, Offset, Partition, Timestamp, Topic};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::{Decimal, Instant, Text};
use super::warnings::Warnings;

pub(super) const DIALECT: Dialect = Dialect {
    name: "silverback",
    marks: &[&["x-source-topic"]],
    headers: &[
        HeaderRule("x-source-topic", Topic, Text),
        HeaderRule("x-source-partition", Partition, Decimal),
        HeaderRule("x-source-offset", Offset, Decimal),
        HeaderRule("x-source-timestamp", Timestamp, Instant),
        HeaderRule("x-source-consumer-group-id", ConsumerGroup, Text),
        HeaderRule("x-failure-reason", Class, Text),
        HeaderRule("x-failed-attempts", Attempts, Decimal),
    ],
    repeats: Repeats::Replaced,
    keeps_timestamp: false,
    strip: Strip::NOTHING,
    read,
};

/// What stands between the class of an exception and the assembly that threw it.
const SOURCE_MARK: &[u8] = b" in ";

fn read(sheet: &Sheet<'_>, names: &mut Names, warnings: &mut Warnings) -> Vec<Stop> {
    let mut stops = hops::read(sheet, names, warnings);
    for Stop { failure, .. } in &mut stops {
        part_reason(failure, sheet.content);
    }
    if sheet.content.headers().first(b"x-chunk-index").is_some() {
        warnings.add(format_args!("the payload is one of several chunks of a message"));
    }
    stops
}

/// Parts the reason `Class in Assembly`; any other reason is a message.
fn part_reason(failure: &mut Told, content: &Content) {
    let Some(reason) = failure.class.take() else { return };
    let text = content.bytes(reason);
    let Some(at) = text.windows(SOURCE_MARK.len()).position(|part| part == SOURCE_MARK) else {
        failure.message = Some(reason);
        return;
    };
    let part = |part: &[u8]| reason.of_part(text, part).filter(|span| !span.is_empty());
    failure.class = text.get(..at).and_then(part);
    failure.component = text.get(at + SOURCE_MARK.len()..).and_then(part);
}
