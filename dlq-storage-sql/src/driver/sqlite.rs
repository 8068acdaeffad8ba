//! SQLite: one writer, several readers.

use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection, SqlitePool};

use crate::config::SqlConfig;

/// How long a writer waits for a writer of another process.
const BUSY: Duration = Duration::from_secs(10);
/// SQLITE_BUSY: <https://www.sqlite.org/rescode.html#busy>.
const LOCKED: &str = "5";
/// How long to wait before a locked file is opened again.
const AGAIN: Duration = Duration::from_millis(20);
/// Worth a third of the throughput; it must be set before the first table.
const PAGE_BYTES: u32 = 16384;

/// One writer: SQLite has no more, and waiting here is fairer than at the file's lock.
#[derive(Clone, Debug)]
pub(crate) struct Pools {
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
}

pub(super) async fn connect(file: &Path, config: &SqlConfig) -> sqlx::Result<Pools> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .page_size(PAGE_BYTES)
        .busy_timeout(BUSY)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        // Statements of many rows keep an undo journal each, by default on the disk.
        .pragma("temp_store", "MEMORY")
        .pragma("wal_autocheckpoint", "8000")
        .statement_cache_capacity(256);
    let pool = |connections| {
        SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(config.acquire_timeout)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
    };
    let writer = || pool(1).before_acquire(|connection, _| Box::pin(is_of_use(connection)));
    let writer = beside_others(|| writer().connect_with(options.clone())).await?;
    let readers = pool(config.connections).connect_lazy_with(options.pragma("query_only", "ON"));
    Ok(Pools { writer, readers })
}

/// Opens a file that another instance may be making: while a new one is put into WAL mode, everybody else is told at once
/// that it is locked, whatever their patience (<https://www.sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode>).
async fn beside_others<O: Future<Output = sqlx::Result<SqlitePool>>>(
    open: impl Fn() -> O,
) -> sqlx::Result<SqlitePool> {
    let give_up = Instant::now() + BUSY;
    loop {
        match open().await {
            Err(sqlx::Error::Database(error))
                if error.code().is_some_and(|code| code == LOCKED) && Instant::now() < give_up =>
            {
                tokio::time::sleep(AGAIN).await;
            }
            opened => return opened,
        }
    }
}

/// Whether a connection can still begin. SQLite ends a transaction of its own accord when the disk is full; the driver's
/// own end of it then fails, and it believes for ever to be inside.
async fn is_of_use(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    // What was dropped before is ended in its turn, which the answer to this comes behind.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}
