//! [`Session`]: one connection, alone or in a transaction, until a deadline.

use std::time::Duration;

use dlq_core::storage::{StorageError, StorageErrorKind, StorageResult};
use dlq_core::{Clock, SystemClock, Timestamp};
#[cfg(feature = "mysql")]
use sqlx::MySql;
#[cfg(feature = "postgres")]
use sqlx::Postgres;
#[cfg(feature = "sqlite")]
use sqlx::Sqlite;
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Database, FromRow};
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use super::Pools;
use super::dialect::Dialect;
use super::statement::Statement;
use super::value::{Rows, RowsSlice};
use crate::error::{ends_connection, from_driver, no_answer, too_large};
use crate::row::Number;

/// How long a script of the schema may take: an index over ten million records takes minutes.
const SCRIPT: Duration = Duration::from_secs(60 * 60);

/// One connection, for one operation. It goes back to its pool when the session is dropped, which ends a transaction that
/// was not committed; unless it was given up.
///
/// A server that stands still, or that the network lost, answers neither a statement nor what a pool asks when it takes a
/// connection back. Everything that waits for a server therefore waits only so long, and whoever waited in vain closes
/// the connection: it must not go back, and its place in the pool must.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) operation: &'static str,
    pub(crate) dialect: &'static Dialect,
    /// How long an answer may take.
    deadline: Duration,
    /// How many bytes of values a statement carries at most.
    statement_bytes: usize,
    /// Whether a transaction is open.
    open: bool,
    /// Whether the connection is closed at the end, with all that was set or locked for it.
    once: bool,
    /// `None` once it was given up.
    connection: Option<Connection>,
}

/// Rows for one table, and what goes on with a statement to write them.
#[derive(Debug)]
pub(crate) struct Write<'r> {
    pub(crate) rows: Rows<'r>,
    pub(crate) statement: for<'a> fn(Statement<'a>, RowsSlice<'a>) -> Statement<'a>,
}

impl Session {
    pub(super) fn new(
        operation: &'static str,
        pools: &Pools,
        connection: sqlx::Result<Connection>,
    ) -> StorageResult<Self> {
        let connection = connection.map_err(|error| from_driver(operation, error))?;
        Ok(Self {
            operation,
            dialect: pools.dialect(),
            deadline: pools.deadline,
            statement_bytes: pools.statement_bytes(),
            open: false,
            once: false,
            connection: Some(connection),
        })
    }

    /// Has the connection closed at the end, with all that was set or locked for it.
    pub(crate) const fn use_once(&mut self) {
        self.once = true;
    }

    /// Begins a transaction.
    pub(super) async fn begin(mut self) -> StorageResult<Self> {
        self.open = true;
        self.several(self.dialect.begin, self.deadline).await?;
        Ok(self)
    }

    /// Begins a transaction, and asks for the time on the same way.
    pub(super) async fn begin_by_its_clock(mut self) -> StorageResult<(Self, Timestamp)> {
        let Some(clock) = self.dialect.clock else {
            return Ok((self.begin().await?, SystemClock.now()));
        };
        self.open = true;
        let text = format!("{}; {clock}", self.dialect.begin);
        let times: Vec<Number> = self.several_and_fetch(text).await?;
        Ok((self, Timestamp::from_millis(times.first().map_or(0, |time| time.number))))
    }

    /// Executes a script of several statements that bind nothing; it may take long.
    pub(crate) async fn script(&mut self, text: &'static str) -> StorageResult<()> {
        self.several(text, SCRIPT).await
    }

    /// Makes what a transaction did last.
    pub(crate) async fn commit(mut self) -> StorageResult<()> {
        if self.open {
            self.several("COMMIT", self.deadline).await?;
            self.open = false;
        }
        Ok(())
    }

    /// What came of a statement. A connection that is of no more use is closed.
    fn answer<T>(
        &mut self,
        answer: Result<sqlx::Result<T>, Elapsed>,
        deadline: Duration,
    ) -> StorageResult<T> {
        let answer = match answer {
            Ok(answer) => answer.map_err(|error| from_driver(self.operation, error)),
            Err(_) => Err(no_answer(self.operation, deadline)),
        };
        if answer.as_ref().is_err_and(ends_connection) {
            self.connection = None;
        }
        answer
    }

