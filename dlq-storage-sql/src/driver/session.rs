//! [`Session`]: one connection, alone or in a transaction.

use dlq_core::storage::StorageResult;
#[cfg(feature = "postgres")]
use sqlx::Postgres;
#[cfg(feature = "sqlite")]
use sqlx::Sqlite;
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Database, FromRow, Transaction};

use super::dialect::Dialect;
use super::statement::Statement;
use super::value::{Rows, RowsSlice};
use crate::error::from_driver;

/// One connection, for one operation.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) operation: &'static str,
    pub(crate) dialect: &'static Dialect,
    connection: Connection,
}

/// A connection of any database.
#[derive(Debug)]
pub(super) enum Connection {
    #[cfg(feature = "sqlite")]
    Sqlite(Held<Sqlite>),
    #[cfg(feature = "postgres")]
    Postgres(Held<Postgres>),
}

/// How a connection is held.
pub(super) enum Held<DB: Database> {
    Alone(PoolConnection<DB>),
    Transaction(Transaction<'static, DB>),
}

impl<DB: Database> Held<DB> {
    fn connection(&mut self) -> &mut DB::Connection {
        match self {
            Self::Alone(connection) => connection,
            Self::Transaction(transaction) => transaction,
        }
    }

    async fn commit(self) -> sqlx::Result<()> {
        match self {
            Self::Alone(_) => Ok(()),
            Self::Transaction(transaction) => transaction.commit().await,
        }
    }
}

impl<DB: Database> std::fmt::Debug for Held<DB> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Alone(_) => "alone",
            Self::Transaction(_) => "in a transaction",
        })
    }
}

impl Session {
    pub(super) fn new(
        operation: &'static str,
        dialect: &'static Dialect,
        connection: sqlx::Result<Connection>,
    ) -> StorageResult<Self> {
        let connection = connection.map_err(|error| from_driver(operation, error))?;
        Ok(Self { operation, dialect, connection })
    }

    /// Begins a statement.
    pub(crate) fn statement<'a>(&self, text: &str) -> Statement<'a> {
        Statement::new(self.dialect, text)
    }

    /// Executes a statement for each shape of the rows; see [`Rows::shapes`].
    pub(crate) async fn execute_rows<'r>(
        &mut self,
        rows: &'r Rows,
        statement: impl Fn(&'static Dialect, RowsSlice<'r>) -> Statement<'r>,
    ) -> StorageResult<()> {
        for slice in rows.shapes(self.dialect) {
            self.execute(statement(self.dialect, slice)).await?;
        }
        Ok(())
    }

    /// Fetches by a statement for each shape of the rows; see [`Rows::shapes`].
    pub(crate) async fn fetch_rows<'r, T: Readable>(
        &mut self,
        rows: &'r Rows,
        statement: impl Fn(&'static Dialect, RowsSlice<'r>) -> Statement<'r>,
    ) -> StorageResult<Vec<T>> {
        let mut all = Vec::new();
        for slice in rows.shapes(self.dialect) {
            all.append(&mut self.fetch(statement(self.dialect, slice)).await?);
        }
        Ok(all)
    }
}

/// The work of a session, once for each database: generic code over `sqlx::Database` founders on bounds that traits
/// cannot carry.
macro_rules! databases {
    ($($feature:literal $database:ident $readable:ident $bind:path;)+) => {
        impl Session {
            /// Executes a statement; answers how many rows it touched.
            pub(crate) async fn execute(&mut self, statement: Statement<'_>) -> StorageResult<u64> {
                let done = match &mut self.connection {
                    $(#[cfg(feature = $feature)]
                    Connection::$database(held) => match $bind(&statement.bound) {
                        Ok(arguments) => sqlx::query_with(AssertSqlSafe(statement.text), arguments)
                            .execute(held.connection())
                            .await
                            .map(|done| done.rows_affected()),
                        Err(error) => Err(error),
                    },)+
                };
                done.map_err(|error| from_driver(self.operation, error))
            }

            /// Fetches all rows that a statement answers.
            pub(crate) async fn fetch<T: Readable>(&mut self, statement: Statement<'_>) -> StorageResult<Vec<T>> {
                let rows = match &mut self.connection {
                    $(#[cfg(feature = $feature)]
                    Connection::$database(held) => match $bind(&statement.bound) {
                        Ok(arguments) => sqlx::query_as_with(AssertSqlSafe(statement.text), arguments)
                            .fetch_all(held.connection())
                            .await,
                        Err(error) => Err(error),
                    },)+
                };
                rows.map_err(|error| from_driver(self.operation, error))
            }

            /// Executes a script of several statements that bind nothing.
            pub(crate) async fn script(&mut self, text: &'static str) -> StorageResult<()> {
                let done = match &mut self.connection {
                    $(#[cfg(feature = $feature)]
                    Connection::$database(held) => {
                        sqlx::raw_sql(text).execute(held.connection()).await.map(|_| ())
                    })+
                };
                done.map_err(|error| from_driver(self.operation, error))
            }

            /// Makes what a transaction did last.
            pub(crate) async fn commit(self) -> StorageResult<()> {
                let done = match self.connection {
                    $(#[cfg(feature = $feature)]
                    Connection::$database(held) => held.commit().await,)+
                };
                done.map_err(|error| from_driver(self.operation, error))
            }
        }

        $(
            #[cfg(feature = $feature)]
            impl From<PoolConnection<$database>> for Connection {
                fn from(connection: PoolConnection<$database>) -> Self {
                    Self::$database(Held::Alone(connection))
                }
            }

            #[cfg(feature = $feature)]
            impl From<Transaction<'static, $database>> for Connection {
                fn from(transaction: Transaction<'static, $database>) -> Self {
                    Self::$database(Held::Transaction(transaction))
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
    "sqlite" Sqlite ReadableFromSqlite super::sqlite::bind;
    "postgres" Postgres ReadableFromPostgres super::postgres::bind;
}
