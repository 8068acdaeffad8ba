use std::collections::BTreeSet;

use dlq_core::record::classify::ErrorClassifier;
use dlq_core::record::{
    Attempt, Body, Captured, CapturedFrom, Content, DlqRecord, KnownBy, Origin, Provenance, RecordId,
    RedriveId, SourcePartition, Span, TopicName,
};
use dlq_core::{ErrorType, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;

use super::hops::STOPS_MAX;
use super::rule::{Dialect, HeaderRule};
use super::{DIALECTS, DialectReader, HABITS, key, own, spring_dlt, strip};

pub(super) type Wire = (Vec<u8>, Option<Vec<u8>>);

pub(super) fn header(name: &str, value: impl AsRef<[u8]>) -> Wire {
    (name.as_bytes().to_vec(), Some(value.as_ref().to_vec()))
}

fn content(headers: &[Wire]) -> Content {
    let headers = headers.iter().map(|(name, value)| (name.as_slice(), value.as_deref()));
    Content::pack(headers, Body::Present(b"k1"), Body::Null).unwrap()
}

pub(super) fn from() -> CapturedFrom {
    CapturedFrom {
        source: SourcePartition {
            cluster: "test".into(),
            topic: TopicName::new("orders-dlt").unwrap(),
            partition: 0,
        }
        .into(),
        offset: 17,
        timestamp: Timestamp::from_millis(1_700_000_000_500),
    }
}

fn read(headers: &[Wire]) -> Captured {
    DialectReader::new(ErrorClassifier::builtin()).read(from(), content(headers))
}

#[test]
fn what_is_the_users_goes_home_with_its_letter_whatever_the_dialects() {
    let every: Vec<_> = DIALECTS.iter().chain(HABITS).map(|dialect| dialect.name.into()).collect();
    let traces =
        ["traceparent", "tracestate", "baggage", "b3", "X-B3-TraceId", "x-request-id", "uber-trace-id"];
    let types =
        ["__TypeId__", "__Key_TypeId__", "__ContentTypeId__", "spring_json_header_types", "content-type"];
    let others = [
        "contentType",
        "Content-Type",
        "MessageId",
        "ConversationId",
        "NServiceBus.MessageId",
        "x-message-type",
        "x-chunk-index",
        "_watermill_message_uuid",
        "kafka_replyPartition",
        "kafka_replyTopic",
        "ce_id",
        "ce_source",
        "x-user",
        "tenant",
        "source",
        "timestamp",
        "id",
        "",
    ];
    for name in traces.iter().chain(&types).chain(&others) {
        assert!(!strip(&every, name.as_bytes()), "{name}");
    }
}

#[test]
fn the_table_is_sound() {
    let all = || DIALECTS.iter().chain(HABITS);
    let names: BTreeSet<_> = all().map(|dialect| dialect.name).collect();
    assert_eq!(names.len(), all().count(), "every dialect has a name of its own");
    for Dialect { name, marks, headers, .. } in all() {
        let known: BTreeSet<_> = headers.iter().map(|HeaderRule(name, ..)| *name).collect();
        assert_eq!(known.len(), headers.len(), "{name} names a header twice");
        assert!(headers.len() <= 128, "{name} has too many headers");
        assert!(
            marks.is_empty() == headers.is_empty() && marks.iter().all(|group| !group.is_empty()),
            "{name} is recognised by nothing that it writes"
        );
        assert!(
            marks.iter().copied().flatten().all(|mark| known.contains(mark)),
            "{name} does not read a mark"
        );
    }
}

#[test]
fn a_redrive_strips_what_belongs_to_the_framework() {
    let spring = ["spring-dlt".into()];
    for name in [
        "kafka_dlt-anything",
        "retry_topic-attempts",
        "springDeserializerExceptionKey",
        "kafka_listenerInfo",
        "dlq.attempt",
    ] {
        assert!(strip(&spring, name.as_bytes()), "{name}");
    }
    for name in
        ["__TypeId__", "kafka_replyPartition", "__connect.errors.topic", "dlq.mine", "dlq.attempt2", ""]
    {
        assert!(!strip(&spring, name.as_bytes()), "{name}");
    }
    assert!(strip(&[], b"dlq.record.id") && !strip(&[], b"kafka_dlt-original-topic"));
}

#[test]
fn a_redrive_sends_the_key_that_the_framework_wrapped() {
    let letter = |key: &[u8]| Content::pack([], Body::Present(key), Body::Null).unwrap();
    let (wrapped, plain) = (letter(b"\x12\x06orders\x32\x02k1"), letter(b"k1"));
    let uforwarder = ["uforwarder".into()];
    assert_eq!(key(&uforwarder, &wrapped), Some(b"k1".as_slice()));
    assert_eq!(key(&uforwarder, &letter(b"\x12\x06orders")), None, "null and empty are one there");
    assert_eq!(
        key(&uforwarder, &letter(b"\x12\x03a b\x32\x02k1")),
        letter(b"\x12\x03a b\x32\x02k1").key().bytes()
    );
    assert_eq!(key(&uforwarder, &plain), Some(b"k1".as_slice()));
    assert_eq!(key(&[], &wrapped), wrapped.key().bytes());
}

#[test]
fn a_reader_that_panics_leaves_an_unreadable_record() {
    static FRAGILE: &[Dialect] = &[
        Dialect { name: "fragile", read: |_, _, _| panic!("by intent"), ..spring_dlt::DIALECT },
        own::DIALECT,
    ];
    let mut reader = DialectReader::of(FRAGILE, ErrorClassifier::builtin());
    let letter = content(&[header("kafka_dlt-original-topic", "orders")]);
    let captured = reader.read(from(), letter.clone());
    assert!(captured.provenance.unreadable);
    assert_eq!(captured.provenance.dialects, ["fragile"]);
    assert_eq!(captured.provenance.warnings.len(), 1);
    assert_eq!((captured.origin, captured.content), (Origin::default(), Some(letter)));
    let next = reader
        .read(from(), content(&[header(own::ERROR_CLASS, "x::Y"), header(own::ORIGIN_TOPIC, "orders")]));
    assert!(!next.provenance.unreadable, "the next letter is read as if nothing had happened");
    assert_eq!(next.provenance.dialects, ["dlq"]);
    assert_eq!(next.origin.topic.unwrap().as_str(), "orders");
}

#[test]
fn a_dialect_is_recognised_by_all_marks_of_a_group() {
    static PAIRED: &[Dialect] = &[Dialect {
        name: "paired",
        marks: &[&["kafka_dlt-original-topic", "kafka_dlt-original-offset"], &["kafka_deliveryAttempt"]],
        ..spring_dlt::DIALECT
    }];
    let recognised = |names: &[&str]| {
        let letter: Vec<_> = names.iter().map(|name| header(name, "0")).collect();
        let captured = DialectReader::of(PAIRED, ErrorClassifier::builtin()).read(from(), content(&letter));
        !captured.provenance.dialects.is_empty()
    };
    assert!(recognised(&["kafka_dlt-original-offset", "kafka_dlt-original-topic"]));
    assert!(recognised(&["kafka_deliveryAttempt"]));
    assert!(!recognised(&["kafka_dlt-original-topic"]) && !recognised(&["kafka_dlt-original-offset", "x"]));
}

#[test]
fn what_an_earlier_dialect_writes_does_not_give_away_a_later_one() {
    let place = [header("original_partition", "3"), header("original_offset", "42")];
    assert_eq!(read(&place).provenance.dialects, ["arroyo"]);
    let with_topic = [place.to_vec(), vec![header("original_topic", "orders")]].concat();
    assert_eq!(read(&with_topic).provenance.dialects, ["karafka-before-2.5"]);
    let with_more = [with_topic, vec![header("REAL_TOPIC", "persistent://public/default/orders")]].concat();
    assert_eq!(read(&with_more).provenance.dialects, ["karafka-before-2.5", "pulsar"]);
}

#[test]
fn habits_count_only_where_no_framework_wrote() {
    let habit = header("X-Original-Topic", "orders");
    assert_eq!(read(std::slice::from_ref(&habit)).provenance.dialects, ["handwritten"]);
    assert_eq!(read(&[habit, header("topic_poisoned", "t")]).provenance.dialects, ["watermill"]);
    assert!(strip(&["handwritten".into()], b"Retry_Count") && !strip(&["handwritten".into()], b"trace"));
}

#[test]
fn the_causes_of_key_and_value_do_not_part_their_failure() {
    let captured = read(&[
        header("kafka_dlt-key-exception-fqcn", "com.acme.KeyException"),
        header("kafka_dlt-exception-cause-fqcn", "com.acme.KeyCause"),
        header("kafka_dlt-exception-fqcn", "com.acme.ValueException"),
        header("kafka_dlt-exception-cause-fqcn", "com.acme.ValueCause"),
        header("kafka_dlt-original-topic", "orders"),
    ]);
    let class = captured.content.as_ref().unwrap().text(captured.failure.class.unwrap());
    assert_eq!(class, "com.acme.ValueException");
}

#[test]
fn ten_thousand_hops_are_read_and_the_first_and_the_latest_kept() {
    let hops: Vec<_> = (0..10_000_u32)
        .flat_map(|n| {
            let topic = header("__connect.errors.topic", format!("t{n}"));
            [topic, header("__connect.errors.exception.class.name", format!("com.acme.E{n}"))]
        })
        .collect();
    let captured = read(&hops);
    let topics: Vec<_> = captured.hops().map(|hop| hop.topic.unwrap().as_str()).collect();
    assert_eq!((topics.len(), topics[0], topics[1], topics[63]), (STOPS_MAX, "t0", "t9937", "t9999"));
    let Captured { origin, provenance, failure, content, .. } = captured;
    assert_eq!(origin.topic.unwrap().as_str(), "t0");
    assert_eq!(content.unwrap().text(failure.class.unwrap()), "com.acme.E9999");
    assert_eq!(
        provenance.warnings,
        ["kafka-connect: 10000 failures are told, the first and the latest 63 are kept"]
    );
}

#[test]
fn ten_thousand_malformed_headers_give_few_warnings() {
    let headers = vec![header("kafka_dlt-original-offset", "?"); 10_000];
    let captured = read(&[headers, vec![header("kafka_dlt-original-topic", "orders")]].concat());
    assert_eq!(captured.hops().count(), STOPS_MAX);
    let warnings = &captured.provenance.warnings;
    assert_eq!(warnings[0], "header kafka_dlt-original-offset: 1 byte where 8 were expected");
    assert_eq!(warnings.len(), 33);
    assert_eq!(warnings[32], "9969 more warnings were left out");
}

#[test]
fn hops_of_several_dialects_are_limited_together() {
    let connect = (0..60).map(|n| header("__connect.errors.topic", format!("c{n}")));
    let spring = (0..60).map(|n| header("kafka_dlt-original-topic", format!("s{n}")));
    let captured = read(&connect.chain(spring).collect::<Vec<_>>());
    let topics: Vec<_> = captured.hops().map(|hop| hop.topic.unwrap().as_str()).collect();
    assert_eq!((topics.len(), topics[0], topics[1], topics[63]), (STOPS_MAX, "c0", "c57", "s59"));
    assert_eq!(captured.provenance.warnings, ["120 hops are told, the first and the latest 63 are kept"]);
}

#[test]
fn a_trace_is_read_up_to_what_is_not_utf8() {
    let trace = b"com.acme.A: x\n\tat com.acme.A.b(A.java:1)\nCaused by: com.acme.B: \xC3";
    let captured = read(&[header(own::ERROR_CLASS, "wrong"), header(own::ERROR_STACKTRACE, trace)]);
    let (failure, content) = (captured.failure, captured.content.unwrap());
    let [class, root] =
        [failure.class, failure.root_class].map(|span| content.text(span.unwrap()).into_owned());
    assert_eq!((class.as_str(), root.as_str()), ("com.acme.A", "com.acme.B"));
    assert_eq!(content.bytes(failure.stack_trace.unwrap()), trace);
}

#[test]
fn names_are_shared_from_letter_to_letter() {
    let mut reader = DialectReader::new(ErrorClassifier::builtin());
    let letter =
        content(&[header("__connect.errors.topic", "t"), header("__connect.errors.connector.name", "sink")]);
    let mut group = || reader.read(from(), letter.clone()).origin.consumer_group.unwrap();
    let (first, second) = (group(), group());
    assert!(first.is_shared_with(&second));
    assert_eq!(&*first, "connect-sink");
}

#[test]
fn a_claim_names_record_and_attempt_as_uuids() {
    let (record, redrive) = (RecordId::submitted(), RedriveId::random());
    let named = [header(own::RECORD_ID, record.to_string()), header(own::REDRIVE_ID, redrive.to_string())];
    let claim = own::claim(&content(&named)).unwrap();
    assert_eq!((claim.record, claim.redrive_id), (record, redrive));
    assert_eq!(own::claim(&content(&named[..1])), None);
    let corrected = [named.to_vec(), vec![header(own::REDRIVE_ID, "nonsense")]].concat();
    assert_eq!(own::claim(&content(&corrected)), None, "the last counts");
}

fn redriven(origin: Origin) -> DlqRecord {
    let captured = Captured { from: Some(from()), origin, ..Captured::default() };
    let mut record = DlqRecord::new(captured, Timestamp::from_millis(1));
    let redrive_id = RedriveId::random();
    record.progress.attempt =
        Some(Attempt { number: 2, redrive_id, target: None, delivered: None, open: true });
    record
}

fn names(headers: &[(&'static str, String)]) -> Vec<&'static str> {
    headers.iter().map(|(name, _)| *name).collect()
}

#[test]
fn a_redrive_names_the_attempt_and_what_is_known_of_the_origin() {
    let origin = Origin { topic: TopicName::new("orders").ok(), offset: Some(42), ..Origin::default() };
    let record = redriven(Origin { known_by: Some(KnownBy::Headers), ..origin.clone() });
    let headers = own::redrive_headers(&record, Timestamp::from_millis(7), "worker:a");
    let expected = [
        ("dlq.record.id", record.id.to_string()),
        ("dlq.redrive.id", record.progress.attempt.as_ref().unwrap().redrive_id.to_string()),
        ("dlq.attempt", "2".to_owned()),
        ("dlq.origin.topic", "orders".to_owned()),
        ("dlq.origin.offset", "42".to_owned()),
        ("dlq.redriven.at", "7".to_owned()),
        ("dlq.redriven.by", "worker:a".to_owned()),
    ];
    assert_eq!(headers, expected);
    let sent: Vec<_> = headers.iter().map(|(name, value)| header(name, value)).collect();
    assert_eq!(own::claim(&content(&sent)).unwrap().record, record.id);
    assert_eq!(read(&sent).origin, Origin::default(), "a claim tells no origin");
}

#[test]
fn a_guessed_origin_and_a_closed_attempt_are_not_told() {
    let origin =
        Origin { topic: TopicName::new("orders").ok(), known_by: Some(KnownBy::Guess), ..Origin::default() };
    let mut record = redriven(origin);
    let told = own::redrive_headers(&record, Timestamp::from_millis(7), "a");
    assert_eq!(
        names(&told),
        [own::RECORD_ID, own::REDRIVE_ID, own::ATTEMPT, own::REDRIVEN_AT, own::REDRIVEN_BY]
    );
    record.progress.attempt.as_mut().unwrap().open = false;
    let told = own::redrive_headers(&record, Timestamp::from_millis(7), "a");
    assert_eq!(names(&told), [own::RECORD_ID, own::REDRIVEN_AT, own::REDRIVEN_BY]);
}

pub(super) fn any_name() -> impl Strategy<Value = Vec<u8>> {
    let known: Vec<_> = DIALECTS
        .iter()
        .chain(HABITS)
        .flat_map(|dialect| dialect.headers)
        .map(|rule| rule.0.as_bytes())
        .collect();
    prop_oneof![4 => prop::sample::select(known).prop_map(<[u8]>::to_vec), 1 => vec(any::<u8>(), 0..40)]
}

pub(super) fn any_value() -> impl Strategy<Value = Option<Vec<u8>>> {
    let trace = "[a-z.]{0,9}X(: [a-z\n\t]{0,9})?(\n\tat [a-z.]{0,9}\\([A-Z:1]{0,5}\\))?(\nCaused by: [a-zX.: ]{0,9})?";
    prop::option::weighted(
        0.9,
        prop_oneof![
            vec(any::<u8>(), 0..24),
            any::<i32>().prop_map(|number| number.to_be_bytes().to_vec()),
            any::<i64>().prop_map(|number| number.to_be_bytes().to_vec()),
            any::<i64>().prop_map(|number| number.to_string().into_bytes()),
            "[a-z.]{1,12}".prop_map(String::into_bytes),
            trace.prop_map(String::into_bytes),
        ],
    )
}

/// A place as Spring appends it; the group is not always told.
fn spring_place() -> impl Strategy<Value = (String, i32, i64, Option<String>)> {
    ("[a-z]{1,8}", 0..i32::MAX, 0..i64::MAX, prop::option::of("[a-z]{1,8}"))
}

proptest! {
    #[test]
    fn no_headers_make_reading_fail(headers in vec((any_name(), any_value()), 0..40)) {
        let captured = read(&headers);
        let content = captured.content.as_ref().unwrap();
        prop_assert_eq!(content, &self::content(&headers));
        prop_assert!(!captured.provenance.unreadable);
        prop_assert!(captured.hops().count() <= STOPS_MAX);
        prop_assert!(captured.provenance.warnings.len() <= 33);
        let failure = &captured.failure;
        let spans = [failure.class, failure.root_class, failure.message, failure.stack_trace, failure.context().stage, failure.context().component];
        let inside = |span: Span| content.headers().any(|header| {
            header.span.start() <= span.start()
                && span.start() + span.len() <= header.span.start() + header.span.len()
        });
        prop_assert!(spans.into_iter().flatten().all(inside));
        prop_assert_eq!(&read(&headers), &captured);
    }

    #[test]
    fn without_a_dialect_nothing_is_invented(headers in vec(("[a-z_-]{0,12}", any_value()), 0..20)) {
        let headers: Vec<_> = headers.into_iter().map(|(name, value)| (name.into_bytes(), value)).collect();
        let captured = read(&headers);
        prop_assert_eq!(&captured.origin, &Origin::default());
        prop_assert_eq!(captured.failure.error_type, ErrorType::Unknown);
        prop_assert_eq!(&*captured.provenance, &Provenance::default());
    }

    #[test]
    fn every_place_that_spring_appended_is_a_hop(places in vec(spring_place(), 1..10), shared in any::<bool>()) {
        let mut headers = Vec::new();
        for (n, (topic, partition, offset, group)) in places.iter().enumerate() {
            if shared || n + 1 == places.len() {
                headers.push(header("kafka_dlt-exception-fqcn", format!("com.acme.E{n}")));
            }
            headers.push(header("kafka_dlt-original-topic", topic));
            headers.push(header("kafka_dlt-original-partition", partition.to_be_bytes()));
            headers.push(header("kafka_dlt-original-offset", offset.to_be_bytes()));
            headers.extend(group.iter().map(|group| header("kafka_dlt-original-consumer-group", group)));
        }
        let captured = read(&headers);
        let hops: Vec<_> = captured.hops().map(|hop| {
            let topic = hop.topic.unwrap().to_string();
            (topic, hop.partition.unwrap(), hop.offset.unwrap(), hop.consumer_group.map(ToOwned::to_owned))
        }).collect();
        prop_assert_eq!(&hops, &places);
        prop_assert_eq!(captured.origin.offset, Some(places[0].2));
        let class = captured.content.as_ref().unwrap().text(captured.failure.class.unwrap()).into_owned();
        prop_assert_eq!(class, format!("com.acme.E{}", places.len() - 1));
    }
}
