//! What is remembered for those who repeat themselves does not grow for ever.
#![expect(clippy::unwrap_used, reason = "a test whose store does not answer fails")]

mod shelf;

use std::sync::Arc;
use std::time::Duration;

use dlq_core::record::{Change, Delivered, DlqRecord, RecordId, WorkerId};
use dlq_core::storage::{ClaimRequest, Outcome, QueryCriteria, Save, SaveOutcome, Settle, Settlement};
use dlq_core::{DlqStorage, DlqStorageExt, ManualClock};
use dlq_storage_keyed::{KeyedStorage, Space};
use dlq_testkit::conformance::audit;
use dlq_testkit::fixture::{Draft, START, origin_at, position};

use shelf::Shelf;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const SHARDS: usize = 3;

async fn store() -> (Shelf, KeyedStorage<Shelf>, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(START));
    let shelf = Shelf::of_shards(SHARDS).at(Arc::clone(&clock) as _);
    let storage = KeyedStorage::connect(&shelf).await.unwrap();
    (shelf, storage, clock)
}

#[tokio::test]
async fn bulk_changes_are_forgotten_after_a_month() {
    let (shelf, storage, clock) = store().await;
    for number in 0..30 {
        storage.save(Draft::new(number).record()).await.unwrap();
    }
    let (hold, release) = (Change::by("user:anna"), Change::by("user:anna"));
    let all = QueryCriteria::default();
    assert_eq!(storage.hold(&all, &hold).await.unwrap().changed, 30);
    clock.advance(DAY * 29);
    assert_eq!(storage.release(&all, &release).await.unwrap().changed, 30);
    assert_eq!(storage.hold(&all, &hold).await.unwrap().changed, 30, "as it was answered first");
    clock.advance(DAY * 2);
    storage.hold(&all, &Change::by("user:anna")).await.unwrap();
    assert_eq!(shelf.count(Space::Bulk), 2 * SHARDS, "the first is forgotten");
    clock.advance(DAY * 40);
    storage
        .release(&QueryCriteria::builder().ids([RecordId::MIN]).build(), &Change::by("user:anna"))
        .await
        .unwrap();
    assert_eq!((shelf.count(Space::Bulk), shelf.count(Space::Noted)), (0, 0));
}

async fn sent(storage: &KeyedStorage<Shelf>, number: u32) -> DlqRecord {
    storage.save(Draft::new(number).due(Duration::ZERO).record()).await.unwrap();
    let record = storage.claim(&ClaimRequest::due(WorkerId("w".to_owned()))).await.unwrap().remove(0);
    let at = Delivered { partition: 0, offset: number.into() };
    let settle = Settle::Complete(Outcome::Delivered(Some(at)));
    let settlement =
        Settlement { id: record.id, token: record.progress.fence, settle, change: Change::by("worker:w") };
    storage.settle(vec![settlement]).await.unwrap().remove(0).unwrap();
    record
}

fn letter(sent: &DlqRecord, number: u32) -> Save {
    let target = sent.captured.origin.topic.clone().unwrap();
    let origin = origin_at(position(&target, Delivered { partition: 0, offset: number.into() }));
    Save::Arrival { record: Draft { origin, ..Draft::new(100 + number) }.record(), claim: None }
}

#[tokio::test]
async fn returns_are_forgotten_after_a_month_and_recognised_all_the_same() {
    let (shelf, storage, clock) = store().await;
    let (first, second) = (sent(&storage, 1).await, sent(&storage, 2).await);
    let returned = |record| SaveOutcome::Returned { record, attempt: 1 };
    let arrive = async |letter: Save| storage.save_batch(vec![letter]).await.unwrap().remove(0).unwrap();
    assert_eq!(arrive(letter(&first, 1)).await, returned(first.id));
    clock.advance(DAY * 32);
    assert_eq!(arrive(letter(&second, 2)).await, returned(second.id));
    assert_eq!((shelf.count(Space::Returns), shelf.count(Space::Noted)), (1, 1));
    let before = storage.account().await.unwrap();
    assert_eq!(arrive(letter(&first, 1)).await, returned(first.id), "its record knows it");
    assert_eq!(storage.account().await.unwrap(), before, "and it is counted once");
    audit(&storage).await;
}
