//! Karafka, a framework in Ruby: the dead-letter queue of its Pro edition, from 2.5 on.
//!
//! Numbers are decimal text; a second failure replaces all of it. What failed is not told.

use super::hops;
use super::rule::Field::{Attempts, ConsumerGroup, Offset, Partition, Topic};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::{Decimal, Text};

pub(super) const DIALECT: Dialect = Dialect {
    name: "karafka",
    marks: &[&["source_topic", "source_offset"]],
    headers: &[
        HeaderRule("source_topic", Topic, Text),
        HeaderRule("source_partition", Partition, Decimal),
        HeaderRule("source_offset", Offset, Decimal),
        HeaderRule("source_consumer_group", ConsumerGroup, Text),
        HeaderRule("source_attempts", Attempts, Decimal),
    ],
    repeats: Repeats::Replaced,
    keeps_timestamp: false,
    strip: Strip { prefixes: &[], names: &["source_trace_id"] },
    read: hops::read,
};
