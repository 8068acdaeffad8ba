//! Spring Kafka's retry topics: `@RetryableTopic`.
//!
//! As on dead-letter topics, but the place is written once, at the first failure, and stays; the names begin with
//! `kafka_` alone, save the consumer group's, which keeps its `dlt`. The count of attempts is appended at every retry.

use super::rule::Field::{
    CauseClass, Class, ConsumerGroup, KeyClass, KeyMessage, KeyStackTrace, Message, NextAttempt, Offset,
    Partition, StackTrace, Timestamp, Topic,
};
use super::rule::{Dialect, HeaderRule, Repeats};
use super::spring_dlt;
use super::value::Encoding::{BigInt, Int32, Int32OrByte, Int64, Text};

pub(super) const DIALECT: Dialect = Dialect {
    name: "spring-retry",
    marks: &[&["kafka_original-topic"], &["retry_topic-attempts"]],
    headers: &[
        HeaderRule("kafka_original-topic", Topic, Text),
        HeaderRule("kafka_original-partition", Partition, Int32),
        HeaderRule("kafka_original-offset", Offset, Int64),
        HeaderRule("kafka_original-timestamp", Timestamp, Int64),
        // Where the place was not written.
        HeaderRule("retry_topic-original-timestamp", Timestamp, BigInt),
        HeaderRule("kafka_dlt-original-consumer-group", ConsumerGroup, Text),
        HeaderRule("kafka_exception-fqcn", Class, Text),
        HeaderRule("kafka_exception-cause-fqcn", CauseClass, Text),
        HeaderRule("kafka_exception-message", Message, Text),
        HeaderRule("kafka_exception-stacktrace", StackTrace, Text),
        HeaderRule("kafka_key-exception-fqcn", KeyClass, Text),
        HeaderRule("kafka_key-exception-message", KeyMessage, Text),
        HeaderRule("kafka_key-exception-stacktrace", KeyStackTrace, Text),
        HeaderRule("retry_topic-attempts", NextAttempt, Int32OrByte),
    ],
    repeats: Repeats::OriginOnce,
    keeps_timestamp: false,
    strip: spring_dlt::STRIP,
    read: spring_dlt::read,
};
