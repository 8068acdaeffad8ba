//! krafka, a Kafka client in Rust: its dead-letter producer.
//!
//! The place is appended after the message's own headers, and again by every further failure.

use super::hops;
use super::rule::Field::{Message, Offset, Partition, Topic};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::{Decimal, Text};

pub(super) const DIALECT: Dialect = Dialect {
    name: "krafka",
    marks: &[&["__krafka.dlq.original.topic"]],
    headers: &[
        HeaderRule("__krafka.dlq.original.topic", Topic, Text),
        HeaderRule("__krafka.dlq.original.partition", Partition, Decimal),
        HeaderRule("__krafka.dlq.original.offset", Offset, Decimal),
        HeaderRule("__krafka.dlq.exception.message", Message, Text),
    ],
    repeats: Repeats::OldestFirst,
    keeps_timestamp: false,
    strip: Strip { prefixes: &["__krafka.dlq."], names: &[] },
    read: hops::read,
};
