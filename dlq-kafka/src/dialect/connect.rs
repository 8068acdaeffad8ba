//! Kafka Connect's sinks: `errors.deadletterqueue.context.headers.enable=true`
//! ([KIP-298](https://cwiki.apache.org/confluence/display/KAFKA/KIP-298%3A+Error+Handling+in+Connect)).
//!
//! Numbers are decimal text. The context is appended after the message's own headers, and again by every further
//! connector; null stands for a message that the exception does not have. The timestamp of the message is kept.

use super::hops;
use super::rule::Field::{Class, Connector, Message, Offset, Partition, StackTrace, Stage, Topic};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::{Decimal, Text};

pub(super) const DIALECT: Dialect = Dialect {
    name: "kafka-connect",
    marks: &[&["__connect.errors.topic"]],
    headers: &[
        HeaderRule("__connect.errors.topic", Topic, Text),
        HeaderRule("__connect.errors.partition", Partition, Decimal),
        HeaderRule("__connect.errors.offset", Offset, Decimal),
        HeaderRule("__connect.errors.connector.name", Connector, Text),
        HeaderRule("__connect.errors.stage", Stage, Text),
        HeaderRule("__connect.errors.exception.class.name", Class, Text),
        HeaderRule("__connect.errors.exception.message", Message, Text),
        HeaderRule("__connect.errors.exception.stacktrace", StackTrace, Text),
    ],
    repeats: Repeats::OldestFirst,
    keeps_timestamp: true,
    strip: Strip { prefixes: &["__connect.errors."], names: &[] },
    read: hops::read,
};
