//! [`Service`]: the applications of the shop, each with its framework.

use super::{Letter, Place, clicks, notices, orders, parcels, shipments};

/// One application that consumes a topic.
#[derive(Clone, Copy, Debug)]
pub struct Service {
    /// What people call it.
    pub name: &'static str,
    /// What it is written with.
    pub framework: &'static str,
    /// Its consumer group.
    pub group: &'static str,
    /// What it consumes.
    pub topic: &'static str,
    /// Where it puts what it failed on.
    pub dead_letter_topic: &'static str,
    /// Its share of all messages, of 20.
    pub share: u64,
    /// The `n`th message of its topic under a seed; some of them cannot be processed.
    pub message: fn(seed: u64, n: u64) -> Letter,
    /// What it makes of a message, whether the payment service is back or not.
    pub process: fn(Letter, &Place, payments_are_back: bool) -> Result<(), Box<Letter>>,
}

/// All of them. Their shares come to 20.
pub const SERVICES: [Service; 5] = [
    Service {
        name: "the order service",
        framework: "Spring Kafka",
        group: orders::GROUP,
        topic: orders::TOPIC,
        dead_letter_topic: orders::DEAD_LETTER_TOPIC,
        share: 8,
        message: orders::message,
        process: orders::process,
    },
    Service {
        name: "the warehouse sink",
        framework: "Kafka Connect",
        group: shipments::GROUP,
        topic: shipments::TOPIC,
        dead_letter_topic: shipments::DEAD_LETTER_TOPIC,
        share: 5,
        message: shipments::message,
        process: |letter, place, _| shipments::process(letter, place),
    },
    Service {
        name: "the click counter",
        framework: "Kafka Streams",
        group: clicks::GROUP,
        topic: clicks::TOPIC,
        dead_letter_topic: clicks::DEAD_LETTER_TOPIC,
        share: 3,
        message: clicks::message,
        process: |letter, place, _| clicks::process(letter, place),
    },
    Service {
        name: "the mail service",
        framework: "Quarkus",
        group: notices::GROUP,
        topic: notices::TOPIC,
        dead_letter_topic: notices::DEAD_LETTER_TOPIC,
        share: 2,
        message: notices::message,
        process: |letter, place, _| notices::process(letter, place),
    },
    Service {
        name: "the parcel tracker",
        framework: "Silverback on .NET",
        group: parcels::GROUP,
        topic: parcels::TOPIC,
        dead_letter_topic: parcels::DEAD_LETTER_TOPIC,
        share: 2,
        message: parcels::message,
        process: |letter, place, _| parcels::process(letter, place),
    },
];
