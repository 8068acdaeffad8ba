//! The bare program on PostgreSQL: one statement a batch, an array for each column.

use anyhow::Context;
use async_trait::async_trait;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, PgPool};

use super::batch::{Batch, CLASS, DETAILS, ERROR_TYPE, FINGERPRINT, GROUP, PENDING, TOPIC};
use super::{Look, Writer};

const INSERT: &str = "\
    WITH stored AS (\
        INSERT INTO dlq_record (id, topic, dead_letter_topic, partition_id, consumer_group, lane, place, status, due_at, \
            expires_at, notes, created_at, updated_at, error_type, fingerprint, class, root_class, message, \
            key_start, payload_size, tags) \
        SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21) \
        ON CONFLICT (id) DO NOTHING\
    ) \
    INSERT INTO dlq_content (id, details, checksum, block) SELECT * FROM UNNEST($1, $22, $23, $24) \
    ON CONFLICT (id) DO NOTHING";
const FIND: &str = "SELECT * FROM dlq_record JOIN dlq_content USING (id) WHERE id = ANY($1)";
const PAGE: &str = "SELECT * FROM dlq_record WHERE status = 0 AND dead_letter_topic = $1 AND class = $2 \
    ORDER BY id DESC LIMIT $3";
const GROUPS: &str =
    "SELECT fingerprint, COUNT(*), MIN(created_at), MAX(created_at) FROM dlq_record GROUP BY fingerprint";
const TAKE: &str = "UPDATE dlq_record SET status = 1, version = version + 1 WHERE id = ANY(ARRAY(\
    SELECT id FROM dlq_record WHERE status = 0 ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING id";
const DONE: &str = "UPDATE dlq_record SET status = 2, version = version + 1 WHERE id = ANY($1)";
pub(super) const ROWS: &str = "SELECT COUNT(*) FROM dlq_record JOIN dlq_content USING (id)";

/// A pool with a connection for each writer.
#[derive(Debug)]
pub(super) struct Postgres(PgPool);

impl Postgres {
    pub(super) async fn open(url: &str, connections: usize) -> anyhow::Result<Self> {
        Ok(Self(pool(url, connections).await?))
    }
}

/// A pool with so many connections.
pub(super) async fn pool(url: &str, connections: usize) -> anyhow::Result<PgPool> {
    let options = url.parse::<PgConnectOptions>()?.disable_statement_logging();
    let pool = PgPoolOptions::new().max_connections(u32::try_from(connections)?).test_before_acquire(false);
    Ok(pool.connect_with(options).await?)
}

#[async_trait]
impl Writer for Postgres {
    async fn write(&self, batch: Batch) -> anyhow::Result<()> {
        let count = batch.len();
        let (no_number, no_text) = (vec![None::<i64>; count], vec![None::<&str>; count]);
        let dead_letter_topics: Vec<_> =
            batch.dead_letter_topics.iter().map(|topic| topic.as_str()).collect();
        let blocks: Vec<&[u8]> = batch.blocks.iter().map(AsRef::as_ref).collect();
        let keys: Vec<Option<&[u8]>> = batch.keys.iter().map(Option::as_deref).collect();
        let insert = sqlx::query(INSERT)
            .bind(&batch.ids)
            .bind(vec![TOPIC; count])
            .bind(dead_letter_topics)
            .bind(&batch.partitions)
            .bind(vec![GROUP; count])
            .bind(&batch.lanes)
            .bind(&batch.places)
            .bind(vec![PENDING; count])
            .bind(&no_number)
            .bind(&no_number)
            .bind(&no_text)
            .bind(&batch.times)
            .bind(&batch.times)
            .bind(vec![ERROR_TYPE; count])
            .bind(vec![FINGERPRINT; count])
            .bind(vec![CLASS; count])
            .bind(&no_text)
            .bind(&batch.messages)
            .bind(keys)
            .bind(&batch.sizes)
            .bind(&no_text)
            .bind(vec![DETAILS; count])
            .bind(vec![FINGERPRINT; count])
            .bind(blocks);
        insert.execute(&self.0).await?;
        Ok(())
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
                sqlx::query(FIND).bind(ids).fetch_all(&self.0).await?.len()
            }
            Look::Page { topic, class, size } => {
                let page = sqlx::query(PAGE).bind(topic).bind(class).bind(i64::try_from(*size)?);
                page.fetch_all(&self.0).await?.len()
            }
            Look::Groups => sqlx::query(GROUPS).fetch_all(&self.0).await?.len(),
            Look::Work { size } => {
                let taken = sqlx::query_scalar(TAKE).bind(i64::try_from(*size)?);
                let taken: Vec<uuid::Uuid> = taken.fetch_all(&self.0).await?;
                sqlx::query(DONE).bind(&taken).execute(&self.0).await?;
                taken.len()
            }
        };
        Ok(rows as u64)
    }
}

/// Makes an empty schema; answers the URL of a storage in it. What was written before is flushed, where we may ask for
/// that, so that no run pays for another.
pub(in crate::bench) async fn make_schema(url: &str, schema: &str) -> anyhow::Result<String> {
    let mut connection = connect(url).await?;
    connection.execute(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).await?;
    if let Err(error) = connection.execute("CHECKPOINT").await {
        tracing::info!(%error, "no checkpoint before the run");
    }
    connection.close().await?;
    let mut url = url::Url::parse(url).context("--store")?;
    url.query_pairs_mut().append_pair("options[search_path]", schema);
    Ok(url.into())
}

/// Drops a schema with all that is in it.
pub(in crate::bench) async fn drop_schema(url: &str, schema: &str) -> anyhow::Result<()> {
    let mut connection = connect(url).await?;
    connection.execute(AssertSqlSafe(format!("DROP SCHEMA IF EXISTS {schema} CASCADE"))).await?;
    Ok(connection.close().await?)
}

async fn connect(url: &str) -> anyhow::Result<PgConnection> {
    // The driver's own error may repeat the URL, password and all.
    let options: PgConnectOptions =
        url.parse().map_err(|_| anyhow::anyhow!("--store: not a URL of PostgreSQL"))?;
    let options = options.options([("client_min_messages", "error")]);
    Ok(PgConnection::connect_with(&options.disable_statement_logging()).await?)
}