    /// Begins a statement.
    pub(crate) fn statement<'a>(&self, text: &str) -> Statement<'a> {
        Statement::new(self.dialect, text)
    }

    /// Executes a statement for each shape of the rows; see [`Rows::shapes`].
    pub(crate) async fn execute_rows<'r>(
        &mut self,
        rows: &'r Rows<'_>,
        statement: impl Fn(&'static Dialect, RowsSlice<'r>) -> Statement<'r>,
    ) -> StorageResult<()> {
        for slice in self.shapes(rows, 0) {
            self.execute(statement(self.dialect, slice)).await?;
        }
        Ok(())
    }

    /// Writes to several tables, each by itself, in no order: in one statement where rows are bound as arrays.
    pub(crate) async fn write_all(&mut self, writes: &[Write<'_>]) -> StorageResult<()> {
        if !self.dialect.arrays {
            for write in writes {
                let statement = |dialect, rows| (write.statement)(Statement::new(dialect, ""), rows);
                self.execute_rows(&write.rows, statement).await?;
            }
            return Ok(());
        }
        let some: Vec<_> = writes.iter().filter(|write| write.rows.len() > 0).collect();
        if some.is_empty() {
            return Ok(());
        }
        let mut together = self.statement("");
        for (n, write) in some.into_iter().enumerate() {
            let name = if n == 0 { "WITH w0 AS (" } else { &format!("), w{n} AS (") };
            together = (write.statement)(together.push(name), write.rows.all());
        }
        self.execute(together.push(") SELECT 1")).await.map(|_| ())
    }

    /// Fetches by a statement for each shape of the rows; see [`Rows::shapes`].
    pub(crate) async fn fetch_rows<'r, T: Readable>(
        &mut self,
        rows: &'r Rows<'_>,
        statement: impl Fn(&'static Dialect, RowsSlice<'r>) -> Statement<'r>,
    ) -> StorageResult<Vec<T>> {
        let mut all = Vec::new();
        for slice in self.shapes(rows, 0) {
            all.append(&mut self.fetch(statement(self.dialect, slice)).await?);
        }
        Ok(all)
    }

    /// The rows, from one of them on, in slices of which a statement takes each; see [`Rows::shapes`].
    pub(crate) fn shapes<'r>(
        &self,
        rows: &'r Rows<'_>,
        from: usize,
    ) -> impl Iterator<Item = RowsSlice<'r>> + use<'r> {
        rows.shapes(from, self.dialect, self.statement_bytes)
    }

    /// The connection, for a statement that the server takes. One that is larger ends the connection, so it is not sent.
    fn connection_for(&mut self, statement: &Statement<'_>) -> StorageResult<&mut Connection> {
        if self.statement_bytes < usize::MAX && statement.bytes() > self.statement_bytes {
            return Err(too_large(self.operation, statement.bytes(), self.statement_bytes));
        }
        self.connection.as_mut().ok_or_else(|| given_up(self.operation))
    }
}

fn given_up(operation: &'static str) -> StorageError {
    StorageError::new(StorageErrorKind::Connection, operation, "the connection was given up before")
}

