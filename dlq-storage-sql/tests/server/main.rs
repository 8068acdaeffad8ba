//! A server that dies, stands still, takes no writes, or gives up one of two in a deadlock.
#![cfg(any(feature = "postgres", feature = "mysql"))]
#![expect(clippy::unwrap_used, reason = "a test without its server fails")]

#[cfg(feature = "mysql")]
mod mariadb;
#[cfg(feature = "postgres")]
mod postgres;

use std::time::{Duration, Instant};

use async_trait::async_trait;
use dlq_core::record::{Change, DlqStatus};
use dlq_core::storage::{
    DlqStorage, DlqStorageExt, Patch, QueryCriteria, Save, SaveOutcome, StorageErrorKind, StorageResult,
};
use dlq_storage_sql::{SqlConfig, SqlStorage};
use dlq_testkit::fixture;
use dlq_testkit::server::{Kind, Private};
use uuid::Uuid;

/// Patience of the tests themselves.
const SOON: Duration = Duration::from_secs(60);
/// What a server tells of its transactions is no younger than this.
const LOOK: Duration = Duration::from_millis(110);

async fn storage_of(url: &str) -> SqlStorage {
    let config = SqlConfig::from_url(url).unwrap().connections(3);
    let config = config.acquire_timeout(Duration::from_secs(2)).statement_timeout(Duration::from_secs(2));
    SqlStorage::connect(&config).await.unwrap()
}

/// A connection beside those of the storage.
#[async_trait]
trait Session {
    async fn execute(&mut self, script: &'static str);

    /// Holds a record until its transaction ends.
    async fn lock(&mut self, id: Uuid);

    /// The one number that a query answers.
    async fn number(&mut self, query: &'static str) -> i64;
}

/// Saves records 1 to 12 at once: more than there are connections, so that whoever waits in vain must not keep its place.
fn save_twelve(storage: &SqlStorage) -> Vec<tokio::task::JoinHandle<StorageResult<SaveOutcome>>> {
    let save = |number| {
        let storage = storage.clone();
        tokio::spawn(async move { storage.save(fixture::record(number)).await })
    };
    (1..=12).map(save).collect()
}

async fn until_it_saves(storage: &SqlStorage) {
    let since = Instant::now();
    while let Err(error) = storage.save(fixture::record(1)).await {
        assert!(error.is_temporary(), "{error}");
        assert!(since.elapsed() < SOON, "the storage does not recover: {error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn a_server_that_stands_still_holds_nobody_and_is_used_again_when_it_goes_on<K: Kind>(
    server: Private<K>,
    url: &str,
) {
    let storage = storage_of(url).await;
    storage.save(fixture::record(0)).await.unwrap();
    server.freeze();
    for answer in save_twelve(&storage) {
        let error = tokio::time::timeout(SOON, answer).await.unwrap().unwrap().unwrap_err();
        assert!(error.is_temporary(), "{error}");
        assert!(matches!(error.kind(), StorageErrorKind::Timeout | StorageErrorKind::Connection), "{error}");
    }
    server.thaw();
    until_it_saves(&storage).await;
    // Every connection is there again.
    for answer in save_twelve(&storage) {
        answer.await.unwrap().unwrap();
    }
    assert_eq!(storage.account().await.unwrap().stored, 13);
    storage.close().await;
}

/// The server takes no writes for now, by this setting.
async fn is_waited_for_and_still_read(storage: &SqlStorage, setting: &str) {
    let error = storage.save(fixture::record(1)).await.unwrap_err();
    assert_eq!((error.kind(), error.is_temporary()), (&StorageErrorKind::AccessDenied, true), "{error}");
    assert!(error.to_string().contains(setting), "{error}");
    assert_eq!(storage.find_by_id(fixture::record(1).id).await.unwrap(), None, "it is still read");
    assert_eq!(*storage.health().await.unwrap_err().kind(), StorageErrorKind::AccessDenied);
}

/// Another, which has begun a transaction so that it is ours that is given up, holds the second record, and then asks for
/// the first, which our transaction holds. A third looks how many wait.
async fn a_transaction_that_loses_a_deadlock_is_done_again(
    storage: SqlStorage,
    mut other: impl Session,
    mut third: impl Session,
    waiting: &'static str,
) {
    let mut records = [fixture::record(1), fixture::record(2)];
    records.sort_by_key(|record| record.id);
    for record in &records {
        storage.save(record.clone()).await.unwrap();
    }
    other.lock(records[1].id.as_uuid()).await;
    let criteria = QueryCriteria::builder().ids(records.iter().map(|record| record.id)).build();
    let skipping = tokio::spawn({
        let storage = storage.clone();
        let skip = Patch::to(DlqStatus::Skipped);
        async move { storage.bulk_update(&criteria, &skip, &Change::by("user:anna")).await }
    });
    let since = Instant::now();
    while third.number(waiting).await == 0 {
        assert!(since.elapsed() < SOON, "our transaction does not wait");
        tokio::time::sleep(LOOK).await;
    }
    other.lock(records[0].id.as_uuid()).await;
    other.execute("ROLLBACK").await;
    assert_eq!(skipping.await.unwrap().unwrap().changed, 2);
    storage.close().await;
}

/// Two who write the same records, each in its own order.
async fn writers_of_the_same_records_in_opposite_orders_both_succeed(storage: SqlStorage) {
    for round in 0..20 {
        let records = fixture::records(round * 100..round * 100 + 100);
        let there = records.iter().cloned().map(Save::New).collect();
        let back = records.iter().rev().cloned().map(Save::New).collect();
        let (there, back) = tokio::join!(storage.save_batch(there), storage.save_batch(back));
        let stored = there.unwrap().into_iter().chain(back.unwrap()).map(Result::unwrap);
        assert_eq!(stored.filter(|outcome| matches!(outcome, SaveOutcome::Stored { .. })).count(), 100);
    }
    storage.close().await;
}
