//! The bare program on PostgreSQL by COPY in the binary format: the fastest way in. It is not safe to repeat: a batch
//! that was written already is an error, and so is a dead letter that Kafka delivers twice.

use async_trait::async_trait;
use sqlx::{PgConnection, PgPool};

use super::Writer;
use super::batch::{Batch, CLASS, DETAILS, ERROR_TYPE, FINGERPRINT, GROUP, PENDING, TOPIC};
use super::postgres::{ROWS, pool};

const RECORD: &str = "COPY dlq_record (id, topic, dead_letter_topic, partition_id, consumer_group, lane, place, \
    status, due_at, expires_at, notes, created_at, updated_at, error_type, fingerprint, class, root_class, message, \
    key_start, payload_size, tags) FROM STDIN (FORMAT binary)";
const CONTENT: &str = "COPY dlq_content (id, details, checksum, block) FROM STDIN (FORMAT binary)";

/// A pool with a connection for each writer.
#[derive(Debug)]
pub(super) struct Copy(PgPool);

impl Copy {
    pub(super) async fn open(url: &str, connections: usize) -> anyhow::Result<Self> {
        Ok(Self(pool(url, connections).await?))
    }
}

#[async_trait]
impl Writer for Copy {
    async fn write(&self, batch: Batch) -> anyhow::Result<()> {
        let (records, contents) = (records(&batch)?, contents(&batch)?);
        let mut transaction = self.0.begin().await?;
        copy(&mut transaction, RECORD, records).await?;
        copy(&mut transaction, CONTENT, contents).await?;
        Ok(transaction.commit().await?)
    }

    async fn rows(&self) -> anyhow::Result<u64> {
        let rows: i64 = sqlx::query_scalar(ROWS).fetch_one(&self.0).await?;
        Ok(rows.unsigned_abs())
    }
}

async fn copy(connection: &mut PgConnection, statement: &str, rows: Rows) -> anyhow::Result<()> {
    let mut copy = connection.copy_in_raw(statement).await?;
    copy.send(rows.end()).await?;
    copy.finish().await?;
    Ok(())
}

fn records(batch: &Batch) -> anyhow::Result<Rows> {
    let mut rows = Rows::begin();
    for row in 0..batch.len() {
        rows.row(21);
        rows.value(batch.ids[row].as_bytes())?;
        rows.value(TOPIC.as_bytes())?;
        rows.value(batch.dead_letter_topics[row].as_str().as_bytes())?;
        rows.number(batch.partitions[row])?;
        rows.value(GROUP.as_bytes())?;
        rows.number(batch.lanes[row])?;
        rows.number(batch.places[row])?;
        rows.number(PENDING)?;
        (0..3).for_each(|_| rows.null());
        rows.number(batch.times[row])?;
        rows.number(batch.times[row])?;
        rows.number(ERROR_TYPE)?;
        rows.number(FINGERPRINT)?;
        rows.value(CLASS.as_bytes())?;
        rows.null();
        rows.value(batch.messages[row].as_bytes())?;
        match &batch.keys[row] {
            Some(key) => rows.value(key)?,
            None => rows.null(),
        }
        rows.number(batch.sizes[row])?;
        rows.null();
    }
    Ok(rows)
}

fn contents(batch: &Batch) -> anyhow::Result<Rows> {
    let mut rows = Rows::begin();
    for (id, block) in batch.ids.iter().zip(&batch.blocks) {
        rows.row(4);
        rows.value(id.as_bytes())?;
        rows.value(DETAILS)?;
        rows.number(FINGERPRINT)?;
        rows.value(block)?;
    }
    Ok(rows)
}

/// Rows in COPY's [binary format].
///
/// [binary format]: https://www.postgresql.org/docs/current/sql-copy.html
struct Rows(Vec<u8>);

impl Rows {
    /// The signature, no flags, no extension.
    fn begin() -> Self {
        Self(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".to_vec())
    }

    fn row(&mut self, values: i16) {
        self.0.extend_from_slice(&values.to_be_bytes());
    }

    fn value(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.0.extend_from_slice(&i32::try_from(bytes.len())?.to_be_bytes());
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn number(&mut self, number: i64) -> anyhow::Result<()> {
        self.value(&number.to_be_bytes())
    }

    fn null(&mut self) {
        self.0.extend_from_slice(&(-1_i32).to_be_bytes());
    }

    fn end(mut self) -> Vec<u8> {
        self.row(-1);
        self.0
    }
}
