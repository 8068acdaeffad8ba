//! Messages of a made-up shop, and the dead letters that its consumers write: pure functions of a number and a seed, so
//! that a run can be repeated, for the demo and for benchmarks.
//!
//! | file | what |
//! |---|---|
//! | `letter` | a message, byte for byte |
//! | `dice` | chance that can be repeated |
//! | `service` | the applications of the shop |
//! | `orders`, `shipments`, `clicks`, `notices`, `parcels` | what is sent, and what the consumer of each makes of it |
//! | `spring`, `connect`, `streams`, `smallrye`, `silverback` | how a framework tells of a failure, in headers |
//! | `traces/` | Java's stack traces, as they look in the wild |

pub mod clicks;
pub mod connect;
pub mod dice;
pub mod letter;
pub mod notices;
pub mod orders;
pub mod parcels;
pub mod service;
pub mod shipments;
pub mod silverback;
pub mod smallrye;
pub mod spring;
pub mod streams;

pub use dice::Dice;
pub use letter::{Letter, Place};
pub use service::{SERVICES, Service};

/// Puts values in place of their `{names}`.
fn fill(template: &str, values: &[(&str, &dyn std::fmt::Display)]) -> String {
    let named = |text: String, (name, value): &(&str, &dyn std::fmt::Display)| {
        text.replace(&format!("{{{name}}}"), &value.to_string())
    };
    values.iter().fold(template.to_owned(), named)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use dlq_core::record::classify::ErrorClassifier;
    use dlq_core::record::{Body, Captured, CapturedFrom, Content, Position, SourcePartition};
    use dlq_core::{ErrorType, Timestamp, TopicName};
    use dlq_kafka::dialect::DialectReader;

    use super::*;

    fn place(topic: &str) -> Place {
        Place { topic: topic.to_owned(), partition: 3, offset: 42, timestamp: 7 }
    }

    fn captured(reader: &mut DialectReader, letter: &Letter) -> Captured {
        let from = CapturedFrom {
            source: SourcePartition {
                cluster: "test".into(),
                topic: TopicName::new("dead").unwrap(),
                partition: 0,
            }
            .into(),
            offset: 0,
            timestamp: Timestamp::from_millis(letter.timestamp.unwrap_or(9)),
        };
        let headers = letter.headers.iter().map(|(name, value)| (name.as_slice(), value.as_deref()));
        let [key, payload] = [&letter.key, &letter.payload].map(|bytes| Body::from(bytes.as_deref()));
        reader.read(from, Content::pack(headers, key, payload).unwrap())
    }

    #[test]
    fn capture_understands_every_letter_and_groups_them_by_failure() {
        let mut reader = DialectReader::new(ErrorClassifier::builtin());
        let (mut groups, mut dialects) = (BTreeMap::new(), BTreeSet::new());
        for service in SERVICES {
            let messages = (0..2_000).map(|n| (service.message)(1, n));
            let dead =
                messages.filter_map(|sent| (service.process)(sent, &place(service.topic), false).err());
            for letter in dead {
                let Captured { origin, provenance, failure, .. } = captured(&mut reader, &letter);
                let expected =
                    Position { topic: TopicName::new(service.topic).unwrap(), partition: 3, offset: 42 };
                assert_eq!(origin.position(), Some(expected));
                assert!(!provenance.unreadable);
                groups.insert(failure.fingerprint, failure.error_type);
                dialects.extend(provenance.dialects.iter().cloned());
            }
        }
        assert_eq!((groups.len(), dialects.len()), (11, 5), "{groups:?} {dialects:?}");
        let transient = groups.values().filter(|kind| **kind == ErrorType::TransientNetwork);
        assert_eq!(transient.count(), 1, "{groups:?}");
    }

    #[test]
    fn capture_understands_what_is_measured() {
        let mut reader = DialectReader::new(ErrorClassifier::builtin());
        let [first, second] = [1, 13].map(|n| captured(&mut reader, &spring::letter(n)));
        assert_eq!(first.origin.consumer_group.as_deref(), Some("order-service"));
        assert_eq!([&first, &second].map(|read| read.origin.offset), [Some(0), Some(1)]);
        assert_eq!(first.failure.fingerprint, second.failure.fingerprint);
        assert_eq!(first.failure.error_type, ErrorType::TransientNetwork);
    }
}
