//! A flood of letters that nobody can read: every header that means something to a reader holds nonsense.

use dlq::traffic::{Dice, Letter};

use crate::rig::{Process, Store, assert_verified, produce, topic, unique, until_stored};

const LETTERS: u64 = 20_000;

/// The names that the readers of dead letters look for.
const KNOWN: [&str; 42] = [
    "__connect.errors.connector.name",
    "__connect.errors.exception.class.name",
    "__connect.errors.exception.message",
    "__connect.errors.exception.stacktrace",
    "__connect.errors.offset",
    "__connect.errors.partition",
    "__connect.errors.stage",
    "__connect.errors.topic",
    "dlq.attempt",
    "dlq.consumer.group",
    "dlq.error.class",
    "dlq.error.message",
    "dlq.error.stacktrace",
    "dlq.error.type",
    "dlq.origin.offset",
    "dlq.origin.partition",
    "dlq.origin.timestamp",
    "dlq.origin.topic",
    "dlq.record.id",
    "dlq.redrive.id",
    "dlq.redriven.at",
    "dlq.redriven.by",
    "kafka_deliveryAttempt",
    "kafka_dlt-exception-cause-fqcn",
    "kafka_dlt-exception-fqcn",
    "kafka_dlt-exception-message",
    "kafka_dlt-exception-stacktrace",
    "kafka_dlt-key-exception-fqcn",
    "kafka_dlt-original-consumer-group",
    "kafka_dlt-original-offset",
    "kafka_dlt-original-partition",
    "kafka_dlt-original-timestamp",
    "kafka_dlt-original-topic",
    "kafka_exception-fqcn",
    "kafka_exception-message",
    "kafka_original-offset",
    "kafka_original-partition",
    "kafka_original-timestamp",
    "kafka_original-topic",
    "retry_topic-attempts",
    "springDeserializerExceptionKey",
    "springDeserializerExceptionValue",
];

/// A letter of which every header is noise, each of another length.
fn noise(n: u64) -> Letter {
    let mut dice = Dice::of(54, n);
    let mut bytes = |longest| {
        (0..dice.throw(longest)).map(|_| u8::try_from(dice.throw(256)).unwrap()).collect::<Vec<_>>()
    };
    let plain = Letter::new(bytes(40), bytes(40));
    KNOWN.iter().fold(plain, |letter, name| letter.header(name, bytes(40)))
}

#[test]
fn every_one_is_kept_and_the_next_readable_one_is_read() {
    let (store, dead) = (Store::sqlite(), topic("noise-dlt", 3));
    let readable =
        (0..3).map(|n| Letter::new(n.to_string(), "good").header("kafka_dlt-original-topic", "orders"));
    let count = produce(&dead, (0..LETTERS).map(noise).chain(readable));
    let mut serve = Process::serve(&store, &dead, &unique("dlq"));
    until_stored(&store, count);
    assert!(serve.is_alive());
    let peak = serve.peak_memory_mib();
    println!("{peak} MiB at most");
    assert!(peak < 200, "{peak} MiB");
    assert_eq!(serve.terminate(), Some(0));
    assert_verified(&store);
}
