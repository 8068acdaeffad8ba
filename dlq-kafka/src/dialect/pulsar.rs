//! Pulsar's retry letters, bridged to Kafka: its properties as headers.
//!
//! The topic is a URI with tenant and namespace; only in the default ones is its end a topic of Kafka's.

use super::hops;
use super::rule::Field::{Attempts, Topic};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::{Decimal, Uri};

pub(super) const DIALECT: Dialect = Dialect {
    name: "pulsar",
    marks: &[&["REAL_TOPIC"]],
    headers: &[
        HeaderRule("REAL_TOPIC", Topic, Uri("persistent://public/default/")),
        // It counts from 1, at the first failure.
        HeaderRule("RECONSUMETIMES", Attempts, Decimal),
    ],
    repeats: Repeats::Replaced,
    keeps_timestamp: false,
    strip: Strip {
        prefixes: &[],
        names: &["ORIGIN_MESSAGE_ID", "ORIGIN_MESSAGE_IDY_TIME", "DELAY_TIME", "RETRY_TOPIC"],
    },
    read: hops::read,
};
