//! A PostgreSQL that stands still, takes no writes, or is left alone in a deadlock.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test without its server fails")]

use std::time::{Duration, Instant};

use dlq_core::record::{Change, DlqStatus};
use dlq_core::storage::{
    DlqStorage, DlqStorageExt, Patch, QueryCriteria, Save, SaveOutcome, StorageErrorKind,
};
use dlq_storage_sql::{SqlConfig, SqlStorage};
use dlq_testkit::fixture;
use dlq_testkit::server::PrivatePostgres;
use sqlx::{Connection, PgConnection};

/// Patience of the tests themselves.
const SOON: Duration = Duration::from_secs(60);

async fn storage_of(url: &str) -> SqlStorage {
    let config = SqlConfig::from_url(url).unwrap().connections(3);
    let config = config.acquire_timeout(Duration::from_secs(2)).statement_timeout(Duration::from_secs(2));
    SqlStorage::connect(&config).await.unwrap()
}

async fn execute(url: &str, script: &'static str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(script).execute(&mut connection).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stands_still_holds_nobody_and_is_used_again_when_it_goes_on() {
    let server = PrivatePostgres::start();
    let storage = storage_of(&server.url()).await;
    storage.save(fixture::record(0)).await.unwrap();
    server.freeze();
    // More callers than connections: whoever waits in vain must not keep its place.
    let asked = (1..=12).map(|number| {
        let storage = storage.clone();
        tokio::spawn(async move { storage.save(fixture::record(number)).await })
    });
    for answer in asked.collect::<Vec<_>>() {
        let error = tokio::time::timeout(SOON, answer).await.unwrap().unwrap().unwrap_err();
        assert!(error.is_temporary(), "{error}");
        assert!(matches!(error.kind(), StorageErrorKind::Timeout | StorageErrorKind::Connection), "{error}");
    }
    server.thaw();
    let since = Instant::now();
    while storage.save(fixture::record(1)).await.is_err() {
        assert!(since.elapsed() < SOON, "the storage does not recover");
    }
    // Every connection is there again.
    let asked = (1..=12).map(|number| {
        let storage = storage.clone();
        tokio::spawn(async move { storage.save(fixture::record(number)).await })
    });
    for answer in asked.collect::<Vec<_>>() {
        answer.await.unwrap().unwrap();
    }
    assert_eq!(storage.account().await.unwrap().stored, 13);
    storage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_no_writes_is_waited_for() {
    let server = PrivatePostgres::start();
    let storage = storage_of(&server.url()).await;
    execute(&server.url(), "ALTER DATABASE postgres SET default_transaction_read_only = on").await;
    // Those who are connected already have read what the server's default was.
    execute(&server.url(), TERMINATE).await;
    let error = storage.save(fixture::record(1)).await.unwrap_err();
    assert_eq!((error.kind(), error.is_temporary()), (&StorageErrorKind::AccessDenied, true), "{error}");
    assert!(error.to_string().contains("default_transaction_read_only"), "{error}");
    assert_eq!(storage.find_by_id(fixture::record(1).id).await.unwrap(), None, "it is still read");
    let health = storage.health().await.unwrap_err();
    assert_eq!(*health.kind(), StorageErrorKind::AccessDenied);
    let back = "BEGIN READ WRITE; \
                ALTER DATABASE postgres SET default_transaction_read_only = off; COMMIT";
    execute(&server.url(), back).await;
    // A connection that was refused is not used again: one of now may lead to another server. Each of the three may still
    // be of before.
    let mut stored = None;
    for _ in 0..=3 {
        stored = stored.or(storage.save(fixture::record(1)).await.ok());
    }
    assert_eq!(stored, Some(SaveOutcome::Stored { version: 1 }));
    storage.close().await;
}

const TERMINATE: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
    WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";

/// Another holds the second record, and then asks for the first, which our transaction holds.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_loses_a_deadlock_is_done_again() {
    let server = PrivatePostgres::start();
    let storage = storage_of(&server.url()).await;
    let mut records = [fixture::record(1), fixture::record(2)];
    records.sort_by_key(|record| record.id);
    for record in &records {
        storage.save(record.clone()).await.unwrap();
    }
    let mut other = PgConnection::connect(&server.url()).await.unwrap();
    // It never looks for deadlocks itself, so that it is ours that is given up.
    sqlx::raw_sql("SET deadlock_timeout = '1h'; BEGIN").execute(&mut other).await.unwrap();
    lock(&mut other, records[1].id.as_uuid()).await;
    let ids = records.iter().map(|record| record.id);
    let criteria = QueryCriteria::builder().ids(ids).build();
    let skipping = tokio::spawn({
        let storage = storage.clone();
        let skip = Patch::to(DlqStatus::Skipped);
        async move { storage.bulk_update(&criteria, &skip, &Change::by("user:anna")).await }
    });
    let waiting = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted";
    let since = Instant::now();
    while number(&server.url(), waiting).await == 0 {
        assert!(since.elapsed() < SOON, "our transaction does not wait");
    }
    lock(&mut other, records[0].id.as_uuid()).await;
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    let outcome = skipping.await.unwrap().unwrap();
    assert_eq!(outcome.changed, 2);
    storage.close().await;
}

async fn lock(connection: &mut PgConnection, id: uuid::Uuid) {
    let lock = sqlx::query("SELECT id FROM dlq_record WHERE id = $1 FOR UPDATE").bind(id);
    lock.execute(connection).await.unwrap();
}

async fn number(url: &str, query: &'static str) -> i64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let (number,): (i64,) = sqlx::query_as(query).fetch_one(&mut connection).await.unwrap();
    number
}

/// Two who write the same records, each in its own order.
#[tokio::test(flavor = "multi_thread")]
async fn writers_of_the_same_records_in_opposite_orders_both_succeed() {
    let server = PrivatePostgres::start();
    let storage = storage_of(&server.url()).await;
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
