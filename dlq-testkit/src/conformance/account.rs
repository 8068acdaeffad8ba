use dlq_core::DlqStatus;
use dlq_core::storage::{Account, DlqStorageExt};

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
