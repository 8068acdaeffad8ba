//! A MariaDB that dies, stands still, takes no writes, takes no large packets, or gives up one of two in a deadlock.
#![cfg(feature = "mysql")]
#![expect(clippy::unwrap_used, reason = "a test without its server fails")]

use std::time::{Duration, Instant};

use dlq_core::record::{Change, DlqRecord, DlqStatus};
use dlq_core::storage::{
    DlqStorage, DlqStorageExt, Patch, QueryCriteria, Save, SaveOutcome, StorageErrorKind,
};
use dlq_storage_sql::{SqlConfig, SqlStorage};
use dlq_testkit::fixture::{self, Draft, DraftBody};
use dlq_testkit::server::PrivateMariadb;
use sqlx::{AssertSqlSafe, Connection, MySqlConnection};

/// Patience of the tests themselves.
const SOON: Duration = Duration::from_secs(60);

async fn storage_of(url: &str) -> SqlStorage {
    let config = SqlConfig::from_url(url).unwrap().connections(3);
    let config = config.acquire_timeout(Duration::from_secs(2)).statement_timeout(Duration::from_secs(2));
    SqlStorage::connect(&config).await.unwrap()
}

async fn execute(url: &str, script: &str) {
    let mut connection = MySqlConnection::connect(url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(script.to_owned())).execute(&mut connection).await.unwrap();
}

async fn number(url: &str, query: &'static str) -> i64 {
    let mut connection = MySqlConnection::connect(url).await.unwrap();
    let (number,): (i64,) = sqlx::query_as(query).fetch_one(&mut connection).await.unwrap();
    number
}

