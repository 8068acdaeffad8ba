//! ruststream-rdkafka, a framework in Rust. What failed is not told.

use super::hops;
use super::rule::Field::{Offset, Partition, Retries, Topic};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::{Decimal, Text};

pub(super) const DIALECT: Dialect = Dialect {
    name: "ruststream-rdkafka",
    marks: &[&["kafka-dlq-source-topic"]],
    headers: &[
        HeaderRule("kafka-dlq-source-topic", Topic, Text),
        HeaderRule("kafka-dlq-source-partition", Partition, Decimal),
        HeaderRule("kafka-dlq-source-offset", Offset, Decimal),
        HeaderRule("kafka-retry-count", Retries, Decimal),
    ],
    repeats: Repeats::OldestFirst,
    keeps_timestamp: false,
    strip: Strip { prefixes: &["kafka-dlq-source-"], names: &[] },
    read: hops::read,
};
