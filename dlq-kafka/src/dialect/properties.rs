//! What holds for every letter, whoever wrote it.

use dlq_core::Timestamp;
use dlq_core::record::classify::ErrorClassifier;
use dlq_core::record::{Body, Captured, Content, HopRef, Origin};
use proptest::collection::vec;
use proptest::prelude::*;

use super::rule::{Dialect, Field, HeaderRule, Repeats};
use super::tests::{Wire, any_name, any_value, from, header};
use super::value::Encoding;
use super::{DIALECTS, DialectReader, TopicRule, TopicRules};

/// A payload that may hold headers, an envelope, or anything.
fn any_payload() -> impl Strategy<Value = Option<Vec<u8>>> {
    let header =
        (prop::sample::select(vec!["x-original-topic", "x-original-offset", "other"]), "[a-z0-9\"]{0,9}");
    let embedded = vec(header, 0..4).prop_map(|headers| {
        let mut payload = vec![0xFF, u8::try_from(headers.len()).unwrap()];
        for (name, value) in headers {
            payload.push(u8::try_from(name.len()).unwrap());
            payload.extend(name.as_bytes());
            payload.extend(u32::try_from(value.len()).unwrap().to_be_bytes());
            payload.extend(value.as_bytes());
        }
        payload
    });
    let envelope = "\\{\"originalTopic\":\"[a-z]{1,9}\",\"errorMessage\":\"[a-z \\\\]{0,9}\"\\}";
    prop::option::of(prop_oneof![vec(any::<u8>(), 0..40), embedded, envelope.prop_map(String::into_bytes)])
}

fn any_rules() -> impl Strategy<Value = TopicRules> {
    let dialect = prop::option::of(prop::sample::select(TopicRule::dialects().collect::<Vec<_>>()));
    let rule = |(dialect, origin): (Option<&str>, bool)| {
        let rule = TopicRule {
            topic: "^orders".to_owned(),
            dialect: dialect.map(str::to_owned),
            origin_topic: origin.then(|| "from-the-rule".to_owned()),
            ..TopicRule::default()
        };
        TopicRules::new([rule]).unwrap()
    };
    (dialect, any::<bool>()).prop_map(rule)
}

fn pack(headers: &[Wire], key: Option<&[u8]>, payload: Option<&[u8]>) -> Content {
    let headers = headers.iter().map(|(name, value)| (name.as_slice(), value.as_deref()));
    Content::pack(headers, Body::from(key), Body::from(payload)).unwrap()
}

fn read(rules: TopicRules, content: &Content) -> Captured {
    let reader = DialectReader::new(ErrorClassifier::builtin()).with_rules(rules).guessing_origins([]);
    let mut reader = reader;
    reader.read(from(), content.clone())
}

fn stands_in(bytes: &[u8], piece: &[u8]) -> bool {
    piece.is_empty() || memchr::memmem::find(bytes, piece).is_some()
}

/// Whether a number stands there as digits, or as the big-endian bytes of a Java type.
fn number_stands_in(bytes: &[u8], number: i64) -> bool {
    let narrow = i32::try_from(number).ok().map(i32::to_be_bytes);
    stands_in(bytes, number.to_string().as_bytes())
        || stands_in(bytes, &number.to_be_bytes())
        || narrow.is_some_and(|narrow| stands_in(bytes, &narrow))
}

/// Whether everything that a place says stands literally in the letter.
fn is_told(hop: HopRef<'_>, bytes: &[u8]) -> bool {
    let group = hop.consumer_group.unwrap_or_default();
    hop.topic.is_none_or(|topic| stands_in(bytes, topic.as_str().as_bytes()))
        && hop.partition.is_none_or(|partition| number_stands_in(bytes, partition.into()))
        && hop.offset.is_none_or(|offset| number_stands_in(bytes, offset))
        && stands_in(bytes, group.strip_prefix("connect-").unwrap_or(group).as_bytes())
}

