//! MariaDB, which also takes no large packets.

use std::time::Duration;

use async_trait::async_trait;
use dlq_core::record::DlqRecord;
use dlq_core::storage::{DlqStorage, DlqStorageExt, Save, SaveOutcome, StorageErrorKind};
use dlq_testkit::fixture::{self, Draft, DraftBody};
use dlq_testkit::server::PrivateMariadb;
use sqlx::{Connection, MySqlConnection};
use uuid::Uuid;

use super::{Session, is_waited_for_and_still_read, storage_of, until_it_saves};

#[async_trait]
impl Session for MySqlConnection {
    async fn execute(&mut self, script: &'static str) {
        sqlx::raw_sql(script).execute(self).await.unwrap();
    }

    async fn lock(&mut self, id: Uuid) {
        let lock = sqlx::query("SELECT id FROM dlq_record WHERE id = ? FOR UPDATE").bind(id);
        lock.execute(self).await.unwrap();
    }

    async fn number(&mut self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(self).await.unwrap()
    }
}

async fn session(url: &str) -> MySqlConnection {
    MySqlConnection::connect(url).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stands_still_holds_nobody_and_is_used_again_when_it_goes_on() {
    let server = PrivateMariadb::start();
    let url = server.url();
    super::a_server_that_stands_still_holds_nobody_and_is_used_again_when_it_goes_on(server, &url).await;
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
    let mut admin = session(&server.admin_url()).await;
    admin.execute("SET GLOBAL read_only = 1").await;
    is_waited_for_and_still_read(&storage, "read_only").await;
    admin.execute("SET GLOBAL read_only = 0").await;
    assert_eq!(storage.save(fixture::record(1)).await.unwrap(), SaveOutcome::Stored { version: 1 });
    storage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_may_lose_what_was_acknowledged_are_told() {
    let server = PrivateMariadb::start();
    let storage = storage_of(&server.url()).await;
    assert_eq!(storage.health().await.unwrap(), Vec::<String>::new());
    let set = "SET GLOBAL innodb_flush_log_at_trx_commit = 2";
    session(&server.admin_url()).await.execute(set).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_loses_a_deadlock_is_done_again() {
    let server = PrivateMariadb::start();
    let storage = storage_of(&server.url()).await;
    let (mut other, third) = (session(&server.url()).await, session(&server.admin_url()).await);
    // It changed more rows than ours.
    let weight = "CREATE TABLE weight (n BIGINT); BEGIN; INSERT INTO weight SELECT seq FROM seq_1_to_1000";
    other.execute(weight).await;
    let waiting = "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'";
    super::a_transaction_that_loses_a_deadlock_is_done_again(storage, other, third, waiting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_of_the_same_records_in_opposite_orders_both_succeed() {
    let server = PrivateMariadb::start();
    let storage = storage_of(&server.url()).await;
    super::writers_of_the_same_records_in_opposite_orders_both_succeed(storage).await;
}
