//! Wolverine's tiers of retry topics for Kafka: `orders.retry.30s` and so on.
//!
//! The topic is that of the first failure and stays; attempts are counted over all tiers. All is text.

use super::hops;
use super::rule::Field::{Attempts, Class, Message, Topic};
use super::rule::{Dialect, HeaderRule, Repeats};
use super::value::Encoding::{Decimal, Text};
use super::wolverine;

pub(super) const DIALECT: Dialect = Dialect {
    name: "wolverine-retry",
    marks: &[&["wolverine-kafka-retry-source"]],
    headers: &[
        HeaderRule("wolverine-kafka-retry-source", Topic, Text),
        HeaderRule("wolverine-kafka-retry-attempt", Attempts, Decimal),
        HeaderRule("wolverine-kafka-retry-exception-type", Class, Text),
        HeaderRule("wolverine-kafka-retry-exception-message", Message, Text),
    ],
    repeats: Repeats::Replaced,
    keeps_timestamp: false,
    strip: wolverine::STRIP,
    read: hops::read,
};
