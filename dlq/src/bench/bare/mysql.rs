//! The bare program on MariaDB or MySQL: one transaction a batch, a hundred rows a prepared statement.

use anyhow::Context;
use async_trait::async_trait;
use sqlx::mysql::{MySqlArguments, MySqlConnectOptions, MySqlPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, MySqlConnection, MySqlPool};
use uuid::Uuid;

use super::Writer;
use super::batch::{self, Batch};
use super::look::{DONE, FIND, GROUPS, Look, PAGE, of_ids};
use super::tables::{self, ROWS, write_rows};

/// Rows a statement: as ours.
const ROWS_MAX: usize = 100;
const TAKE: &str = "SELECT id FROM dlq_record WHERE status = 0 ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED";
const TAKEN: &str = "UPDATE dlq_record SET status = 1, version = version + 1 WHERE id IN";

/// A pool with a connection for each writer.
#[derive(Debug)]
pub(super) struct Mysql(MySqlPool);

impl Mysql {
    pub(super) async fn open(url: &str, connections: usize) -> anyhow::Result<Self> {
        let options = url.parse::<MySqlConnectOptions>().context("--store")?.disable_statement_logging();
        let pool =
            MySqlPoolOptions::new().max_connections(u32::try_from(connections)?).test_before_acquire(false);
        Ok(Self(pool.connect_with(options).await?))
    }
}

#[async_trait]
impl Writer for Mysql {
    async fn write(&self, batch: Batch) -> anyhow::Result<()> {
        let mut transaction = self.0.begin().await?;
        write_rows!(batch, transaction, at_a_time: ROWS_MAX, end: "");
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
                by_ids(&of_ids(FIND, ids.len()), &ids).fetch_all(&self.0).await?.len()
            }
            Look::Page { topic, class, size } => {
                let page = sqlx::query(PAGE).bind(topic).bind(class).bind(i64::try_from(*size)?);
                page.fetch_all(&self.0).await?.len()
            }
            Look::Groups => sqlx::query(GROUPS).fetch_all(&self.0).await?.len(),
            Look::Work { size } => {
                let mut transaction = self.0.begin().await?;
                let taken = sqlx::query_scalar(TAKE).bind(i64::try_from(*size)?);
                let taken: Vec<Uuid> = taken.fetch_all(&mut *transaction).await?;
                by_ids(&of_ids(TAKEN, taken.len()), &taken).execute(&mut *transaction).await?;
                transaction.commit().await?;
                by_ids(&of_ids(DONE, taken.len()), &taken).execute(&self.0).await?;
                taken.len()
            }
        };
        Ok(rows as u64)
    }
}

fn by_ids<'q>(statement: &str, ids: &[Uuid]) -> sqlx::query::Query<'q, sqlx::MySql, MySqlArguments> {
    ids.iter().fold(sqlx::query(AssertSqlSafe(statement.to_owned())), |query, id| query.bind(*id))
}

/// Makes an empty database; answers the URL of a storage in it.
pub(in crate::bench) async fn make_database(url: &str, name: &str) -> anyhow::Result<String> {
    let mut connection = connect(url).await?;
    connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
    connection.close().await?;
    let mut url = url::Url::parse(url).context("--store")?;
    url.set_path(name);
    Ok(url.into())
}

/// Drops a database with all that is in it.
pub(in crate::bench) async fn drop_database(url: &str, name: &str) -> anyhow::Result<()> {
    let mut connection = connect(url).await?;
    connection.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name}"))).await?;
    Ok(connection.close().await?)
}

async fn connect(url: &str) -> anyhow::Result<MySqlConnection> {
    // The driver's own error may repeat the URL, password and all.
    let options: MySqlConnectOptions =
        url.parse().map_err(|_| anyhow::anyhow!("--store: not a URL of MariaDB or MySQL"))?;
    Ok(MySqlConnection::connect_with(&options.disable_statement_logging()).await?)
}
