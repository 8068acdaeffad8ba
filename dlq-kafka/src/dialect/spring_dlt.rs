//! Spring Kafka's dead-letter topics: `DeadLetterPublishingRecoverer`, since 4.1 also `DeadLetterRecordManager`.
//!
//! Numbers are big-endian bytes, as long as the Java type. A second failure replaces the headers of the exception and
//! appends those of the place; what the new exception does not have (a message, a cause) stays from the old one.
//! The class is mostly Spring's own wrapper: the application's is read from the stack trace.

use super::detect::Sheet;
use super::hops::{self, Stop};
use super::names::Names;
use super::rule::Field::{
    Attempts, CauseClass, Class, ConsumerGroup, KeyClass, KeyMessage, KeyStackTrace, Message, Offset,
    Partition, StackTrace, Timestamp, Topic,
};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::{Int32, Int64, Text};
use super::warnings::Warnings;

pub(super) const DIALECT: Dialect = Dialect {
    name: "spring-dlt",
    // The place is optional (`whichHeaders`), and so is the exception.
    marks: &[&["kafka_dlt-original-topic"], &["kafka_dlt-exception-fqcn"], &["kafka_dlt-key-exception-fqcn"]],
    headers: &[
        HeaderRule("kafka_dlt-original-topic", Topic, Text),
        HeaderRule("kafka_dlt-original-partition", Partition, Int32),
        HeaderRule("kafka_dlt-original-offset", Offset, Int64),
        HeaderRule("kafka_dlt-original-timestamp", Timestamp, Int64),
        HeaderRule("kafka_dlt-original-consumer-group", ConsumerGroup, Text),
        HeaderRule("kafka_dlt-exception-fqcn", Class, Text),
        HeaderRule("kafka_dlt-exception-cause-fqcn", CauseClass, Text),
        HeaderRule("kafka_dlt-exception-message", Message, Text),
        HeaderRule("kafka_dlt-exception-stacktrace", StackTrace, Text),
        HeaderRule("kafka_dlt-key-exception-fqcn", KeyClass, Text),
        HeaderRule("kafka_dlt-key-exception-message", KeyMessage, Text),
        HeaderRule("kafka_dlt-key-exception-stacktrace", KeyStackTrace, Text),
        HeaderRule("kafka_deliveryAttempt", Attempts, Int32),
    ],
    repeats: Repeats::OldestFirst,
    keeps_timestamp: false,
    strip: STRIP,
    read,
};

/// What both of Spring's dialects take off: a letter often went through retry topics before it died.
pub(super) const STRIP: Strip = Strip {
    prefixes: &[
        "kafka_dlt-",
        "kafka_exception-",
        "kafka_key-exception-",
        "kafka_original-",
        "retry_topic-",
        "springDeserializerException",
    ],
    names: &["kafka_deliveryAttempt", "kafka_listenerInfo"],
};

/// Reads a letter of Spring's, and tells when half of it is not what was once sent.
pub(super) fn read(sheet: &Sheet<'_>, names: &mut Names, warnings: &mut Warnings) -> Vec<Stop> {
    warn_of_rewriting(sheet, warnings);
    hops::read(sheet, names, warnings)
}

/// Where one side cannot be deserialized, Spring sends its bytes and serializes the other side anew:
/// `{"id":1}` may have become `{"id":1,"name":null}`.
fn warn_of_rewriting(sheet: &Sheet<'_>, warnings: &mut Warnings) {
    let key_failed = sheet.values(KeyClass).next().is_some();
    let value_failed = sheet.values(Class).any(|class| class.ends_with(b".DeserializationException"));
    let (key, payload) = (sheet.content.key().bytes(), sheet.content.payload().bytes());
    let rewritten = match (key_failed, value_failed) {
        (true, false) => payload.map(|_| "payload"),
        (false, true) => key.map(|_| "key"),
        _ => None,
    };
    if let Some(side) = rewritten {
        warnings.add(format_args!(
            "the {side} may not be as sent: it was serialized anew when the rest could not be read"
        ));
    }
}
