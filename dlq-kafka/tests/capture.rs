//! Capture on a real broker: each record once, byte for byte, and nothing committed that is not stored.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod rig;

use std::sync::Arc;

use dlq_core::record::{Body, KnownBy};
use dlq_core::storage::{PageRequest, QueryCriteria, SourcePartition};
use dlq_core::{DlqRecord, DlqStorage, DlqStorageExt, MemoryStorage, TopicName};
use dlq_kafka::client::ClientProperties;
use futures_util::TryStreamExt;
use rig::{Letter, committed, config, produce, start, stored, topic, unique, until};

fn memory() -> Arc<dyn DlqStorage> {
    Arc::new(MemoryStorage::new())
}

async fn all(storage: &Arc<dyn DlqStorage>) -> Vec<DlqRecord> {
    storage.stream(QueryCriteria::default(), true).try_collect().await.unwrap()
}

fn numbered(count: usize, home: &TopicName) -> Vec<Letter> {
    let offset = |n: usize| i64::try_from(n).unwrap();
    (0..count)
        .map(|n| Letter::new(&format!("k{n}"), &format!("{{\"n\":{n}}}")).spring(home, 0, offset(n)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_letter_is_stored_once_and_committed() {
    let (home, dead) = (topic("orders", 1).await, topic("orders-dlt", 2).await);
    let (storage, group) = (memory(), unique("dlq"));
    produce(&dead, 0, &numbered(3000, &home));
    produce(&dead, 1, &numbered(10, &home));
    let source = start(config(&group, &[&dead]), &storage);
    until("3010 are stored", async || stored(&storage).await == 3010).await;
    source.stop().await;
    assert_eq!(committed(&group, &dead, 0), Some(3000));
    assert_eq!(committed(&group, &dead, 1), Some(10));
    let account = storage.account().await.unwrap();
    assert!(account.balances(), "{account:?}");
    let verified =
        dlq_kafka::verify::verify(rig::brokers(), ClientProperties::default(), Arc::clone(&storage), None)
            .await
            .unwrap();
    assert_eq!((verified.read, verified.found, verified.missing), (3010, 3010, 0));

    produce(&dead, 1, &numbered(5, &home));
    let source = start(config(&group, &[&dead]), &storage);
    until("5 more are stored", async || stored(&storage).await == 3015).await;
    source.stop().await;
    assert_eq!(storage.account().await.unwrap().captured, 3015);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_topics_of_many_partitions_are_all_committed() {
    const PARTITIONS: i32 = 4;
    let home = topic("orders", 1).await;
    let (storage, group) = (memory(), unique("dlq"));
    let mut dead = Vec::new();
    for name in ["orders-dlt", "bills-dlt", "parcels-dlt"] {
        let topic = topic(name, PARTITIONS).await;
        (0..PARTITIONS).for_each(|partition| produce(&topic, partition, &numbered(20, &home)));
        dead.push(topic);
    }
    let source = start(config(&group, &dead.iter().collect::<Vec<_>>()), &storage);
    until("all are counted", async || storage.account().await.unwrap().captured == 240).await;
    source.stop().await;
    for topic in &dead {
        (0..PARTITIONS).for_each(|partition| assert_eq!(committed(&group, topic, partition), Some(20)));
    }
    assert!(storage.account().await.unwrap().balances());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_below_the_watermark_is_not_captured_again() {
    let (home, dead) = (topic("orders", 1).await, topic("orders-dlt", 1).await);
    let storage = memory();
    produce(&dead, 0, &numbered(20, &home));
    let source = start(config(&unique("dlq"), &[&dead]), &storage);
    until("20 are stored", async || stored(&storage).await == 20).await;
    source.stop().await;
    let purge = dlq_core::record::Change::by("user:test");
    assert_eq!(storage.clear(&purge).await.unwrap().changed, 20);

    // Another group has no offsets: as if they had expired.
    produce(&dead, 0, &numbered(1, &home));
    let source = start(config(&unique("dlq"), &[&dead]), &storage);
    until("the new one is stored", async || stored(&storage).await == 21).await;
    source.stop().await;
    let account = storage.account().await.unwrap();
    assert_eq!((account.captured, account.purged), (21, 20), "nothing purged came back");
    assert!(account.balances(), "{account:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_are_kept_whatever_they_are() {
    let dead = topic("odd-dlt", 1).await;
    let storage = memory();
    let plain = Letter::new("k", "v");
    let letters = [
        Letter { payload: None, ..plain.clone() },
        Letter { payload: Some(Vec::new()), ..plain.clone() },
        Letter { key: None, ..plain.clone() },
        Letter { key: Some(Vec::new()), ..plain.clone() },
        plain.clone().header(b"\xFF\xFEname", b"\x00\x01").header("twice", "1").header("twice", "2"),
        Letter {
            headers: vec![(b"null".to_vec(), None), (b"empty".to_vec(), Some(Vec::new()))],
            ..plain.clone()
        },
        (0..10_000).fold(plain.clone(), |letter, n| letter.header(format!("h{n}"), "x")),
        Letter { payload: Some(vec![b'x'; 900_000]), ..plain },
    ];
    produce(&dead, 0, &letters);
    let source = start(config(&unique("dlq"), &[&dead]), &storage);
    until("all are stored", async || stored(&storage).await == letters.len() as u64).await;
    source.stop().await;

    let mut records = all(&storage).await;
    records.sort_by_key(|record| record.captured.from.as_ref().unwrap().offset);
    for (record, letter) in records.iter().zip(&letters) {
        let content = record.captured.content.as_ref().unwrap();
        let headers: Vec<_> =
            content.headers().map(|h| (h.name.to_vec(), h.value.map(<[u8]>::to_vec))).collect();
        assert_eq!(headers, letter.headers);
        assert_eq!(content.key(), Body::from(letter.key.as_deref()));
        assert_eq!(content.payload(), Body::from(letter.payload.as_deref()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_origin_is_what_spring_says() {
    let (home, dead) = (topic("orders", 1).await, topic("orders-dlt", 1).await);
    let storage = memory();
    produce(&dead, 0, &[Letter::new("k", "v").spring(&home, 0, 42), Letter::new("k", "v")]);
    let source = start(config(&unique("dlq"), &[&dead]), &storage);
    until("both are stored", async || stored(&storage).await == 2).await;
    source.stop().await;
    let page = storage.page(&PageRequest::new(QueryCriteria::by_topic(home.clone()))).await.unwrap();
    let origin = &page.records[0].captured.origin;
    assert_eq!(page.records.len(), 1, "the other's origin is unknown");
    assert_eq!((origin.offset, origin.known_by), (Some(42), Some(KnownBy::Headers)));
    assert_eq!(origin.consumer_group.as_deref(), Some("billing"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recreated_topic_is_a_new_generation_when_it_is_longer() {
    recreated(12).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recreated_topic_is_a_new_generation_when_it_is_shorter() {
    recreated(3).await;
}

async fn recreated(letters: usize) {
    let (home, dead) = (topic("orders", 1).await, topic("orders-dlt", 1).await);
    let storage = memory();
    produce(&dead, 0, &numbered(10, &home));
    let source = start(config(&unique("dlq"), &[&dead]), &storage);
    until("10 are stored", async || stored(&storage).await == 10).await;
    source.stop().await;

    rig::recreate(&dead).await;
    produce(&dead, 0, &numbered(letters, &home));
    let source = start(config(&unique("dlq"), &[&dead]), &storage);
    until("they are stored, too", async || stored(&storage).await == 10 + letters as u64).await;
    source.stop().await;
    let cluster = all(&storage).await[0].captured.from.as_ref().unwrap().source.cluster.clone();
    let partition = SourcePartition { cluster, topic: dead, partition: 0 };
    let watermark = storage.watermarks(&[partition]).await.unwrap().remove(0).unwrap();
    let (next, captured) = (i64::try_from(letters).unwrap(), 10 + letters as u64);
    assert_eq!((watermark.generation, watermark.next, watermark.captured), (1, next, captured));
    assert!(storage.account().await.unwrap().balances());
}
