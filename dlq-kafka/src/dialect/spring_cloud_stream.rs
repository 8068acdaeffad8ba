//! Spring Cloud Stream's binder for Kafka: `enableDlq`.
//!
//! As Spring Kafka writes it, numbers as big-endian bytes, but every failure appends its whole set. The class is always
//! `MessagingException`: what happened stands in the stack trace. With embedded headers the set stands in front of the
//! [payload](super::embedded).

use super::hops;
use super::rule::Field::{Class, Message, Offset, Partition, StackTrace, Timestamp, Topic};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::{Int32, Int64, Text};

pub(super) const DIALECT: Dialect = Dialect {
    name: "spring-cloud-stream",
    marks: &[&["x-original-topic"]],
    headers: &[
        HeaderRule("x-original-topic", Topic, Text),
        HeaderRule("x-original-partition", Partition, Int32),
        HeaderRule("x-original-offset", Offset, Int64),
        HeaderRule("x-original-timestamp", Timestamp, Int64),
        HeaderRule("x-exception-fqcn", Class, Text),
        HeaderRule("x-exception-message", Message, Text),
        HeaderRule("x-exception-stacktrace", StackTrace, Text),
    ],
    repeats: Repeats::OldestFirst,
    keeps_timestamp: false,
    strip: Strip { prefixes: &[], names: &["x-original-timestamp-type"] },
    read: hops::read,
};
