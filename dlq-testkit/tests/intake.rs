//! The intake on a storage that fails: every record is stored or handed back, and none is dropped.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use dlq_core::handler::{Batch, Budget, Intake, IntakeConfig, Receipt};
use dlq_core::record::Change;
use dlq_core::storage::memory::MemoryConfig;
use dlq_core::storage::{Save, StorageError, StorageErrorKind};
use dlq_core::{DlqEvent, DlqStorage, DlqStorageExt, MemoryStorage, Observers, SystemClock};
use dlq_testkit::fault::Faulty;
use dlq_testkit::fixture;
use tokio::sync::Notify;

fn error(kind: StorageErrorKind) -> StorageError {
    StorageError::new(kind, "save_batch", "as a test")
}

fn memory() -> Arc<dyn DlqStorage> {
    Arc::new(MemoryStorage::new())
}

/// What the intake answers to one batch of ten records.
async fn receipt_of(storage: Arc<dyn DlqStorage>) -> Receipt<&'static str> {
    receipt_told(storage, Observers::default()).await
}

/// The same, while others listen.
async fn receipt_told(storage: Arc<dyn DlqStorage>, observers: Observers) -> Receipt<&'static str> {
    let config = IntakeConfig { retry_min: Duration::from_millis(1), ..IntakeConfig::default() };
    let (mut handle, _writers) = Intake::start(storage, observers, config);
    let budget = Budget::new(1 << 20);
    let saves = (0..10).map(|n| Save::New(fixture::record(n))).collect();
    let batch = Batch { saves, ticket: "ticket", permit: budget.take(1000).unwrap(), since: Instant::now() };
    handle.batches.send(batch).await.unwrap();
    let receipt = handle.receipts.recv().await.unwrap();
    assert_eq!(budget.used(), 0, "the budget is free again");
    receipt
}

#[tokio::test]
async fn a_storage_that_does_not_answer_is_asked_until_it_does() {
    let (memory, calls) = (memory(), AtomicU32::new(0));
    let faulty = Faulty::new(Arc::clone(&memory)).failing(move |_| {
        let fails = calls.fetch_add(1, Ordering::SeqCst) < 3;
        fails.then(|| error(StorageErrorKind::Connection))
    });
    let receipt = receipt_of(Arc::new(faulty)).await;
    assert_eq!((receipt.ticket, receipt.refused.len()), ("ticket", 0));
    assert_eq!(memory.account().await.unwrap().stored, 10);
}

#[tokio::test]
async fn what_is_refused_for_good_is_handed_back_and_what_is_not_is_offered_again() {
    let (memory, times) = (memory(), AtomicU32::new(0));
    let (bad, slow) = (fixture::record(3).id, fixture::record(5).id);
    let faulty = Faulty::new(Arc::clone(&memory)).refusing(move |save| match save.id() {
        id if id == bad => Some(error(StorageErrorKind::Capacity)),
        id if id == slow && times.fetch_add(1, Ordering::SeqCst) < 2 => {
            Some(error(StorageErrorKind::Transaction))
        }
        _ => None,
    });
    let receipt = receipt_of(Arc::new(faulty)).await;
    let refused: Vec<_> = receipt.refused.iter().map(|refusal| refusal.save.id()).collect();
    assert_eq!(refused, [bad]);
    assert_eq!(memory.account().await.unwrap().stored, 9);
}

#[tokio::test]
async fn a_batch_is_cut_to_what_the_storage_takes() {
    let memory = memory();
    let faulty = Faulty::new(Arc::clone(&memory)).taking_at_most(3);
    assert!(receipt_of(Arc::new(faulty)).await.refused.is_empty());
    assert_eq!(memory.account().await.unwrap().stored, 10);
}

#[tokio::test]
async fn a_storage_that_is_full_is_told_of_and_asked_until_there_is_room() {
    let config = MemoryConfig { records_max: Some(6), ..MemoryConfig::default() };
    let memory = Arc::new(MemoryStorage::with_config(config, Arc::new(SystemClock)).unwrap());
    let full = Arc::new(Notify::new());
    let observers = Observers::default().with(Arc::new({
        let full = Arc::clone(&full);
        move |event: &DlqEvent<'_>| {
            if let DlqEvent::StoreUnavailable { error, .. } = event {
                assert!(error.to_string().contains("the store is full"), "{error}");
                full.notify_one();
            }
        }
    }));
    let purge = async {
        full.notified().await;
        memory.clear(&Change::by("user:a")).await.unwrap()
    };
    let (receipt, purged) = tokio::join!(receipt_told(Arc::clone(&memory) as _, observers), purge);
    assert_eq!((receipt.refused.len(), purged.changed), (0, 6));
    assert_eq!(memory.account().await.unwrap().stored, 10);
}