/// Saves records 1 to 12 at once: more than there are connections, so that whoever waits in vain must not keep its place.
fn save_twelve(
    storage: &SqlStorage,
) -> Vec<tokio::task::JoinHandle<dlq_core::storage::StorageResult<SaveOutcome>>> {
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

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stands_still_holds_nobody_and_is_used_again_when_it_goes_on() {
    let server = PrivateMariadb::start();
    let storage = storage_of(&server.url()).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_after_the_server_was_killed() {
    let mut server = PrivateMariadb::start();
    let storage = storage_of(&server.url()).await;
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let writing = tokio::spawn({
            let storage = storage.clone();
            async move {
                let mut stored = Vec::new();
                for batch in 0.. {
                    let from = round * 1_000_000 + batch * 50;
                    let saves = fixture::records(from..from + 50).into_iter().map(Save::New).collect();
                    let Ok(answers) = storage.save_batch(saves).await else { return stored };
                    assert!(answers.iter().all(Result::is_ok));
                    stored.extend((from..from + 50).map(|number| fixture::record(number).id));
                }
                stored
            }
        });
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.kill9();
        acknowledged.extend(writing.await.unwrap());
        server.restart();
        until_it_saves(&storage).await;
    }
    assert!(!acknowledged.is_empty());
    for ids in acknowledged.chunks(1000) {
        assert!(storage.find_batch(ids).await.unwrap().iter().all(Option::is_some));
    }
    storage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_no_writes_is_waited_for() {
    let server = PrivateMariadb::start();
    let storage = storage_of(&server.url()).await;
    execute(&server.admin_url(), "SET GLOBAL read_only = 1").await;
    let error = storage.save(fixture::record(1)).await.unwrap_err();
    assert_eq!((error.kind(), error.is_temporary()), (&StorageErrorKind::AccessDenied, true), "{error}");
    assert!(error.to_string().contains("read_only"), "{error}");
    assert_eq!(storage.find_by_id(fixture::record(1).id).await.unwrap(), None, "it is still read");
    assert_eq!(*storage.health().await.unwrap_err().kind(), StorageErrorKind::AccessDenied);
    execute(&server.admin_url(), "SET GLOBAL read_only = 0").await;
    assert_eq!(storage.save(fixture::record(1)).await.unwrap(), SaveOutcome::Stored { version: 1 });
    storage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_may_lose_what_was_acknowledged_are_told() {
    let server = PrivateMariadb::start();
    let storage = storage_of(&server.url()).await;
    assert_eq!(storage.health().await.unwrap(), Vec::<String>::new());
    execute(&server.admin_url(), "SET GLOBAL innodb_flush_log_at_trx_commit = 2").await;
    let warnings = storage.health().await.unwrap();
    assert!(
        warnings.len() == 1 && warnings[0].contains("innodb_flush_log_at_trx_commit is 2"),
        "{warnings:?}"
    );
    storage.close().await;
}

/// A packet that is too large would end the connection, and with it everything else that it carries.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_beyond_the_largest_packet_is_refused_alone() {
    let server = PrivateMariadb::with(|_| vec!["--max-allowed-packet=1M".to_owned()]);
    let storage = storage_of(&server.url()).await;
    let of = |number: u32, bytes: usize| -> DlqRecord {
        Draft { payload: DraftBody::Present(vec![b'x'; bytes]), ..Draft::new(number) }.record()
    };
    // Together they are far larger than a packet.
    let records: Vec<_> =
        (0..100).map(|number| of(number, if number == 37 { 2 << 20 } else { 100_000 })).collect();
    let saves = records.iter().cloned().map(Save::New).collect();
    for (number, answer) in storage.save_batch(saves).await.unwrap().into_iter().enumerate() {
        match answer {
            Ok(outcome) => assert_eq!((number == 37, outcome), (false, SaveOutcome::Stored { version: 1 })),
            Err(error) => {
                assert_eq!((number, error.kind()), (37, &StorageErrorKind::Capacity));
                assert!(!error.is_temporary() && error.to_string().contains("max_allowed_packet"), "{error}");
            }
        }
    }
    let read = storage.find_batch(&[records[36].id, records[37].id]).await.unwrap();
    assert_eq!(read, [Some(records[36].clone()), None]);
    storage.close().await;
}

/// Another holds the second record, and then asks for the first, which our transaction holds.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_loses_a_deadlock_is_done_again() {
    let server = PrivateMariadb::start();
    let storage = storage_of(&server.url()).await;
    let mut records = [fixture::record(1), fixture::record(2)];
    records.sort_by_key(|record| record.id);
    for record in &records {
        storage.save(record.clone()).await.unwrap();
    }
    let mut other = MySqlConnection::connect(&server.url()).await.unwrap();
    // It changed more rows than ours, so that it is ours that is given up.
    let weight = "CREATE TABLE weight (n BIGINT); BEGIN; INSERT INTO weight SELECT seq FROM seq_1_to_1000";
    sqlx::raw_sql(weight).execute(&mut other).await.unwrap();
    lock(&mut other, records[1].id.as_uuid()).await;
    let ids = records.iter().map(|record| record.id);
    let criteria = QueryCriteria::builder().ids(ids).build();
    let skipping = tokio::spawn({
        let storage = storage.clone();
        let skip = Patch::to(DlqStatus::Skipped);
        async move { storage.bulk_update(&criteria, &skip, &Change::by("user:anna")).await }
    });
    let waiting = "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'";
    let since = Instant::now();
    while number(&server.admin_url(), waiting).await == 0 {
        assert!(since.elapsed() < SOON, "our transaction does not wait");
        // What the server tells of its transactions is no younger than this.
        tokio::time::sleep(Duration::from_millis(110)).await;
    }
    lock(&mut other, records[0].id.as_uuid()).await;
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    let outcome = skipping.await.unwrap().unwrap();
    assert_eq!(outcome.changed, 2);
    storage.close().await;
}

async fn lock(connection: &mut MySqlConnection, id: uuid::Uuid) {
    let lock = sqlx::query("SELECT id FROM dlq_record WHERE id = ? FOR UPDATE").bind(id);
    lock.execute(connection).await.unwrap();
}

/// Two who write the same records, each in its own order.
#[tokio::test(flavor = "multi_thread")]
async fn writers_of_the_same_records_in_opposite_orders_both_succeed() {
    let server = PrivateMariadb::start();
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
