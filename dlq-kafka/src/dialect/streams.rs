//! Kafka Streams' exception handlers
//! ([KIP-1034](https://cwiki.apache.org/confluence/display/KAFKA/KIP-1034%3A+Dead+letter+queue+in+Kafka+Streams)).
//!
//! All is text, appended after the message's own headers; its timestamp is kept. Early builds wrote the exception's
//! `toString()` for its class. The topic may be one that the application made for itself, and then nothing tells where
//! the message came from.

use dlq_core::record::Content;

use super::detect::Sheet;
use super::hops::{self, Stop, Told};
use super::names::Names;
use super::rule::Field::{Class, Component, Message, Offset, Partition, StackTrace, Topic};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::{Decimal, Text};
use super::warnings::Warnings;

pub(super) const DIALECT: Dialect = Dialect {
    name: "kafka-streams",
    marks: &[&["__streams.errors.topic"]],
    headers: &[
        HeaderRule("__streams.errors.exception", Class, Text),
        HeaderRule("__streams.errors.message", Message, Text),
        HeaderRule("__streams.errors.stacktrace", StackTrace, Text),
        HeaderRule("__streams.errors.topic", Topic, Text),
        HeaderRule("__streams.errors.partition", Partition, Decimal),
        HeaderRule("__streams.errors.offset", Offset, Decimal),
        HeaderRule("__streams.errors.processor.node.id", Component, Text),
    ],
    repeats: Repeats::OldestFirst,
    keeps_timestamp: true,
    strip: Strip { prefixes: &["__streams.errors."], names: &[] },
    read,
};

/// How topics end that an application made for itself: `<application id>-<name>-repartition`.
const INTERNAL: [&str; 2] = ["-repartition", "-changelog"];

fn read(sheet: &Sheet<'_>, names: &mut Names, warnings: &mut Warnings) -> Vec<Stop> {
    let mut stops = hops::read(sheet, names, warnings);
    for Stop { hop, failure, within, .. } in &mut stops {
        part_class(failure, sheet.content);
        let topic = hop.as_ref().and_then(|hop| hop.topic.as_ref());
        if let Some(topic) = topic.filter(|topic| INTERNAL.iter().any(|end| topic.as_str().ends_with(end))) {
            *within = true;
            warnings.add(format_args!(
                "{topic} is a topic that Kafka Streams made for itself: where the message came from is not told"
            ));
        }
    }
    stops
}

/// What stands between class and message where an exception's `toString()` was written.
const MESSAGE_MARK: &[u8] = b": ";

/// Parts `class: message`.
fn part_class(told: &mut Told, content: &Content) {
    let Some(span) = told.class else { return };
    let whole = content.bytes(span);
    let Some(at) = whole.windows(MESSAGE_MARK.len()).position(|window| window == MESSAGE_MARK) else {
        return;
    };
    let (class, rest) = whole.split_at(at);
    told.class = span.of_part(whole, class).filter(|class| !class.is_empty());
    told.message = told.message.or_else(|| span.of_part(whole, rest.get(MESSAGE_MARK.len()..)?));
}
