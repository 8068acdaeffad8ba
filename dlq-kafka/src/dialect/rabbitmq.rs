//! RabbitMQ's dead letters, bridged to Kafka.
//!
//! The names of exchanges and queues are no topics: the origin is not told. `x-death`, a table of AMQP's that each
//! bridge writes its own way, is kept and not read. Of the first death and the last, the last stands behind and counts.

use super::hops;
use super::rule::Field::{Component, Message};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::Text;

pub(super) const DIALECT: Dialect = Dialect {
    name: "rabbitmq",
    marks: &[&["x-first-death-queue"], &["x-last-death-queue"], &["x-first-death-reason"]],
    headers: &[
        HeaderRule("x-first-death-queue", Component, Text),
        HeaderRule("x-first-death-reason", Message, Text),
        HeaderRule("x-last-death-queue", Component, Text),
        HeaderRule("x-last-death-reason", Message, Text),
    ],
    repeats: Repeats::Replaced,
    keeps_timestamp: false,
    strip: Strip { prefixes: &["x-first-death-", "x-last-death-"], names: &["x-death"] },
    read: hops::read,
};
