//! The bare program on SQLite: one writer, one transaction a batch, many rows a statement.

use anyhow::Context;
use async_trait::async_trait;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions, SqlitePool};
use uuid::Uuid;

use super::Writer;
use super::batch::{self, Batch};
use super::look::{DONE, FIND, GROUPS, Look, PAGE, of_ids};
use super::tables::{self, ROWS, write_rows};

/// Rows a statement: as ours.
const ROWS_MAX: usize = 64;
const TAKE: &str = "UPDATE dlq_record SET status = 1, version = version + 1 WHERE id IN (\
    SELECT id FROM dlq_record WHERE status = 0 ORDER BY id LIMIT ?) RETURNING id";

/// The one connection that writes, with the settings of ours.
#[derive(Debug)]
pub(super) struct Sqlite(SqlitePool);

impl Sqlite {
    pub(super) async fn open(url: &str) -> anyhow::Result<Self> {
        let options = url.parse::<SqliteConnectOptions>().context("--store")?;
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("temp_store", "MEMORY")
            .pragma("wal_autocheckpoint", "8000")
            .disable_statement_logging();
        let pool = SqlitePoolOptions::new().max_connections(1).test_before_acquire(false);
        Ok(Self(pool.connect_with(options).await?))
    }
}

#[async_trait]
impl Writer for Sqlite {
    async fn write(&self, batch: Batch) -> anyhow::Result<()> {
        let mut transaction = self.0.begin_with("BEGIN IMMEDIATE").await?;
        write_rows!(batch, transaction, at_a_time: ROWS_MAX, end: " ON CONFLICT DO NOTHING");
        Ok(transaction.commit().await?)
    }

    async fn rows(&self) -> anyhow::Result<u64> {
        let rows: i64 = sqlx::query_scalar(ROWS).fetch_one(&self.0).await?;
        Ok(rows.unsigned_abs())
    }

    fn looks(&self) -> bool {
        true
    }

    async fn look(&self, look: &Look) -> anyhow::Result<u64> {
        let rows = match look {
            Look::Find(ids) => {
                let ids: Vec<_> = ids.iter().map(|id| id.as_uuid()).collect();
                let statement = of_ids(FIND, ids.len());
                by_ids(&statement, &ids).fetch_all(&self.0).await?.len()
            }
            Look::Page { topic, class, size } => {
                let page = sqlx::query(PAGE).bind(topic).bind(class).bind(i64::try_from(*size)?);
                page.fetch_all(&self.0).await?.len()
            }
            Look::Groups => sqlx::query(GROUPS).fetch_all(&self.0).await?.len(),
            Look::Work { size } => {
                let taken = sqlx::query_scalar(TAKE).bind(i64::try_from(*size)?);
                let taken: Vec<Uuid> = taken.fetch_all(&self.0).await?;
                let statement = of_ids(DONE, taken.len());
                by_ids(&statement, &taken).execute(&self.0).await?;
                taken.len()
            }
        };
        Ok(rows as u64)
    }
}

fn by_ids<'q>(statement: &'q str, ids: &[Uuid]) -> sqlx::query::Query<'q, sqlx::Sqlite, SqliteArguments> {
    ids.iter().fold(sqlx::query(AssertSqlSafe(statement.to_owned())), |query, id| query.bind(*id))
}
