//! One measured run of the bare program: a poll loop that copies, writers that write the same rows into the same tables,
//! and nothing else. It reads no header, classifies nothing, counts nothing, and commits by the client's own timer
//! whatever was polled: it may lose records, and no record of it can be told from another.

#[cfg_attr(
    not(any(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, reason = "what every row of a table says; without tables there is memory alone")
)]
mod batch;
#[cfg(feature = "cassandra")]
pub(super) mod cassandra;
#[cfg(feature = "postgres")]
mod copy;
mod look;
mod memory;
#[cfg(feature = "mysql")]
pub(super) mod mysql;
#[cfg(feature = "postgres")]
pub(super) mod postgres;
#[cfg(feature = "redis")]
pub(super) mod redis;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(any(feature = "sqlite", feature = "mysql"))]
mod tables;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::bail;
use async_trait::async_trait;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tokio::sync::{Mutex, mpsc};

use super::assignment::{Program, Ran};
use super::meter::Meter;
use super::standstill::Standstill;
use crate::config::{Capture, Config, Mistakes};
use crate::kafka;
use crate::storage::{self, Opener};

/// How often offsets are committed, in milliseconds.
const COMMIT_MS: &str = "1000";
/// How long `poll` waits while no batch is begun.
const IDLE: Duration = Duration::from_millis(50);

pub(super) use self::batch::Batch;
pub(super) use self::look::Look;

/// Writes rows.
#[async_trait]
pub(super) trait Writer: Send + Sync {
    /// Writes a batch durably.
    async fn write(&self, batch: Batch) -> anyhow::Result<()>;

    /// How many rows there are, each with its content.
    async fn rows(&self) -> anyhow::Result<u64>;

    /// Whether it can look anything up.
    fn looks(&self) -> bool {
        false
    }

    /// Looks something up, or works it off; answers how many rows that were.
    async fn look(&self, look: &Look) -> anyhow::Result<u64> {
        bail!("no {look:?} here")
    }
}

/// Captures the topic, with as many writers as ours, and as many batches that wait for them.
pub(super) async fn run(
    program: Program,
    config: &Config,
    meter: &Arc<Meter>,
    standstill: Option<Arc<Standstill>>,
) -> anyhow::Result<Ran> {
    // Its tables are ours.
    drop(storage::open(&config.storage, Opener::Server).await?);
    let count = usize::try_from(config.capture.writers)?;
    let url = config.storage.required_url().map_err(Mistakes::from)?;
    let writer = writer(program, url.reveal(), count).await?;
    let (batches, incoming) = mpsc::channel(count);
    let incoming = Arc::new(Mutex::new(incoming));
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..count {
        let (writer, incoming) = (Arc::clone(&writer), Arc::clone(&incoming));
        writers.spawn(write(writer, incoming, Arc::clone(meter), standstill.clone()));
    }
    let mut client = kafka::source(config).client();
    client.set("enable.auto.commit", "true").set("auto.commit.interval.ms", COMMIT_MS);
    client.set("enable.auto.offset.store", "true").set("auto.offset.reset", "earliest");
    let consumer: BaseConsumer = client.create()?;
    let topics: Vec<_> = config.kafka.topics.0.iter().map(String::as_str).collect();
    consumer.subscribe(&topics)?;
    let (capture, polling) = (config.capture.clone(), Arc::clone(meter));
    let polled = tokio::task::spawn_blocking(move || poll(&consumer, &capture, &batches, &polling));
    while let Some(written) = writers.join_next().await {
        written??;
    }
    polled.await??;
    let measurement = meter.measurement()?;
    Ok(Ran { measurement, records: writer.rows().await? })
}

#[cfg_attr(
    not(any(feature = "postgres", feature = "mysql")),
    expect(unused_variables, reason = "only writers to a server have a connection each")
)]
pub(super) async fn writer(
    program: Program,
    url: &str,
    connections: usize,
) -> anyhow::Result<Arc<dyn Writer>> {
    match (program, url.split_once(':').map(|(scheme, _)| scheme)) {
        #[cfg(feature = "sqlite")]
        (Program::Bare, Some("sqlite")) => Ok(Arc::new(sqlite::Sqlite::open(url).await?)),
        #[cfg(feature = "postgres")]
        (Program::Bare, Some("postgres" | "postgresql")) => {
            Ok(Arc::new(postgres::Postgres::open(url, connections).await?))
        }
        #[cfg(feature = "postgres")]
        (Program::Copy, Some("postgres" | "postgresql")) => {
            Ok(Arc::new(copy::Copy::open(url, connections).await?))
        }
        #[cfg(feature = "mysql")]
        (Program::Bare, Some("mysql" | "mariadb")) => {
            Ok(Arc::new(mysql::Mysql::open(url, connections).await?))
        }
        #[cfg(feature = "redis")]
        (Program::Bare, Some("redis" | "rediss" | "valkey" | "valkeys")) => {
            Ok(Arc::new(redis::Redis::open(url).await?))
        }
        #[cfg(feature = "cassandra")]
        (Program::Bare, Some("cassandra" | "scylla")) => Ok(Arc::new(cassandra::Cassandra::open(url).await?)),
        (Program::Bare, Some("memory")) => Ok(Arc::new(memory::Memory::default())),
        _ => bail!("there is no such bare program for this storage"),
    }
}

/// Polls and copies until everything is stored, then commits. As with ours, a batch is handed over when it is full, or
/// nothing comes within its linger.
fn poll(
    consumer: &BaseConsumer,
    capture: &Capture,
    batches: &mpsc::Sender<Batch>,
    meter: &Meter,
) -> anyhow::Result<()> {
    let (size, linger) = (usize::try_from(capture.batch_size)?, capture.linger.0);
    let mut arena = bytes::BytesMut::new();
    let mut batch = Batch::default();
    while !meter.all_stored().is_cancelled() {
        let wait = batch.since.map_or(IDLE, |since| linger.saturating_sub(since.elapsed()));
        let message = consumer.poll(wait).transpose()?;
        if let Some(message) = &message {
            batch.push(message, &mut arena)?;
        }
        if batch.len() >= size || message.is_none() && batch.len() > 0 {
            meter.handed_over(batch.len() as u64);
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
    standstill: Option<Arc<Standstill>>,
) -> anyhow::Result<()> {
    loop {
        let next = batches.lock().await.recv().await;
        let Some(batch) = next else { return Ok(()) };
        if let Some(standstill) = &standstill {
            standstill.over().await;
        }
        let (asked, records) = (Instant::now(), batch.len() as u64);
        let since = batch.since.unwrap_or(asked);
        writer.write(batch).await?;
        meter.stored(records, asked.elapsed(), since.elapsed());
    }
}
