use std::time::Duration;

use dlq_core::DlqStatus;
use dlq_core::storage::{Account, Advance, DlqStorageExt, Save, SaveOutcome};

use super::StoreUnderTest;
use super::audit::audit;
use super::prepare::change;
use crate::fixture::{self, Draft, advance};

pub async fn an_empty_store_has_empty_books(store: &StoreUnderTest) {
    assert_eq!(store.account().await.unwrap(), Account::default());
}

pub async fn submitted_records_are_counted_when_stored(store: &StoreUnderTest) {
    let record = Draft { from: None, ..Draft::new(1) }.record();
    store.save(record.clone()).await.unwrap();
    store.save(record).await.unwrap();
    let account = store.account().await.unwrap();
    assert_eq!((account.submitted, account.captured, account.stored), (1, 0, 1));
    assert!(account.balances());
}

pub async fn captured_records_are_counted_by_the_watermark(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..10)).await;
    let account = store.account().await.unwrap();
    assert_eq!((account.submitted, account.captured, account.stored), (0, 0, 10));
    store.advance(&advance(0, 0, 6)).await.unwrap();
    store.advance(&advance(1, 0, 4)).await.unwrap();
    let account = store.account().await.unwrap();
    assert_eq!((account.captured, account.arrived()), (10, 10));
    assert!(account.balances(), "{account:?}");
}

pub async fn imported_records_are_counted_when_stored(store: &StoreUnderTest) {
    let import = || fixture::records(0..3).into_iter().map(Save::Import).collect();
    for stored in [SaveOutcome::Stored { version: 1 }, SaveOutcome::AlreadyThere] {
        let answers = store.save_batch(import()).await.unwrap();
        assert!(answers.into_iter().all(|answer| answer.unwrap() == stored));
    }
    let account = store.account().await.unwrap();
    assert_eq!((account.imported, account.captured, account.submitted, account.stored), (3, 0, 0, 3));
    assert!(account.balances(), "{account:?}");
    audit(&**store).await;
}

pub async fn an_import_keeps_progress_but_no_lease(store: &StoreUnderTest) {
    let claimed = store.bring_to(1, DlqStatus::Retrying).await;
    let skipped = store.bring_to(2, DlqStatus::Skipped).await;
    store.clear(&change()).await.unwrap();
    store.pass(Duration::from_secs(3_600));
    store.clear(&change()).await.unwrap();
    store.save_batch(vec![Save::Import(claimed.clone()), Save::Import(skipped.clone())]).await.unwrap();
    let (back, other) = (store.read(claimed.id).await, store.read(skipped.id).await);
    assert_eq!((back.progress.status, &back.progress.lease, back.progress.due_at), (DlqStatus::Pending, &None, None));
    assert_eq!((other.progress.status, other.version), (DlqStatus::Skipped, 1));
    assert_eq!(other.progress.updated_at, skipped.progress.updated_at);
    audit(&**store).await;
}

pub async fn what_quarantine_keeps_is_counted_by_the_watermark(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..6)).await;
    for advance in [advance(0, 0, 6), Advance { quarantined: 2, ..advance(0, 6, 8) }] {
        store.advance(&advance).await.unwrap();
        store.advance(&advance).await.unwrap();
    }
    let account = store.account().await.unwrap();
    assert_eq!((account.captured, account.stored, account.quarantined), (8, 6, 2));
    assert!(account.balances(), "{account:?}");
}

pub async fn every_status_is_counted(store: &StoreUnderTest) {
    for (number, status) in (0..).zip(DlqStatus::ALL) {
        store.bring_to(number, status).await;
    }
    let account = store.account().await.unwrap();
    assert_eq!((account.by_status, account.open()), ([1; 7], 4));
    audit(&**store).await;
}

pub async fn what_is_purged_stays_in_the_books(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..4)).await;
    store.advance(&advance(0, 0, 4)).await.unwrap();
    store.clear(&change()).await.unwrap();
    let account = store.account().await.unwrap();
    assert_eq!((account.stored, account.purged, account.open()), (4, 4, 0));
    assert!(account.balances(), "{account:?}");
}

pub async fn another_handle_reads_the_same_books(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..4)).await;
    let account = store.account().await.unwrap();
    assert_eq!(store.another_handle().await.account().await.unwrap(), account);
}
