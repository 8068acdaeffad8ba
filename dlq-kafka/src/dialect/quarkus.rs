//! Quarkus, which is SmallRye Reactive Messaging: `failure-strategy=dead-letter-queue`.
//!
//! All is text, and the set of the latest failure stands in front of everything that the message carried. There is no
//! stack trace; a message that the exception does not have is told as its class. The JMS connector writes the same names
//! with underscores, and no place.

use super::detect::Sheet;
use super::hops::{self, Stop};
use super::names::Names;
use super::rule::Field::{CauseClass, CauseMessage, Class, Component, Message, Offset, Partition, Topic};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::{Decimal, Text};
use super::warnings::Warnings;

pub(super) const DIALECT: Dialect = Dialect {
    name: "quarkus",
    marks: &[&["dead-letter-topic"], &["dead_letter_exception_class_name"], &["dead_letter_reason"]],
    headers: &[
        HeaderRule("dead-letter-topic", Topic, Text),
        HeaderRule("dead-letter-partition", Partition, Decimal),
        HeaderRule("dead-letter-offset", Offset, Decimal),
        HeaderRule("dead-letter-exception-class-name", Class, Text),
        HeaderRule("dead-letter-cause-class-name", CauseClass, Text),
        HeaderRule("dead-letter-reason", Message, Text),
        HeaderRule("dead-letter-cause", CauseMessage, Text),
        HeaderRule("dead_letter_exception_class_name", Class, Text),
        HeaderRule("dead_letter_cause_class_name", CauseClass, Text),
        HeaderRule("dead_letter_reason", Message, Text),
        HeaderRule("dead_letter_cause", CauseMessage, Text),
        HeaderRule("deserialization-failure-deserializer", Component, Text),
    ],
    repeats: Repeats::NewestFirst,
    keeps_timestamp: false,
    strip: STRIP,
    read,
};

/// What all of Quarkus' dialects take off: a letter often went through delayed retries before it died.
pub(super) const STRIP: Strip = Strip {
    prefixes: &["dead-letter-", "delayed-retry-", "deserialization-failure-"],
    names: &[
        "dead_letter_exception_class_name",
        "dead_letter_cause_class_name",
        "dead_letter_reason",
        "dead_letter_cause",
    ],
};

/// Reads a letter of Quarkus': a message that is but the class tells nothing.
pub(super) fn read(sheet: &Sheet<'_>, names: &mut Names, warnings: &mut Warnings) -> Vec<Stop> {
    let mut stops = hops::read(sheet, names, warnings);
    for Stop { failure, .. } in &mut stops {
        let same = |a, b| sheet.content.bytes(a) == sheet.content.bytes(b);
        let (class, cause) = (failure.class, failure.cause);
        failure.message.take_if(|message| class.is_some_and(|class| same(class, *message)));
        failure.cause_message.take_if(|message| cause.is_some_and(|cause| same(cause, *message)));
    }
    stops
}
