//! blazingly, a framework in Rust.

use super::hops;
use super::rule::Field::{Attempts, Message, Topic};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::{Decimal, Text};

pub(super) const DIALECT: Dialect = Dialect {
    name: "blazingly",
    marks: &[&["blazingly-dead-letter-source"]],
    headers: &[
        HeaderRule("blazingly-dead-letter-source", Topic, Text),
        HeaderRule("blazingly-dead-letter-reason", Message, Text),
        HeaderRule("blazingly-dead-letter-attempt", Attempts, Decimal),
    ],
    repeats: Repeats::Replaced,
    keeps_timestamp: false,
    strip: Strip { prefixes: &["blazingly-dead-letter-"], names: &[] },
    read: hops::read,
};
