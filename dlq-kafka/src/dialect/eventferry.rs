//! eventferry, an outbox relay in TypeScript, and others that use its names.

use super::hops;
use super::rule::Field::{Attempts, Class, Message, Offset, Partition, StackTrace, Topic};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::{Decimal, Text};

pub(super) const DIALECT: Dialect = Dialect {
    name: "eventferry",
    marks: &[&["dlq-original-topic"]],
    headers: &[
        HeaderRule("dlq-original-topic", Topic, Text),
        HeaderRule("dlq-original-partition", Partition, Decimal),
        HeaderRule("dlq-original-offset", Offset, Decimal),
        HeaderRule("dlq-error-class", Class, Text),
        HeaderRule("dlq-reason", Message, Text),
        HeaderRule("dlq-stack", StackTrace, Text),
        HeaderRule("dlq-attempts", Attempts, Decimal),
    ],
    repeats: Repeats::Replaced,
    keeps_timestamp: false,
    strip: Strip { prefixes: &["dlq-original-"], names: &["dlq-error-stack", "dlq-failed-at"] },
    read: hops::read,
};
