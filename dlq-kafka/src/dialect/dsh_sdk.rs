//! `dsh_sdk`, the Rust kit of KPN's data services hub.
//!
//! The place is that of the first failure and stays, the rest is replaced. All is text but the count of retries.

use super::hops;
use super::rule::Field::{Attempts, Message, Offset, Partition, StackTrace, Timestamp, Topic};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::{Decimal, Int32, Text};

pub(super) const DIALECT: Dialect = Dialect {
    name: "dsh-sdk",
    marks: &[&["dlq_topic_origin"]],
    headers: &[
        HeaderRule("dlq_topic_origin", Topic, Text),
        HeaderRule("dlq_partition_origin", Partition, Decimal),
        HeaderRule("dlq_partition_offset_origin", Offset, Decimal),
        HeaderRule("dlq_timestamp_origin", Timestamp, Decimal),
        HeaderRule("dlq_error", Message, Text),
        HeaderRule("dlq_stack_trace", StackTrace, Text),
        // It counts from 1, at the first failure.
        HeaderRule("dlq_retries", Attempts, Int32),
    ],
    repeats: Repeats::OriginKept,
    keeps_timestamp: false,
    strip: Strip { prefixes: &[], names: &["dlq_retryable"] },
    read: hops::read,
};
