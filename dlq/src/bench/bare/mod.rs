//! One measured run of the bare program: a poll loop that copies, two writers that write the same rows into the same
//! tables, and nothing else. It reads no header, classifies nothing, counts nothing, and commits by the client's own
//! timer whatever was polled: it may lose records, and no record of it can be told from another.

mod batch;
mod memory;
#[cfg(feature = "postgres")]
pub(super) mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::bail;
use async_trait::async_trait;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use self::batch::Batch;
use super::assignment::Assignment;
use super::meter::{Measurement, Meter};
use crate::config::Config;
use crate::kafka;
use crate::storage::{self, Opener};

/// How often offsets are committed, in milliseconds.
const COMMIT_MS: &str = "1000";
/// Batches written side by side; as many wait.
const WRITERS: usize = 2;
/// How long `poll` waits.
const POLL: Duration = Duration::from_millis(5);

/// Writes rows.
#[async_trait]
trait Writer: Send + Sync {
    /// Writes a batch durably; what is there already stays.
    async fn write(&self, batch: Batch) -> anyhow::Result<()>;

    /// How many rows there are, each with its content.
    async fn rows(&self) -> anyhow::Result<u64>;
}

/// Captures the topic; answers what it cost, and how many rows there are.
pub(super) async fn run(assignment: &Assignment, config: &Config) -> anyhow::Result<(Measurement, u64)> {
    // Its tables are ours.
    drop(storage::open(&config.storage, Opener::Server).await?);
    let writer = writer(&assignment.url).await?;
    let meter = Arc::new(Meter::start(assignment.records)?);
    let (batches, incoming) = mpsc::channel(WRITERS);
    let incoming = Arc::new(Mutex::new(incoming));
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..WRITERS {
        writers.spawn(write(Arc::clone(&writer), Arc::clone(&incoming), Arc::clone(&meter)));
    }
    let mut client = kafka::source(config).client();
    client.set("enable.auto.commit", "true").set("auto.commit.interval.ms", COMMIT_MS);
    client.set("enable.auto.offset.store", "true").set("auto.offset.reset", "earliest");
    let consumer: BaseConsumer = client.create()?;
    consumer.subscribe(&[&assignment.topic])?;
    let (stop, size) = (meter.all_stored().clone(), usize::try_from(assignment.batch)?);
    let polled = tokio::task::spawn_blocking(move || poll(&consumer, size, &batches, &stop));
    while let Some(written) = writers.join_next().await {
        written??;
    }
    polled.await??;
    let measurement = meter.measurement()?;
    Ok((measurement, writer.rows().await?))
}

async fn writer(url: &str) -> anyhow::Result<Arc<dyn Writer>> {
    match url.split_once(':').map(|(scheme, _)| scheme) {
        #[cfg(feature = "sqlite")]
        Some("sqlite") => Ok(Arc::new(sqlite::Sqlite::open(url).await?)),
        #[cfg(feature = "postgres")]
        Some("postgres" | "postgresql") => Ok(Arc::new(postgres::Postgres::open(url, WRITERS).await?)),
        Some("memory") => Ok(Arc::new(memory::Memory::default())),
        _ => bail!("there is no bare program for this storage"),
    }
}

/// Polls and copies until told to stop, then commits.
fn poll(
    consumer: &BaseConsumer,
    size: usize,
    batches: &mpsc::Sender<Batch>,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let mut arena = bytes::BytesMut::new();
    let mut batch = Batch::default();
    while !stop.is_cancelled() {
        let message = consumer.poll(POLL).transpose()?;
        if let Some(message) = &message {
            batch.push(message, &mut arena)?;
        }
        if batch.len() >= size || message.is_none() && batch.len() > 0 {
            batches.blocking_send(std::mem::take(&mut batch))?;
        }
    }
    match consumer.commit_consumer_state(CommitMode::Sync) {
        // The timer was quicker: there is nothing left to commit.
        Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::NoOffset)) => Ok(()),
        committed => Ok(committed?),
    }
}

async fn write(
    writer: Arc<dyn Writer>,
    batches: Arc<Mutex<mpsc::Receiver<Batch>>>,
    meter: Arc<Meter>,
) -> anyhow::Result<()> {
    loop {
        let next = batches.lock().await.recv().await;
        let Some(batch) = next else { return Ok(()) };
        let (records, since) = (batch.len() as u64, batch.since.unwrap_or_else(Instant::now));
        writer.write(batch).await?;
        meter.stored(records, since.elapsed());
    }
}
