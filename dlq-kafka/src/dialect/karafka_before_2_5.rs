//! Karafka before 2.5: the names begin otherwise, and the key of the dead letter is the source's partition.

use super::detect::Sheet;
use super::hops::{self, Stop};
use super::names::Names;
use super::rule::Field::{Attempts, ConsumerGroup, Offset, Partition, Topic};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::{Decimal, Text};
use super::warnings::Warnings;

pub(super) const DIALECT: Dialect = Dialect {
    name: "karafka-before-2.5",
    marks: &[&["original_topic", "original_offset"]],
    headers: &[
        HeaderRule("original_topic", Topic, Text),
        HeaderRule("original_partition", Partition, Decimal),
        HeaderRule("original_offset", Offset, Decimal),
        HeaderRule("original_consumer_group", ConsumerGroup, Text),
        HeaderRule("original_attempts", Attempts, Decimal),
    ],
    repeats: Repeats::Replaced,
    keeps_timestamp: false,
    strip: Strip { prefixes: &[], names: &["original_trace_id"] },
    read,
};

/// Tells when the key is none of the message's. Others write the same names and keep the key.
fn read(sheet: &Sheet<'_>, names: &mut Names, warnings: &mut Warnings) -> Vec<Stop> {
    let key = sheet.content.key().bytes();
    if key.is_some() && key == sheet.values(Partition).last() {
        warnings.add(format_args!(
            "the key may be lost: it is the source's partition, which Karafka before 2.5 put in its place"
        ));
    }
    hops::read(sheet, names, warnings)
}
