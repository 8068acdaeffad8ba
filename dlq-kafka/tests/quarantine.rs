//! Quarantine on a real broker: what a storage refuses is kept byte for byte, and comes back as it was captured.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod rig;

use std::sync::Arc;

use dlq_core::record::classify::ErrorClassifier;
use dlq_core::record::{Body, CapturedFrom, Content};
use dlq_core::storage::{Quarantine, Quarantined};
use dlq_core::{DlqRecord, SystemClock, Timestamp, TopicName};
use dlq_kafka::QuarantineError;
use dlq_kafka::dialect::DialectReader;
use dlq_kafka::quarantine::{KafkaQuarantine, QuarantineConfig, QuarantineReader};
use rig::{brokers, consume, topic, topic_with, unique};

fn config() -> QuarantineConfig {
    QuarantineConfig::new(brokers(), TopicName::new(unique("quarantine")).unwrap())
}

async fn open(config: &QuarantineConfig) -> KafkaQuarantine {
    KafkaQuarantine::open(config.clone(), Arc::new(SystemClock)).await.unwrap()
}

fn record(offset: i64, headers: &[(&[u8], Option<&[u8]>)], key: Body<'_>, payload: Body<'_>) -> DlqRecord {
    let from = CapturedFrom {
        cluster: "c1".into(),
        topic: TopicName::new("orders-dlt").unwrap(),
        partition: 3,
        offset,
        timestamp: Timestamp::from_millis(1_700_000_000_000),
    };
    let content = Content::pack(headers.iter().copied(), key, payload).unwrap();
    let captured = DialectReader::new(ErrorClassifier::builtin()).read(from, content);
    DlqRecord::new(captured, Timestamp::from_millis(1))
}

fn refused(record: &DlqRecord, reason: &str) -> Quarantined {
    Quarantined { record: record.clone(), reason: reason.to_owned() }
}

#[tokio::test]
async fn a_record_comes_back_as_it_was_captured_whatever_its_bytes() {
    let config = config();
    let quarantine = open(&config).await;
    let odd: &[(&[u8], Option<&[u8]>)] = &[
        (b"\xFF\xFEname", Some(b"\x00\x01")),
        (b"twice", Some(b"1")),
        (b"twice", None),
        (b"dlq.quarantine.reason", Some(b"not ours")),
        (b"kafka_dlt-original-topic", Some(b"orders")),
    ];
    let bodies = [Body::Present(b"\x00bytes\xFF"), Body::Present(b""), Body::Null, Body::Missing];
    let both = bodies.iter().flat_map(|key| bodies.iter().map(move |payload| (*key, *payload)));
    let records: Vec<_> =
        (0..).zip(both).map(|(offset, (key, payload))| record(offset, odd, key, payload)).collect();
    let kept = quarantine.keep(records.iter().map(|record| refused(record, "as a test")).collect()).await;
    assert!(kept.iter().all(Result::is_ok), "{kept:?}");

    let reader = QuarantineReader::open(config).await.unwrap();
    let entries = reader.list().await.unwrap();
    assert_eq!(entries.len(), records.len());
    let ids: Vec<_> = records.iter().map(|record| record.id).collect();
    for (back, record) in reader.records(&ids).await.unwrap().iter().zip(&records) {
        let entry = entries.iter().find(|entry| entry.id == record.id).unwrap();
        assert_eq!((&entry.reason, &entry.from), (&"as a test".to_owned(), &record.captured.from));
        assert_eq!(entry.bytes, record.captured.content.as_ref().unwrap().block().len() as u64);
        assert_eq!((back.id, &back.captured), (record.id, &record.captured));
    }
}

#[tokio::test]
async fn a_record_kept_twice_is_one_and_what_is_forgotten_is_gone() {
    let config = config();
    let quarantine = open(&config).await;
    let (one, two) = (record(1, &[], Body::Null, Body::Null), record(2, &[], Body::Null, Body::Null));
    for reason in ["first", "second"] {
        assert!(
            quarantine
                .keep(vec![refused(&one, reason), refused(&two, reason)])
                .await
                .iter()
                .all(Result::is_ok)
        );
    }
    let reader = QuarantineReader::open(config.clone()).await.unwrap();
    let reasons: Vec<_> = reader.list().await.unwrap().into_iter().map(|entry| entry.reason).collect();
    assert_eq!(reasons, ["second", "second"]);

    reader.forget(&[one.id]).await.unwrap();
    let left: Vec<_> = reader.list().await.unwrap().into_iter().map(|entry| entry.id).collect();
    assert_eq!(left, [two.id]);
    assert!(reader.records(&[one.id]).await.unwrap().is_empty());
    let written = consume(&config.topic, 0, 6);
    assert_eq!(written.len(), 6, "the question whether it may be written, four records, and the end of one");
}

#[tokio::test]
async fn a_record_of_20_mb_is_kept() {
    let config = config();
    let large = record(1, &[], Body::Null, Body::Present(&vec![7; 20_000_000]));
    let kept = open(&config).await.keep(vec![refused(&large, "too large")]).await;
    assert!(kept[0].is_ok(), "{kept:?}");
    let reader = QuarantineReader::open(config).await.unwrap();
    assert_eq!(reader.records(&[large.id]).await.unwrap()[0].captured, large.captured);
}

#[tokio::test]
async fn what_the_topic_does_not_take_is_not_kept_and_hurts_no_other() {
    let topic = topic_with(
        "small",
        &[("retention.ms", "-1"), ("retention.bytes", "-1"), ("max.message.bytes", "2000")],
    )
    .await;
    let quarantine = open(&QuarantineConfig::new(brokers(), topic)).await;
    let noise: Vec<u8> = (0..1_000).flat_map(|_| *uuid::Uuid::new_v4().as_bytes()).collect();
    let large = record(1, &[], Body::Null, Body::Present(&noise));
    let small = record(2, &[], Body::Null, Body::Present(b"small"));
    let kept = quarantine.keep(vec![refused(&large, "as a test"), refused(&small, "as a test")]).await;
    assert!(kept[0].as_ref().unwrap_err().0.contains("too large"), "{kept:?}");
    assert!(kept[1].is_ok(), "{kept:?}");
}

#[tokio::test]
async fn a_topic_that_is_missing_or_drops_what_is_old_is_refused() {
    let open = |config| KafkaQuarantine::open(config, Arc::new(SystemClock));
    let missing = open(QuarantineConfig { create: false, ..config() }).await.unwrap_err();
    assert!(matches!(missing, QuarantineError::Missing { .. }), "{missing}");
    let drops = open(QuarantineConfig::new(brokers(), topic("drops", 1).await)).await.unwrap_err();
    assert!(matches!(&drops, QuarantineError::Drops { setting: "retention.ms", .. }), "{drops}");
    assert!(!missing.is_away() && !drops.is_away());
}

#[tokio::test]
async fn a_cluster_that_is_away_is_no_mistake_of_the_topic() {
    let nowhere = QuarantineConfig { brokers: "127.0.0.1:1".to_owned(), ..config() };
    let error = KafkaQuarantine::open(nowhere, Arc::new(SystemClock)).await.unwrap_err();
    assert!(error.is_away(), "{error}");
}
