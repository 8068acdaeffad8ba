//! Quarkus' `failure-strategy=delayed-retry-topic`.
//!
//! A set for every failure, the latest in front, as in [`quarkus`]; after everything else, once, the timestamps and how
//! often it was retried. The letter that died in the end has no other headers than these.

use super::quarkus;
use super::rule::Field::{
    CauseClass, CauseMessage, Class, Component, Message, Offset, Partition, Retries, Timestamp, Topic,
};
use super::rule::{Dialect, HeaderRule, Repeats};
use super::value::Encoding::{Decimal, Text};

pub(super) const DIALECT: Dialect = Dialect {
    name: "quarkus-retry",
    marks: &[&["delayed-retry-topic"]],
    headers: &[
        HeaderRule("delayed-retry-topic", Topic, Text),
        HeaderRule("delayed-retry-partition", Partition, Decimal),
        HeaderRule("delayed-retry-offset", Offset, Decimal),
        HeaderRule("delayed-retry-original-timestamp", Timestamp, Decimal),
        HeaderRule("delayed-retry-exception-class-name", Class, Text),
        HeaderRule("delayed-retry-cause-class-name", CauseClass, Text),
        HeaderRule("delayed-retry-reason", Message, Text),
        HeaderRule("delayed-retry-cause", CauseMessage, Text),
        HeaderRule("delayed-retry-count", Retries, Decimal),
        HeaderRule("deserialization-failure-deserializer", Component, Text),
    ],
    repeats: Repeats::NewestFirst,
    keeps_timestamp: false,
    strip: quarkus::STRIP,
    read: quarkus::read,
};
