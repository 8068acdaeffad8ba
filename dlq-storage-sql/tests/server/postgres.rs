//! PostgreSQL.

use async_trait::async_trait;
use dlq_core::storage::{DlqStorageExt, SaveOutcome};
use dlq_testkit::fixture;
use dlq_testkit::server::PrivatePostgres;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::{Session, is_waited_for_and_still_read, storage_of};

#[async_trait]
impl Session for PgConnection {
    async fn execute(&mut self, script: &'static str) {
        sqlx::raw_sql(script).execute(self).await.unwrap();
    }

    async fn lock(&mut self, id: Uuid) {
        let lock = sqlx::query("SELECT id FROM dlq_record WHERE id = $1 FOR UPDATE").bind(id);
        lock.execute(self).await.unwrap();
    }

    async fn number(&mut self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(self).await.unwrap()
    }
}

async fn session(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stands_still_holds_nobody_and_is_used_again_when_it_goes_on() {
    let server = PrivatePostgres::start();
    let url = server.url();
    super::a_server_that_stands_still_holds_nobody_and_is_used_again_when_it_goes_on(server, &url).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_no_writes_is_waited_for() {
    let server = PrivatePostgres::start();
    let storage = storage_of(&server.url()).await;
    let mut other = session(&server.url()).await;
    other.execute("ALTER DATABASE postgres SET default_transaction_read_only = on").await;
    // Those who are connected already have read what the server's default was.
    other.execute(TERMINATE).await;
    is_waited_for_and_still_read(&storage, "default_transaction_read_only").await;
    let back = "BEGIN READ WRITE; \
                ALTER DATABASE postgres SET default_transaction_read_only = off; COMMIT";
    other.execute(back).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_loses_a_deadlock_is_done_again() {
    let server = PrivatePostgres::start();
    let (mut other, third) = (session(&server.url()).await, session(&server.url()).await);
    // It never looks for deadlocks itself.
    other.execute("SET deadlock_timeout = '1h'; BEGIN").await;
    let waiting = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted";
    let storage = storage_of(&server.url()).await;
    super::a_transaction_that_loses_a_deadlock_is_done_again(storage, other, third, waiting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_of_the_same_records_in_opposite_orders_both_succeed() {
    let server = PrivatePostgres::start();
    let storage = storage_of(&server.url()).await;
    super::writers_of_the_same_records_in_opposite_orders_both_succeed(storage).await;
}
