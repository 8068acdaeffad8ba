//! Quarantine on a real broker: what a storage refuses is kept byte for byte, and comes back as it was captured.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod rig;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use dlq_core::handler::{IntakeConfig, QuarantineRule};
use dlq_core::record::classify::ErrorClassifier;
use dlq_core::record::{Body, CapturedFrom, Content, SourcePartition};
use dlq_core::storage::{NotKept, Quarantine, Quarantined, Save, StorageError, StorageErrorKind};
use dlq_core::{DlqRecord, DlqStorage, MemoryStorage, Observers, SystemClock, Timestamp, TopicName};
use dlq_kafka::QuarantineError;
use dlq_kafka::dialect::DialectReader;
use dlq_kafka::quarantine::{KafkaQuarantine, QuarantineConfig, QuarantineReader};
use dlq_testkit::fault::Faulty;
use rig::{Letter, brokers, committed, consume, produce, start_intake, topic, topic_with, unique, until};

fn config() -> QuarantineConfig {
    QuarantineConfig::new(brokers(), TopicName::new(unique("quarantine")).unwrap())
}

async fn open(config: &QuarantineConfig) -> KafkaQuarantine {
    KafkaQuarantine::open(config.clone(), Arc::new(SystemClock)).await.unwrap()
}

fn record(offset: i64, headers: &[(&[u8], Option<&[u8]>)], key: Body<'_>, payload: Body<'_>) -> DlqRecord {
    let from = CapturedFrom {
        source: SourcePartition {
            cluster: "c1".into(),
            topic: TopicName::new("orders-dlt").unwrap(),
            partition: 3,
        }
        .into(),
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

/// A storage that refuses every record whose payload begins with `bad`.
fn refusing(memory: &Arc<dyn DlqStorage>) -> Arc<dyn DlqStorage> {
    Arc::new(Faulty::new(Arc::clone(memory)).refusing(|save| {
        let content = save.record().unwrap().captured.content.as_ref().unwrap();
        let bad = content.payload().bytes().is_some_and(|payload| payload.starts_with(b"bad"));
        bad.then(|| StorageError::new(StorageErrorKind::Capacity, "save_batch", "too large, as a test"))
    }))
}

async fn intake(config: &QuarantineConfig, per_minute: u32) -> IntakeConfig {
    let quarantine = Arc::new(open(config).await);
    let quarantine = Some(QuarantineRule { quarantine, per_minute });
    IntakeConfig { quarantine, ..IntakeConfig::default() }
}

fn letters(good: usize, bad: usize) -> Vec<Letter> {
    let letter = |kind: &str, n: usize| Letter::new("k", &format!("{kind} {n}")).header("trace", "01");
    (0..good).map(|n| letter("good", n)).chain((0..bad).map(|n| letter("bad", n))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_storage_refuses_goes_to_quarantine_and_its_partition_goes_on() {
    let (dead, group, config) = (topic("orders-dlt", 1).await, unique("dlq"), config());
    let memory: Arc<dyn DlqStorage> = Arc::new(MemoryStorage::new());
    let storage = refusing(&memory);
    produce(&dead, 0, &[letters(10, 3), letters(5, 0)].concat());
    let source_config = rig::config(&group, &[&dead]);
    let source = start_intake(source_config, intake(&config, 100).await, &storage, Observers::default());
    until("all is committed", async || committed(&group, &dead, 0) == Some(18)).await;
    source.stop().await;
    let account = memory.account().await.unwrap();
    assert_eq!((account.captured, account.stored, account.quarantined), (18, 15, 3));
    assert!(account.balances(), "{account:?}");

    let reader = QuarantineReader::open(config).await.unwrap();
    let entries = reader.list().await.unwrap();
    assert!(entries.iter().all(|entry| entry.reason.contains("too large, as a test")), "{entries:?}");
    let ids: Vec<_> = entries.iter().map(|entry| entry.id).collect();
    let imports = reader.records(&ids).await.unwrap().into_iter().map(Save::Import).collect();
    assert!(memory.save_batch(imports).await.unwrap().iter().all(Result::is_ok));
    reader.forget(&ids).await.unwrap();
    assert!(reader.list().await.unwrap().is_empty());
    let account = memory.account().await.unwrap();
    assert_eq!((account.stored, account.imported), (18, 3));
    assert!(account.balances(), "{account:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_at_once_hold_their_partition_and_no_other() {
    let (dead, group, config) = (topic("orders-dlt", 2).await, unique("dlq"), config());
    let memory: Arc<dyn DlqStorage> = Arc::new(MemoryStorage::new());
    let storage = refusing(&memory);
    produce(&dead, 0, &letters(1, 20));
    produce(&dead, 1, &letters(50, 0));
    let source_config = rig::config(&group, &[&dead]);
    let source = start_intake(source_config, intake(&config, 5).await, &storage, Observers::default());
    let reader = QuarantineReader::open(config).await.unwrap();
    until("as many are kept as may be", async || reader.list().await.unwrap().len() == 5).await;
    until("the other partition goes on", async || committed(&group, &dead, 1) == Some(50)).await;
    source.stop().await;
    assert_eq!(committed(&group, &dead, 0), None, "fifteen records are neither stored nor kept");
    assert_eq!(reader.list().await.unwrap().len(), 5, "and no more went there meanwhile");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_neither_storage_nor_quarantine_takes_is_offered_until_one_of_them_does() {
    let (dead, group) = (topic("orders-dlt", 1).await, unique("dlq"));
    let memory: Arc<dyn DlqStorage> = Arc::new(MemoryStorage::new());
    let away = Arc::new(Away::default());
    let rule = QuarantineRule { quarantine: Arc::clone(&away) as _, per_minute: 1_000 };
    let intake = IntakeConfig { quarantine: Some(rule), ..IntakeConfig::default() };
    produce(&dead, 0, &letters(3, 2));
    let storage = refusing(&memory);
    let source = start_intake(rig::config(&group, &[&dead]), intake, &storage, Observers::default());
    until("it was asked again", async || away.asked.load(Ordering::SeqCst) > 2).await;
    assert_eq!(committed(&group, &dead, 0), None);
    away.back.store(true, Ordering::SeqCst);
    until("all is committed", async || committed(&group, &dead, 0) == Some(5)).await;
    source.stop().await;
    assert_eq!(memory.account().await.unwrap().quarantined, 2);
}

/// A quarantine that keeps nothing until it is back.
#[derive(Debug, Default)]
struct Away {
    asked: AtomicU64,
    back: AtomicBool,
}

#[async_trait::async_trait]
impl Quarantine for Away {
    async fn keep(&self, refused: Vec<Quarantined>) -> Vec<Result<(), NotKept>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let back = self.back.load(Ordering::SeqCst);
        refused.iter().map(|_| if back { Ok(()) } else { Err(NotKept("as a test".to_owned())) }).collect()
    }
}
