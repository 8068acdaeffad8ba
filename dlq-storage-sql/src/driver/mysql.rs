//! MariaDB and MySQL: the pool.

use std::time::Duration;

use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, MySqlPool};

use crate::config::SqlConfig;

/// What a statement needs beside its values.
const ROOM: usize = 64 << 10;

/// The connections, and what the server says of them.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    pub(super) connections: MySqlPool,
    /// How many bytes of values a statement carries at most. The server ends a connection that brings more.
    pub(super) statement_bytes: usize,
}

pub(super) async fn connect(options: &MySqlConnectOptions, config: &SqlConfig) -> sqlx::Result<Pool> {
    let options = options
        .clone()
        // Of what is closed to make room for another, the driver tells in a packet of its own; the next then waits for
        // the other side's word about that one, 40 ms: https://github.com/launchbadge/sqlx/issues/4335
        .statement_cache_capacity(512)
        .pipes_as_concat(false)
        .no_engine_substitution(false);
    let options = match &config.schema {
        None => options,
        Some(schema) => {
            make_schema(&options, schema).await?;
            options.database(schema)
        }
    };
    let settings = settings(config.statement_timeout);
    let pool = MySqlPoolOptions::new()
        .max_connections(config.connections)
        .acquire_timeout(config.acquire_timeout)
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            let settings = AssertSqlSafe(settings.clone());
            Box::pin(async move { connection.execute(sqlx::raw_sql(settings)).await.map(|_| ()) })
        })
        .before_acquire(|connection, _| {
            // As for PostgreSQL: https://github.com/launchbadge/sqlx/issues/4385
            Box::pin(async move { connection.execute("ROLLBACK").await.map(|_| true) })
        })
        .connect_with(options.clone())
        .await;
    let connections = match pool {
        // A pool says only that time ran out; one connection says why.
        Err(timed_out @ sqlx::Error::PoolTimedOut) => Err(options.connect().await.err().unwrap_or(timed_out)),
        connected => connected,
    }?;
    let packet = sqlx::query_as("SELECT CAST(@@max_allowed_packet AS SIGNED)").fetch_one(&connections);
    let (packet,): (i64,) = packet.await?;
    let packet = usize::try_from(packet).unwrap_or_default();
    Ok(Pool { connections, statement_bytes: packet.saturating_sub(ROOM).max(packet / 2) })
}

async fn make_schema(options: &MySqlConnectOptions, schema: &str) -> sqlx::Result<()> {
    let mut connection = options.connect().await?;
    let make = AssertSqlSafe(format!("CREATE DATABASE IF NOT EXISTS `{schema}`"));
    connection.execute(sqlx::raw_sql(make)).await?;
    connection.close().await
}

/// What holds for every session. `/*M! */` is for MariaDB alone, `/*!80000 */` for MySQL alone:
/// <https://mariadb.com/kb/en/comment-syntax/>.
///
/// - READ COMMITTED locks no gaps, in which others want to insert.
/// - Values that do not fit are refused, rather than cut.
/// - An instance that stands still in the middle of a transaction holds its locks against all others; by default the
///   server waits for it for hours. MySQL knows such a limit only for connections that are not used at all, so there those
///   are made anew.
fn settings(timeout: Duration) -> String {
    let (millis, seconds) = (timeout.as_millis(), timeout.as_secs_f64());
    let whole = timeout.as_millis().div_ceil(1000);
    format!(
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; \
         SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', SESSION autocommit = 1, \
         SESSION innodb_lock_wait_timeout = {whole}, SESSION lock_wait_timeout = {whole} \
         /*M! , SESSION max_statement_time = {seconds}, SESSION idle_transaction_timeout = {whole} */ \
         /*!80000 , SESSION max_execution_time = {millis}, SESSION wait_timeout = {whole} */"
    )
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use dlq_testkit::server::Server;

    use super::*;

    async fn one_connection(timeout: Duration) -> MySqlPool {
        let server = Server::named("mariadb");
        let config = SqlConfig::from_url(server.url()).unwrap().connections(1).statement_timeout(timeout);
        connect(&server.url().parse().unwrap(), &config).await.unwrap().connections
    }

    #[tokio::test]
    async fn every_session_is_set_as_ours_must_be() {
        let pool = one_connection(Duration::from_millis(1500)).await;
        let ask = "SELECT CONCAT_WS(' ', @@tx_isolation, @@sql_mode, @@max_statement_time, @@idle_transaction_timeout, \
            @@innodb_lock_wait_timeout, @@lock_wait_timeout, @@autocommit, @@time_zone)";
        let (said,): (String,) = sqlx::query_as(ask).fetch_one(&pool).await.unwrap();
        assert_eq!(said, "READ-COMMITTED STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION 1.500000 2 2 2 ON +00:00");
    }

    #[tokio::test]
    async fn a_statement_that_takes_too_long_is_given_up_by_the_server() {
        let pool = one_connection(Duration::from_millis(200)).await;
        let error = sqlx::query("SELECT SLEEP(5) FROM DUAL").execute(&pool).await;
        let number = error.err().and_then(|error| Some(error.as_database_error()?.message().to_owned()));
        assert!(number.is_some_and(|said| said.contains("max_statement_time")));
    }

    #[test]
    fn mysql_is_told_what_it_knows() {
        let settings = settings(Duration::from_millis(1500));
        assert!(
            settings.contains("max_execution_time = 1500") && settings.contains("wait_timeout = 2 */"),
            "{settings}"
        );
    }

    async fn is_in_transaction(pool: &MySqlPool) -> bool {
        let (open,): (i64,) =
            sqlx::query_as("SELECT CAST(@@in_transaction AS SIGNED)").fetch_one(pool).await.unwrap();
        open == 1
    }

    #[tokio::test]
    async fn a_leaked_transaction_ends_before_its_connection_is_used_again() {
        let pool = one_connection(Duration::from_secs(5)).await;
        pool.acquire().await.unwrap().execute("BEGIN").await.unwrap();
        assert!(!is_in_transaction(&pool).await);
    }

    /// <https://github.com/launchbadge/sqlx/issues/4385>, at each place where the future of `begin` can be dropped.
    #[tokio::test]
    async fn a_begin_that_is_dropped_on_its_way_leaves_no_transaction_open() {
        let pool = one_connection(Duration::from_secs(5)).await;
        for wakes in 0..12_u32 {
            let (mut begin, mut left) = (Box::pin(pool.begin()), wakes);
            std::future::poll_fn(|context| {
                let over = begin.as_mut().poll(context).is_ready() || left == 0;
                left = left.saturating_sub(1);
                if over { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
            drop(begin);
            assert!(!is_in_transaction(&pool).await, "begin dropped after {wakes} wakes");
        }
    }
}
