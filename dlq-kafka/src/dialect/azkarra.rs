//! Azkarra, a framework around Kafka Streams: its handler of exceptions that writes dead letters.
//!
//! All is text, appended after the message's own headers. Its documents name the headers without the underscores that
//! its code puts in front. The application's id is also its consumer group.

use super::hops;
use super::rule::Field::{Class, ConsumerGroup, Message, Offset, Partition, StackTrace, Topic};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::{Decimal, Text};

pub(super) const DIALECT: Dialect = Dialect {
    name: "azkarra",
    marks: &[&["errors.record.topic"], &["__errors.record.topic"]],
    headers: &[
        HeaderRule("errors.record.topic", Topic, Text),
        HeaderRule("errors.record.partition", Partition, Decimal),
        HeaderRule("errors.record.offset", Offset, Decimal),
        HeaderRule("errors.application.id", ConsumerGroup, Text),
        HeaderRule("errors.exception.class.name", Class, Text),
        HeaderRule("errors.exception.message", Message, Text),
        HeaderRule("errors.exception.stacktrace", StackTrace, Text),
        HeaderRule("__errors.record.topic", Topic, Text),
        HeaderRule("__errors.record.partition", Partition, Decimal),
        HeaderRule("__errors.record.offset", Offset, Decimal),
        HeaderRule("__errors.application.id", ConsumerGroup, Text),
        HeaderRule("__errors.exception.class.name", Class, Text),
        HeaderRule("__errors.exception.message", Message, Text),
        HeaderRule("__errors.exception.stacktrace", StackTrace, Text),
    ],
    repeats: Repeats::OldestFirst,
    keeps_timestamp: false,
    strip: Strip {
        prefixes: &["errors.record.", "errors.exception.", "__errors."],
        names: &["errors.timestamp"],
    },
    read: hops::read,
};