proptest! {
    #[test]
    fn no_letter_makes_reading_fail(
        headers in vec((any_name(), any_value()), 0..30), payload in any_payload(),
        key in prop::option::of(vec(any::<u8>(), 0..20)), rules in any_rules(),
    ) {
        let content = pack(&headers, key.as_deref(), payload.as_deref());
        let captured = read(rules, &content);
        let kept = captured.content.as_ref().unwrap();
        prop_assert!(!captured.provenance.unreadable);
        prop_assert!(kept.headers().eq(content.headers()));
        prop_assert_eq!(&Content::from_block(kept.block().clone()).unwrap(), kept);
    }

    #[test]
    fn nothing_is_invented(headers in vec((any_name(), any_value()), 0..30), payload in any_payload(), rules in any_rules()) {
        let content = pack(&headers, None, payload.as_deref());
        let captured = read(rules, &content);
        let kept = captured.content.as_ref().unwrap();
        let known = [&content.block()[5..], kept.bytes(kept.aside()), b"orders-dlt from-the-rule"].concat();
        for hop in captured.hops() {
            prop_assert!(is_told(hop, &known), "{:?}", hop);
        }
        let Origin { topic, partition, offset, .. } = &captured.origin;
        let origin = HopRef { topic: topic.as_ref(), partition: *partition, offset: *offset, ..HopRef::default() };
        prop_assert!(is_told(origin, &known), "{:?}", origin);
        let failure = &captured.failure;
        let spans = [failure.class, failure.root_class, failure.message, failure.stack_trace, failure.context().stage];
        for span in spans.into_iter().flatten() {
            let (start, len) = (span.start(), span.len());
            prop_assert!(start >= 5 && u64::from(start) + u64::from(len) <= kept.block().len() as u64);
        }
    }
}

/// The dialects whose headers repeat at every hop.
fn repeating() -> impl Strategy<Value = &'static Dialect> {
    let repeats = |dialect: &&Dialect| matches!(dialect.repeats, Repeats::OldestFirst | Repeats::NewestFirst);
    let marked: Vec<_> =
        DIALECTS.iter().filter(|dialect| !dialect.marks.is_empty()).filter(repeats).collect();
    prop::sample::select(marked)
}

/// One name of each field that every hop tells, and a value of it.
fn a_hop(dialect: &Dialect, n: u8) -> Vec<Wire> {
    let told = [Field::Topic, Field::Partition, Field::Offset, Field::Class, Field::Message];
    let rule = |field| dialect.headers.iter().find(|rule| rule.1 == field);
    let value = |rule: &HeaderRule<'_>| match rule.2 {
        Encoding::Int32 => i32::from(n).to_be_bytes().to_vec(),
        Encoding::Int64 => i64::from(n).to_be_bytes().to_vec(),
        Encoding::Decimal => n.to_string().into_bytes(),
        _ => format!("com.acme.E{n}").into_bytes(),
    };
    told.into_iter().filter_map(rule).map(|rule| header(rule.0, value(rule))).collect()
}

proptest! {
    #[test]
    fn hops_that_stand_name_by_name_are_the_same_hops(dialect in repeating(), numbers in vec(0..200_u8, 1..6)) {
        let hops: Vec<_> = numbers.iter().map(|&n| a_hop(dialect, n)).collect();
        let set_by_set = hops.concat();
        let names = 0..hops[0].len();
        let name_by_name: Vec<_> = names.flat_map(|name| hops.iter().map(move |hop| hop[name].clone())).collect();
        let [one, other] = [set_by_set, name_by_name].map(|headers| {
            let captured = read(TopicRules::default(), &pack(&headers, None, Some(b"p")));
            let hops = captured.hops().count();
            let Captured { content, origin, provenance, failure, .. } = captured;
            let content = content.unwrap();
            let told = [failure.class, failure.message].map(|span| span.map(|span| content.text(span).into_owned()));
            (hops, origin, provenance, told)
        });
        prop_assert_eq!(one.0, hops.len());
        prop_assert_eq!(one, other);
    }

    #[test]
    fn numbers_that_became_digits_are_the_same_numbers(partition in 0..10_i32, offset in 0..i64::MAX, timestamp in 0..i64::MAX) {
        let numbers = [("kafka_dlt-original-partition", i64::from(partition)), ("kafka_dlt-original-offset", offset), ("kafka_dlt-original-timestamp", timestamp)];
        let headers = numbers.iter().map(|(name, number)| header(name, number.to_string()));
        let headers: Vec<_> = headers.chain([header("kafka_dlt-original-topic", "orders")]).collect();
        let Captured { origin, provenance, .. } = read(TopicRules::default(), &pack(&headers, None, None));
        let read = (origin.partition, origin.offset, origin.timestamp.map(Timestamp::as_millis));
        prop_assert_eq!(read, (Some(partition), Some(offset), Some(timestamp)));
        prop_assert_eq!(provenance.warnings.len(), 3);
    }
}

#[test]
fn a_megabyte_in_any_header_is_read() {
    let text =
        "com.acme.A: b; nested exception is com.acme.B: c\n\tat a.b.c(D.java:1)\nCaused by: ".repeat(12_000);
    for rule in DIALECTS.iter().flat_map(|dialect| dialect.headers) {
        let captured = read(TopicRules::default(), &pack(&[header(rule.0, &text)], None, None));
        assert!(!captured.provenance.unreadable, "{}", rule.0);
        assert!(captured.provenance.warnings.iter().all(|warning| warning.len() <= 512), "{}", rule.0);
    }
}
