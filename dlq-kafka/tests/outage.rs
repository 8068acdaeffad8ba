//! Capture while the storage is away, or refuses a record.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod rig;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dlq_core::record::{Change, DlqStatus, WorkerId};
use dlq_core::storage::{
    ClaimRequest, ClaimSelect, Outcome, QueryCriteria, Save, StorageError, StorageErrorKind,
};
use dlq_core::{DlqEvent, DlqStorage, DlqStorageExt, MemoryStorage, Observers};
use dlq_kafka::source::SourceConfig;
use dlq_testkit::fault::Faulty;
use futures_util::TryStreamExt;
use rig::{Letter, committed, config, produce, start, start_with, stored, topic, unique, until};

fn numbered(count: usize) -> Vec<Letter> {
    (0..count).map(|n| Letter::new("k", &n.to_string())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_storage_is_away_nothing_is_committed_and_nothing_lost() {
    let dead = topic("orders-dlt", 1).await;
    let away = Arc::new(AtomicBool::new(true));
    let memory: Arc<dyn DlqStorage> = Arc::new(MemoryStorage::new());
    let is_away = Arc::clone(&away);
    let faulty = Arc::new(Faulty::new(Arc::clone(&memory)).failing(move |method| {
        let fails = method == "save_batch" && is_away.load(Ordering::SeqCst);
        fails.then(|| StorageError::new(StorageErrorKind::Connection, "save_batch", "as a test"))
    }));
    let storage: Arc<dyn DlqStorage> = Arc::clone(&faulty) as _;
    let group = unique("dlq");
    produce(&dead, 0, &numbered(20_000));
    let source = start(config(&group, &[&dead]), &storage);
    until("the storage was asked again and again", async || faulty.asked() > 6).await;
    assert_eq!(committed(&group, &dead, 0), None);
    assert_eq!(stored(&memory).await, 0);
    away.store(false, Ordering::SeqCst);
    until("all are stored", async || stored(&memory).await == 20_000).await;
    source.stop().await;
    assert_eq!(committed(&group, &dead, 0), Some(20_000));
    assert!(memory.account().await.unwrap().balances());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_record_holds_its_partition_and_no_other() {
    let dead = topic("orders-dlt", 2).await;
    let refuses = Arc::new(AtomicBool::new(true));
    let still = Arc::clone(&refuses);
    let memory: Arc<dyn DlqStorage> = Arc::new(MemoryStorage::new());
    let is_bad = |save: &Save| {
        let captured = &save.record().unwrap().captured;
        captured.content.as_ref().unwrap().payload_text().as_deref() == Some("bad")
    };
    let faulty = Faulty::new(Arc::clone(&memory)).refusing(move |save| {
        let refused = is_bad(save) && still.load(Ordering::SeqCst);
        refused.then(|| StorageError::new(StorageErrorKind::Capacity, "save_batch", "too large, as a test"))
    });
    let storage: Arc<dyn DlqStorage> = Arc::new(faulty);
    let group = unique("dlq");
    produce(&dead, 0, &[numbered(5), vec![Letter::new("k", "bad")], numbered(5)].concat());
    produce(&dead, 1, &numbered(100));
    let source = start(config(&group, &[&dead]), &storage);
    until("the other partition goes on", async || committed(&group, &dead, 1) == Some(100)).await;
    assert_eq!(committed(&group, &dead, 0), None, "nothing at or above the refused record's batch");
    refuses.store(false, Ordering::SeqCst);
    until("the held partition goes on", async || committed(&group, &dead, 0) == Some(11)).await;
    source.stop().await;
    let all: BTreeSet<_> = memory
        .stream(QueryCriteria::default(), false)
        .map_ok(|record| record.id)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(all.len(), 111);
    assert!(memory.account().await.unwrap().balances());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stored_and_since_sent_home_is_not_reset_by_its_redelivery() {
    let (home, dead) = (topic("orders", 1).await, topic("orders-dlt", 1).await);
    let memory: Arc<dyn DlqStorage> = Arc::new(MemoryStorage::new());
    // As if the process had died after storing and before every watermark and commit.
    let no_watermark = Faulty::new(Arc::clone(&memory)).failing(|method| {
        let fails = method == "advance";
        fails.then(|| StorageError::new(StorageErrorKind::Connection, "advance", "as a test"))
    });
    let group = unique("dlq");
    produce(&dead, 0, &[Letter::new("k", "v").spring(&home, 0, 1)]);
    let source = start(config(&group, &[&dead]), &(Arc::new(no_watermark) as Arc<dyn DlqStorage>));
    until("it is stored", async || stored(&memory).await == 1).await;
    source.stop().await;
    assert_eq!(committed(&group, &dead, 0), None);

    let request = ClaimRequest {
        select: ClaimSelect::Matching { criteria: Box::default(), after: None },
        ..ClaimRequest::due(WorkerId("test".to_owned()))
    };
    let claimed = memory.claim(&request).await.unwrap().remove(0);
    memory.complete(&claimed, Outcome::Delivered(None), Change::by("user:test")).await.unwrap();
    let before = memory.find_by_id(claimed.id).await.unwrap().unwrap();

    let source = start(config(&group, &[&dead]), &memory);
    until("it is delivered again", async || committed(&group, &dead, 0) == Some(1)).await;
    source.stop().await;
    let after = memory.find_by_id(claimed.id).await.unwrap().unwrap();
    assert_eq!((after.version, after.progress.clone()), (before.version, before.progress));
    assert_eq!(after.progress.status, DlqStatus::Success);
    let account = memory.account().await.unwrap();
    assert_eq!((account.captured, account.stored), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_that_was_given_back_while_paused_is_read_when_it_returns() {
    let dead = topic("orders-dlt", 2).await;
    let away = Arc::new(AtomicBool::new(true));
    let is_away = Arc::clone(&away);
    let memory: Arc<dyn DlqStorage> = Arc::new(MemoryStorage::new());
    let faulty: Arc<dyn DlqStorage> = Arc::new(Faulty::new(Arc::clone(&memory)).failing(move |method| {
        let fails = method == "save_batch" && is_away.load(Ordering::SeqCst);
        fails.then(|| StorageError::new(StorageErrorKind::Connection, "save_batch", "as a test"))
    }));
    let group = unique("dlq");
    let patient = SourceConfig { drain_timeout: Duration::from_secs(1), ..config(&group, &[&dead]) };
    for partition in 0..2 {
        produce(&dead, partition, &numbered(20_000));
    }
    let (observers, paused) = listening_for_a_pause();
    let one = start_with(patient, &faulty, observers);
    until("everything is paused", async || paused.load(Ordering::SeqCst)).await;
    let two = start(config(&group, &[&dead]), &memory);
    until("the other has a partition and reads it", async || stored(&memory).await == 20_000).await;
    away.store(false, Ordering::SeqCst);
    until("all of both is stored", async || stored(&memory).await == 40_000).await;
    two.stop().await;
    for partition in 0..2 {
        produce(&dead, partition, &numbered(10));
    }
    until("both partitions are read again", async || stored(&memory).await == 40_020).await;
    one.stop().await;
    assert!(memory.account().await.unwrap().balances());
}

fn listening_for_a_pause() -> (Observers, Arc<AtomicBool>) {
    let paused = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&paused);
    let listener = move |event: &DlqEvent<'_>| {
        if matches!(event, DlqEvent::Paused) {
            heard.store(true, Ordering::SeqCst);
        }
    };
    (Observers::default().with(Arc::new(listener)), paused)
}
