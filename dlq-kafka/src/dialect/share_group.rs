//! Share groups' dead-letter queues
//! ([KIP-1191](https://cwiki.apache.org/confluence/display/KAFKA/KIP-1191%3A+Dead-letter+queues+for+share+groups)).
//!
//! Written by the broker: decimal text, a timestamp of its own, none of the message's headers, and mostly neither key nor
//! payload. The topic may be told by its id. The draft KIP-1317 adds a disposition.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::{Uuid, Variant};

use super::detect::Sheet;
use super::hops::{self, Stop};
use super::names::Names;
use super::rule::Field::{Attempts, ConsumerGroup, Message, Offset, Partition, Stage, Topic};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::{Decimal, Text};
use super::warnings::{Excerpt, Warnings};

pub(super) const DIALECT: Dialect = Dialect {
    name: "share-group",
    marks: &[&["__dlq.errors.offset"]],
    headers: &[
        HeaderRule("__dlq.errors.topic", Topic, Text),
        HeaderRule("__dlq.errors.partition", Partition, Decimal),
        HeaderRule("__dlq.errors.offset", Offset, Decimal),
        HeaderRule("__dlq.errors.group", ConsumerGroup, Text),
        HeaderRule("__dlq.errors.delivery.count", Attempts, Decimal),
        HeaderRule("__dlq.errors.message", Message, Text),
        HeaderRule("_dlq.errors.disposition", Stage, Text),
    ],
    repeats: Repeats::OldestFirst,
    keeps_timestamp: false,
    strip: Strip { prefixes: &["__dlq.errors.", "_dlq.errors."], names: &[] },
    read,
};

/// A topic's id is no name: the topic stays unknown.
fn read(sheet: &Sheet<'_>, names: &mut Names, warnings: &mut Warnings) -> Vec<Stop> {
    let mut stops = hops::read(sheet, names, warnings);
    for hop in stops.iter_mut().filter_map(|stop| stop.hop.as_mut()) {
        if let Some(id) = hop.topic.take_if(|topic| is_topic_id(topic.as_str())) {
            warnings.about(
                "__dlq.errors.topic",
                format_args!("{} is the id of a topic, not its name", Excerpt(id.as_str().as_bytes())),
            );
        }
    }
    stops
}

/// Whether it is 22 characters of base64 that are a random UUID, as Kafka writes topic ids. Few names look so.
fn is_topic_id(name: &str) -> bool {
    let decoded = URL_SAFE_NO_PAD.decode(name).ok().filter(|_| name.len() == 22);
    let uuid = decoded.and_then(|bytes| Uuid::from_slice(&bytes).ok());
    uuid.is_some_and(|uuid| uuid.get_version_num() == 4 && uuid.get_variant() == Variant::RFC4122)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_from_names() {
        for id in ["5BxCHTqOTRmBDMvl4r5Oug", "Kq0sYR0hS8iFmqZLsW6J2w"] {
            assert!(is_topic_id(id), "{id}");
        }
        for name in ["orders", "inventory-reconciling_", "customer-order-testing", "aaaaaaaaaaaaaaaaaaaaaA"] {
            assert!(!is_topic_id(name), "{name}");
        }
    }
}
