//! Watermill, a library for Go: its poison queue.
//!
//! Headers are a map there: none repeats, and their order is random. Neither key, partition nor offset is kept.

use super::detect::Sheet;
use super::hops::{self, Stop};
use super::names::Names;
use super::rule::Field::{Component, Message, Retries, Topic};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::{Decimal, Text};
use super::warnings::Warnings;

pub(super) const DIALECT: Dialect = Dialect {
    name: "watermill",
    marks: &[&["topic_poisoned"]],
    headers: &[
        HeaderRule("topic_poisoned", Topic, Text),
        HeaderRule("reason_poisoned", Message, Text),
        HeaderRule("handler_poisoned", Component, Text),
        HeaderRule("_watermill_requeuer_retries", Retries, Decimal),
    ],
    repeats: Repeats::Replaced,
    keeps_timestamp: false,
    // The message's uuid stays: it came with the message.
    strip: Strip { prefixes: &[], names: &["subscriber_poisoned"] },
    read,
};

fn read(sheet: &Sheet<'_>, names: &mut Names, warnings: &mut Warnings) -> Vec<Stop> {
    if sheet.content.key().bytes().is_none() {
        warnings.add(format_args!("the key may be lost: Watermill does not keep it"));
    }
    hops::read(sheet, names, warnings)
}
