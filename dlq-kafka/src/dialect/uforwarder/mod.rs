//! Uber's uForwarder: the key is a message in protobuf that holds where the message failed, and the original key.
//!
//! Much that is none reads as protobuf, so only topics that are declared so are read so; and then strictly. Headers and
//! payload are the message's own. What failed is not told.

mod metadata;

use dlq_core::Timestamp;
use dlq_core::record::{Content, Hop};

use super::detect::Sheet;
use super::hops::{self, Stop};
use super::names::Names;
use super::rule::{Dialect, Repeats, Strip};
use super::warnings::Warnings;
use metadata::Metadata;

pub(super) const DIALECT: Dialect = Dialect {
    name: "uforwarder",
    marks: &[],
    headers: &[],
    repeats: Repeats::Replaced,
    keeps_timestamp: false,
    strip: Strip::NOTHING,
    read,
};

fn read(sheet: &Sheet<'_>, names: &mut Names, warnings: &mut Warnings) -> Vec<Stop> {
    let mut stops = hops::read(sheet, names, warnings);
    let metadata = sheet.content.key().bytes().and_then(Metadata::decode);
    let topic = metadata.as_ref().and_then(|metadata| names.topic(metadata.topic).ok());
    let (Some(metadata), Some(topic), Some(stop)) = (metadata, topic, stops.last_mut()) else {
        warnings.add(format_args!("the key is not what uForwarder writes: it is taken as the message's own"));
        return stops;
    };
    if metadata.original_key().is_none() {
        warnings
            .add(format_args!("the original key was null or empty, which uForwarder does not tell apart"));
    }
    stop.attempts = Some(metadata.attempts());
    stop.hop = Some(Hop {
        topic: Some(topic),
        partition: Some(metadata.partition),
        offset: Some(metadata.offset),
        timestamp: metadata.timestamp_ms().map(Timestamp::from_millis),
        consumer_group: None,
        dialect: DIALECT.name.into(),
    });
    stops
}

/// The key of the message in the letter `content`: null where it was null or empty, and the letter's own where that is
/// none of uForwarder's.
pub(super) fn original_key(content: &Content) -> Option<&[u8]> {
    let key = content.key().bytes()?;
    let legal = |metadata: &Metadata<'_>| Names::default().topic(metadata.topic).is_ok();
    Metadata::decode(key).filter(legal).map_or(Some(key), |metadata| metadata.original_key())
}

#[cfg(test)]
mod tests {
    use dlq_core::TopicName;
    use dlq_core::record::classify::ErrorClassifier;
    use dlq_core::record::{Body, Captured, CapturedFrom, SourcePartition};

    use super::*;
    use crate::dialect::{DialectReader, TopicRule, TopicRules};

    fn read(key: Option<&[u8]>) -> Captured {
        let topic = TopicName::new("orders-dlq").unwrap();
        let timestamp = Timestamp::from_millis(1_700_000_000_500);
        let from = CapturedFrom {
            source: SourcePartition { cluster: "test".into(), topic, partition: 0 }.into(),
            offset: 17,
            timestamp,
        };
        let content = Content::pack([], key.into(), Body::Null).unwrap();
        let rule = TopicRule {
            topic: "^orders".to_owned(),
            dialect: Some("uforwarder".to_owned()),
            ..TopicRule::default()
        };
        let rules = TopicRules::new([rule]).unwrap();
        DialectReader::new(ErrorClassifier::builtin()).with_rules(rules).read(from, content)
    }

    #[test]
    fn the_key_tells_the_place() {
        let Captured { origin, provenance, failure, .. } =
            read(Some(b"\x08\x02\x12\x06orders\x20\x2A\x28\x80\xD0\x95\xFF\xBC\x31\x32\x02k1"));
        assert_eq!(origin.topic.unwrap().as_str(), "orders");
        assert_eq!(
            (origin.partition, origin.offset, failure.context().attempts),
            (Some(0), Some(42), Some(3))
        );
        assert_eq!(origin.timestamp, Some(Timestamp::from_millis(1_700_000_000_000)));
        assert_eq!(provenance.warnings, [""; 0]);
        let nothing_inside = read(Some(b"\x12\x06orders")).provenance;
        assert_eq!(
            nothing_inside.warnings,
            ["the original key was null or empty, which uForwarder does not tell apart"]
        );
    }

    #[test]
    fn any_other_key_is_the_messages_own() {
        for key in [None, Some(b"k1".as_slice()), Some(b"\x12\x03a b")] {
            let captured = read(key);
            assert_eq!(captured.origin.topic, None);
            let warning = "the key is not what uForwarder writes: it is taken as the message's own";
            assert_eq!(captured.provenance.warnings, [warning], "{key:?}");
        }
    }
}
