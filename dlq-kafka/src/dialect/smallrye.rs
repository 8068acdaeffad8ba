//! SmallRye Reactive Messaging, as in Quarkus: the failure strategies `dead-letter-queue` and `delayed-retry-topic`.
//!
//! All is text, and the set of the latest failure stands in front of everything that the message carried. There is no
//! stack trace; a message that the exception does not have is told as its class. Delayed retries are told by sets of
//! their own, with the time and the count once, at the end; the letter that died in the end has no others. The JMS
//! connector writes the same names with underscores, and no place.

use super::detect::Sheet;
use super::hops::{self, Stop};
use super::names::Names;
use super::rule::Field::{
    CauseClass, CauseMessage, Class, Message, Offset, Partition, Retries, Timestamp, Topic,
};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::{Decimal, Text};
use super::warnings::Warnings;

pub(super) const DIALECT: Dialect = Dialect {
    name: "smallrye",
    marks: &[
        &["dead-letter-topic"],
        &["delayed-retry-topic"],
        &["dead_letter_exception_class_name"],
        &["dead_letter_reason"],
    ],
    headers: &[
        HeaderRule("dead-letter-topic", Topic, Text),
        HeaderRule("dead-letter-partition", Partition, Decimal),
        HeaderRule("dead-letter-offset", Offset, Decimal),
        HeaderRule("dead-letter-exception-class-name", Class, Text),
        HeaderRule("dead-letter-cause-class-name", CauseClass, Text),
        HeaderRule("dead-letter-reason", Message, Text),
        HeaderRule("dead-letter-cause", CauseMessage, Text),
        HeaderRule("delayed-retry-topic", Topic, Text),
        HeaderRule("delayed-retry-partition", Partition, Decimal),
        HeaderRule("delayed-retry-offset", Offset, Decimal),
        HeaderRule("delayed-retry-original-timestamp", Timestamp, Decimal),
        HeaderRule("delayed-retry-exception-class-name", Class, Text),
        HeaderRule("delayed-retry-cause-class-name", CauseClass, Text),
        HeaderRule("delayed-retry-reason", Message, Text),
        HeaderRule("delayed-retry-cause", CauseMessage, Text),
        HeaderRule("delayed-retry-count", Retries, Decimal),
        HeaderRule("dead_letter_exception_class_name", Class, Text),
        HeaderRule("dead_letter_cause_class_name", CauseClass, Text),
        HeaderRule("dead_letter_reason", Message, Text),
        HeaderRule("dead_letter_cause", CauseMessage, Text),
    ],
    repeats: Repeats::NewestFirst,
    keeps_timestamp: false,
    strip: STRIP,
    read,
};

/// What both of SmallRye's dialects take off.
pub(super) const STRIP: Strip = Strip {
    prefixes: &["dead-letter-", "delayed-retry-", "deserialization-failure-"],
    names: &[
        "dead_letter_exception_class_name",
        "dead_letter_cause_class_name",
        "dead_letter_reason",
        "dead_letter_cause",
    ],
};

/// A message that is but the class tells nothing.
fn read(sheet: &Sheet<'_>, names: &mut Names, warnings: &mut Warnings) -> Vec<Stop> {
    let mut stops = hops::read(sheet, names, warnings);
    for Stop { failure, .. } in &mut stops {
        let same = |a, b| sheet.content.bytes(a) == sheet.content.bytes(b);
        let (class, cause) = (failure.class, failure.cause);
        failure.message.take_if(|message| class.is_some_and(|class| same(class, *message)));
        failure.cause_message.take_if(|message| cause.is_some_and(|cause| same(cause, *message)));
    }
    stops
}
