//! PostgreSQL: the pool, and how values are bound.

use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgBindIterExt, PgConnectOptions, PgPoolOptions};
use sqlx::{Arguments, ConnectOptions, Executor, PgPool};

use super::bind::Takes;
use super::statement::Bound;
use super::value::{RowsSlice, Values};
use crate::config::SqlConfig;

pub(super) async fn connect(options: &PgConnectOptions, config: &SqlConfig) -> sqlx::Result<PgPool> {
    let timeout = config.statement_timeout.as_millis().to_string();
    let mut options = options.clone().statement_cache_capacity(256).options([
        ("statement_timeout", timeout.as_str()),
        // An instance that stands still in the middle of a transaction, or that the network lost, holds its locks against
        // all others; the server's own default is to wait for it for ever.
        ("idle_in_transaction_session_timeout", timeout.as_str()),
        ("client_min_messages", "error"),
        // Every query of ours walks a short way along an index. A bitmap first collects all that match and sorts them:
        // with a hundred thousand due, that for each claim of a hundred.
        ("enable_bitmapscan", "off"),
    ]);
    if let Some(schema) = &config.schema {
        options = options.options([("search_path", schema)]);
    }
    let pool = PgPoolOptions::new()
        .max_connections(config.connections)
        .acquire_timeout(config.acquire_timeout)
        .test_before_acquire(false)
        .before_acquire(|connection, _| {
            // A future of `begin` that someone dropped leaves its transaction open on the pooled connection
            // (https://github.com/launchbadge/sqlx/issues/4385); what is written there later is lost with it. Ours are
            // never dropped; should one be all the same, its transaction ends here.
            Box::pin(async move { connection.execute("ROLLBACK").await.map(|_| true) })
        })
        .connect_with(options.clone())
        .await;
    match pool {
        // A pool says only that time ran out; one connection says why.
        Err(timed_out @ sqlx::Error::PoolTimedOut) => Err(options.connect().await.err().unwrap_or(timed_out)),
        connected => connected,
    }
}

/// Binds values one by one, and rows as an array for each column.
pub(super) fn bind(bound: &[Bound<'_>]) -> sqlx::Result<PgArguments> {
    let mut arguments = PgArguments::default();
    arguments.reserve(bound.len(), bound.iter().map(Bound::bytes).sum());
    for bound in bound {
        match bound {
            Bound::Value(value) => arguments.take(value),
            Bound::Rows(rows) => add_all(&mut arguments, *rows).map_err(sqlx::Error::Encode),
            Bound::List(rows) => add_all(&mut arguments, rows.all()).map_err(sqlx::Error::Encode),
        }?;
    }
    Ok(arguments)
}

/// Adds each column as an array.
fn add_all(arguments: &mut PgArguments, rows: RowsSlice<'_>) -> Result<(), BoxDynError> {
    rows.values.iter().try_for_each(|column| match column {
        Values::Uuid(all) => arguments.add(all.get(rows.range())),
        Values::Int(all) => arguments.add(all.get(rows.range())),
        Values::Text(all) => arguments.add(all.get(rows.range())),
        Values::Bytes(all) => {
            let some = all.iter().skip(rows.range().start).take(rows.len());
            arguments.add(some.map(Option::as_deref).bind_iter())
        }
    })
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use super::*;

    #[tokio::test]
    async fn a_transaction_that_stands_still_is_ended_by_the_server() {
        let server = dlq_testkit::server::Server::named("postgres");
        let config = SqlConfig::from_url(server.url()).unwrap();
        let config = config.connections(1).statement_timeout(std::time::Duration::from_millis(1234));
        let pool = connect(&server.url().parse().unwrap(), &config).await.unwrap();
        let shown = sqlx::query_as("SHOW idle_in_transaction_session_timeout").fetch_one(&pool);
        let (shown,): (String,) = shown.await.unwrap();
        assert_eq!(shown, "1234ms");
    }

    async fn one_connection() -> PgPool {
        let server = dlq_testkit::server::Server::named("postgres");
        let config = SqlConfig::from_url(server.url()).unwrap();
        let options = server.url().parse().unwrap();
        connect(&options, &config.connections(1)).await.unwrap()
    }

    async fn assert_each_statement_is_a_transaction_of_its_own(pool: &PgPool, when: &str) {
        let mut connection = pool.acquire().await.unwrap();
        let mut ids = Vec::new();
        for _ in 0..2 {
            let id = sqlx::query_as("SELECT CAST(pg_current_xact_id() AS TEXT)").fetch_one(&mut *connection);
            let (id,): (String,) = id.await.unwrap();
            ids.push(id);
        }
        assert_ne!(ids[0], ids[1], "{when}");
    }

    #[tokio::test]
    async fn a_leaked_transaction_ends_before_its_connection_is_used_again() {
        let pool = one_connection().await;
        pool.acquire().await.unwrap().execute("BEGIN").await.unwrap();
        assert_each_statement_is_a_transaction_of_its_own(&pool, "after BEGIN by hand").await;
    }

    /// Drops a future that is not ready after so many times that something woke it.
    async fn drop_after<F: Future>(wakes: u32, future: F) {
        let (mut future, mut left) = (Box::pin(future), wakes);
        std::future::poll_fn(|context| {
            let over = future.as_mut().poll(context).is_ready() || left == 0;
            left = left.saturating_sub(1);
            if over { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// <https://github.com/launchbadge/sqlx/issues/4385>, at each place where the future of `begin` can be dropped.
    #[tokio::test]
    async fn a_begin_that_is_dropped_on_its_way_leaves_no_transaction_open() {
        let pool = one_connection().await;
        for wakes in 0..12 {
            drop_after(wakes, pool.begin()).await;
            let when = format!("begin dropped after {wakes} wakes");
            assert_each_statement_is_a_transaction_of_its_own(&pool, &when).await;
        }
    }
}