/// The work of a session, once for each database: generic code over `sqlx::Database` founders on bounds that traits
/// cannot carry.
macro_rules! databases {
    ($($feature:literal $database:ident $readable:ident $bind:path;)+) => {
        /// A connection of any database. It is closed when it is dropped, unless it was given back.
        #[derive(Debug)]
        pub(super) enum Connection {
            $(#[cfg(feature = $feature)]
            $database(PoolConnection<$database>),)+
        }

        impl Session {
            /// Executes a statement; answers how many rows it touched.
            pub(crate) async fn execute(&mut self, statement: Statement<'_>) -> StorageResult<u64> {
                let deadline = self.deadline;
                let connection = self.connection_for(&statement)?;
                let done = timeout(deadline, async move {
                    match connection {
                        $(#[cfg(feature = $feature)]
                        Connection::$database(connection) => {
                            let arguments = $bind(&statement.bound)?;
                            let query = sqlx::query_with(AssertSqlSafe(statement.text), arguments);
                            query.execute(&mut **connection).await.map(|done| done.rows_affected())
                        })+
                    }
                });
                let done = done.await;
                self.answer(done, deadline)
            }

            /// Fetches all rows that a statement answers.
            pub(crate) async fn fetch<T: Readable>(&mut self, statement: Statement<'_>) -> StorageResult<Vec<T>> {
                let deadline = self.deadline;
                let connection = self.connection_for(&statement)?;
                let rows = timeout(deadline, async move {
                    match connection {
                        $(#[cfg(feature = $feature)]
                        Connection::$database(connection) => {
                            let arguments = $bind(&statement.bound)?;
                            let query = sqlx::query_as_with(AssertSqlSafe(statement.text), arguments);
                            query.fetch_all(&mut **connection).await
                        })+
                    }
                });
                let rows = rows.await;
                self.answer(rows, deadline)
            }

            /// Executes several statements that bind nothing, and fetches all rows that they answer.
            async fn several_and_fetch<T: Readable>(&mut self, text: String) -> StorageResult<Vec<T>> {
                let deadline = self.deadline;
                let Some(connection) = &mut self.connection else { return Err(given_up(self.operation)) };
                let rows = timeout(deadline, async move {
                    match connection {
                        $(#[cfg(feature = $feature)]
                        Connection::$database(connection) => {
                            let rows = sqlx::raw_sql(AssertSqlSafe(text)).fetch_all(&mut **connection).await?;
                            rows.iter().map(T::from_row).collect()
                        })+
                    }
                });
                let rows = rows.await;
                self.answer(rows, deadline)
            }

            /// Executes several statements that bind nothing.
            async fn several(&mut self, text: &'static str, deadline: Duration) -> StorageResult<()> {
                let Some(connection) = &mut self.connection else { return Err(given_up(self.operation)) };
                let done = timeout(deadline, async move {
                    match connection {
                        $(#[cfg(feature = $feature)]
                        Connection::$database(connection) => {
                            sqlx::raw_sql(text).execute(&mut **connection).await.map(|_| ())
                        })+
                    }
                });
                let done = done.await;
                self.answer(done, deadline)
            }
        }

        impl Connection {
            /// Goes back to its pool, without what a transaction did so far; or is closed where that fails.
            async fn give_back(self, open: bool) {
                match self {
                    $(#[cfg(feature = $feature)]
                    Self::$database(mut connection) => {
                        let ended = match open {
                            true => sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await.map(|_| ()),
                            false => Ok(()),
                        };
                        if ended.is_ok() {
                            connection.return_to_pool().await;
                        }
                    })+
                }
            }
        }

        $(
            #[cfg(feature = $feature)]
            impl From<PoolConnection<$database>> for Connection {
                fn from(mut connection: PoolConnection<$database>) -> Self {
                    connection.close_on_drop();
                    Self::$database(connection)
                }
            }

            /// Read from this database's rows, if the database is there at all.
            #[cfg(feature = $feature)]
            pub(crate) trait $readable: for<'r> FromRow<'r, <$database as Database>::Row> {}
            #[cfg(feature = $feature)]
            impl<T: for<'r> FromRow<'r, <$database as Database>::Row>> $readable for T {}
            #[cfg(not(feature = $feature))]
            pub(crate) trait $readable {}
            #[cfg(not(feature = $feature))]
            impl<T> $readable for T {}
        )+

        /// Read from a row of any database.
        pub(crate) trait Readable: $($readable +)+ Send + Unpin {}
        impl<T: $($readable +)+ Send + Unpin> Readable for T {}
    };
}

databases! {
    "sqlite" Sqlite ReadableFromSqlite super::bind::one_by_one::<sqlx::sqlite::SqliteArguments>;
    "postgres" Postgres ReadableFromPostgres super::postgres::bind;
    "mysql" MySql ReadableFromMysql super::bind::one_by_one::<sqlx::mysql::MySqlArguments>;
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take().filter(|_| !self.once) {
            let given_back = timeout(self.deadline, connection.give_back(self.open));
            tokio::spawn(async move { given_back.await.unwrap_or_default() });
        }
    }
}
