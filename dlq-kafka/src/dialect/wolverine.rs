//! Wolverine, a message bus for .NET.
//!
//! All is text, and a second failure replaces it. The topic stands at the end of a URI; a long stack trace is cut.

use super::detect::Sheet;
use super::hops::{self, Stop};
use super::names::Names;
use super::rule::Field::{Attempts, Class, Message, Offset, Partition, StackTrace, Topic};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::{Decimal, Text, Uri};
use super::warnings::Warnings;

pub(super) const DIALECT: Dialect = Dialect {
    name: "wolverine",
    // Older versions do not tell the place.
    marks: &[&["original-destination"], &["exception-type", "exception-message", "exception-stack"]],
    headers: &[
        HeaderRule("original-destination", Topic, Uri("kafka://topic/")),
        HeaderRule("original-partition", Partition, Decimal),
        HeaderRule("original-offset", Offset, Decimal),
        HeaderRule("exception-type", Class, Text),
        HeaderRule("exception-message", Message, Text),
        HeaderRule("exception-stack", StackTrace, Text),
        HeaderRule("attempts", Attempts, Decimal),
    ],
    repeats: Repeats::Replaced,
    keeps_timestamp: false,
    strip: STRIP,
    read,
};

/// What both of Wolverine's dialects take off: a letter often went through retry topics before it died.
pub(super) const STRIP: Strip = Strip {
    prefixes: &["wolverine-kafka-retry-"],
    names: &[
        "original-destination",
        "original-partition",
        "original-offset",
        "exception-type",
        "exception-message",
        "exception-stack",
        "failed-at",
        "attempts",
    ],
};

/// What Wolverine writes at the end of a stack trace of more than 8,192 characters.
const CUT_MARK: &[u8] = b"... (truncated)";

fn read(sheet: &Sheet<'_>, names: &mut Names, warnings: &mut Warnings) -> Vec<Stop> {
    if sheet.values(StackTrace).last().is_some_and(|trace| trace.ends_with(CUT_MARK)) {
        warnings.add(format_args!("the stack trace was cut by its writer: its root cause may be missing"));
    }
    hops::read(sheet, names, warnings)
}
