//! MassTransit, a message bus for .NET: its error and skipped queues, bridged.
//!
//! All is text. An address of the bus is no topic: the origin is not told. The payload is mostly the bus's envelope.

use super::hops;
use super::rule::Field::{Class, Component, Message, Retries, StackTrace, Stage};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::{Decimal, Text};

pub(super) const DIALECT: Dialect = Dialect {
    name: "mass-transit",
    marks: &[&["MT-Reason"], &["MT-Fault-ExceptionType"]],
    headers: &[
        // Without a fault it is the only word: `dead-letter` for a message that no consumer wanted.
        HeaderRule("MT-Reason", Stage, Text),
        HeaderRule("MT-Fault-ExceptionType", Class, Text),
        HeaderRule("MT-Fault-Message", Message, Text),
        HeaderRule("MT-Fault-StackTrace", StackTrace, Text),
        HeaderRule("MT-Fault-ConsumerType", Component, Text),
        HeaderRule("MT-Fault-RetryCount", Retries, Decimal),
    ],
    repeats: Repeats::Replaced,
    keeps_timestamp: false,
    strip: Strip { prefixes: &["MT-Fault-", "MT-Host-"], names: &["MT-Redelivery-Count"] },
    read: hops::read,
};
