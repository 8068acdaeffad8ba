//! arroyo, Sentry's stream processor, in Python and Rust. Neither topic nor failure is told.

use super::detect::Sheet;
use super::hops::{self, Stop};
use super::names::Names;
use super::rule::Field::{Offset, Partition};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::Decimal;
use super::warnings::Warnings;

pub(super) const DIALECT: Dialect = Dialect {
    name: "arroyo",
    marks: &[&["original_partition", "original_offset"]],
    headers: &[
        HeaderRule("original_partition", Partition, Decimal),
        HeaderRule("original_offset", Offset, Decimal),
    ],
    repeats: Repeats::Replaced,
    keeps_timestamp: false,
    strip: Strip::NOTHING,
    read,
};

/// Tells when the partition may be none: the writer in Rust puts the offset in its place.
fn read(sheet: &Sheet<'_>, names: &mut Names, warnings: &mut Warnings) -> Vec<Stop> {
    if sheet.values(Partition).last() == sheet.values(Offset).last() {
        warnings.add(format_args!(
            "arroyo_partition_suspect: the partition reads as the offset, which arroyo in Rust writes in its place"
        ));
    }
    hops::read(sheet, names, warnings)
}
