//! The databases behind one face: [`Pools`] hand out [`Session`]s, which execute [`Statement`]s. The only place that
//! names a database's types.

mod bind;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod cryptography;
mod dialect;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
mod session;
#[cfg(feature = "sqlite")]
mod sqlite;
mod statement;
mod value;

pub(crate) use dialect::Dialect;
pub(crate) use session::{Session, Write};
pub(crate) use statement::Statement;
pub(crate) use value::{Column, Kind, Rows, RowsSlice, Value};

use std::time::Duration;

use dlq_core::Timestamp;
use dlq_core::storage::StorageResult;

use crate::config::{self, SqlConfig};
use crate::error::from_driver;

#[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
compile_error!("dlq-storage-sql needs a database: enable the feature `sqlite`, `postgres` or `mysql`");

/// The connections to one database.
#[derive(Clone, Debug)]
pub(crate) struct Pools {
    pub(crate) of: Database,
    /// How long an answer may take.
    deadline: Duration,
}

/// Whose connections they are.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlite::Pools),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::PgPool),
    #[cfg(feature = "mysql")]
    Mysql(mysql::Pool),
}

impl Pools {
    pub(crate) async fn connect(config: &SqlConfig) -> StorageResult<Self> {
        #[cfg(any(feature = "postgres", feature = "mysql"))]
        cryptography::name();
        let of = match &config.database {
            #[cfg(feature = "sqlite")]
            config::Database::Sqlite(file) => sqlite::connect(file, config).await.map(Database::Sqlite),
            #[cfg(feature = "postgres")]
            config::Database::Postgres(options) => {
                postgres::connect(options, config).await.map(Database::Postgres)
            }
            #[cfg(feature = "mysql")]
            config::Database::Mysql(options) => mysql::connect(options, config).await.map(Database::Mysql),
        };
        let of = of.map_err(|error| from_driver("connect", error))?;
        Ok(Self { of, deadline: config.deadline() })
    }

    pub(crate) const fn dialect(&self) -> &'static Dialect {
        match self.of {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => &dialect::SQLITE,
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => &dialect::POSTGRES,
            #[cfg(feature = "mysql")]
            Database::Mysql(_) => &dialect::MYSQL,
        }
    }

    /// A connection on which every statement stands alone.
    pub(crate) async fn read(&self, operation: &'static str) -> StorageResult<Session> {
        let connection = match &self.of {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(pools) => pools.readers.acquire().await.map(session::Connection::from),
            #[cfg(feature = "postgres")]
            Database::Postgres(pool) => pool.acquire().await.map(session::Connection::from),
            #[cfg(feature = "mysql")]
            Database::Mysql(pool) => pool.connections.acquire().await.map(session::Connection::from),
        };
        Session::new(operation, self, connection)
    }

    /// A connection in a transaction; without a [`Session::commit`] it is as if nothing had been.
    pub(crate) async fn begin(&self, operation: &'static str) -> StorageResult<Session> {
        self.write(operation).await?.begin().await
    }

    /// The same, with the time by the database's clock; by this machine's where the database has none.
    pub(crate) async fn begin_by_its_clock(
        &self,
        operation: &'static str,
    ) -> StorageResult<(Session, Timestamp)> {
        self.write(operation).await?.begin_by_its_clock().await
    }

    /// A connection that may write.
    async fn write(&self, operation: &'static str) -> StorageResult<Session> {
        let connection = match &self.of {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(pools) => pools.writer.acquire().await.map(session::Connection::from),
            #[cfg(feature = "postgres")]
            Database::Postgres(pool) => pool.acquire().await.map(session::Connection::from),
            #[cfg(feature = "mysql")]
            Database::Mysql(pool) => pool.connections.acquire().await.map(session::Connection::from),
        };
        Session::new(operation, self, connection)
    }

    /// How many bytes of values a statement carries at most, where the server sets a limit.
    const fn statement_bytes(&self) -> usize {
        match &self.of {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => usize::MAX,
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => usize::MAX,
            #[cfg(feature = "mysql")]
            Database::Mysql(pool) => pool.statement_bytes,
        }
    }

    /// A connection for work that is one statement where rows are bound as arrays, and otherwise several.
    pub(crate) async fn begin_if_several(&self, operation: &'static str) -> StorageResult<Session> {
        if self.dialect().arrays { self.read(operation).await } else { self.begin(operation).await }
    }

    pub(crate) async fn close(&self) {
        match &self.of {
            // The last to close writes the log back into the file, and removes it: one that may write.
            #[cfg(feature = "sqlite")]
            Database::Sqlite(pools) => {
                pools.readers.close().await;
                pools.writer.close().await;
            }
            #[cfg(feature = "postgres")]
            Database::Postgres(pool) => pool.close().await,
            #[cfg(feature = "mysql")]
            Database::Mysql(pool) => pool.connections.close().await,
        }
    }
}
