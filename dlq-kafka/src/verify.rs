//! The books, checked against Kafka: every dead letter below a watermark is looked up.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dlq_core::record::PartitionId;
use dlq_core::storage::{PageRequest, QueryCriteria, SourcePartition, StorageResult, Watermark};
use dlq_core::{DlqStorage, RecordId, TopicName};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{ClientConfig, ClientContext, Offset, TopicPartitionList};
use tokio::runtime::Handle;

use crate::client::{ClientProperties, Complaints};
use crate::error::SourceError;
use crate::source::place_of;

/// How long Kafka may say nothing before the verification gives up.
const SILENCE: Duration = Duration::from_secs(30);
/// How many records are looked up at once.
const LOOK_UP: usize = 500;
/// How many missing records are named.
const NAMED: usize = 20;

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Verification {
    /// Dead letters that still stand in Kafka below the watermarks.
    pub read: u64,
    /// Those of them that the storage has.
    pub found: u64,
    /// Those of them that it does not have; purged ones are among them.
    pub missing: u64,
    /// The first missing ones.
    pub named: Vec<RecordId>,
    /// Dead letters that were captured and that Kafka no longer has.
    pub gone_from_kafka: u64,
    /// Partitions with a watermark whose topic is on another cluster, or is gone.
    pub not_read: u64,
}

/// Reads every partition that has a watermark again, below it, and looks every dead letter up.
///
/// # Errors
/// Kafka or the storage cannot be read.
///
/// # Panics
/// Outside of a Tokio runtime.
pub async fn verify(
    brokers: String,
    properties: ClientProperties,
    storage: Arc<dyn DlqStorage>,
) -> Result<Verification, SourceError> {
    let watermarks = storage.all_watermarks().await?;
    let runtime = Handle::current();
    let read = move || Verifier::connect(&brokers, &properties, storage, runtime)?.run(watermarks);
    tokio::task::spawn_blocking(read).await.map_err(|_| SourceError::Panicked)?
}

struct Verifier {
    consumer: BaseConsumer<VerifyContext>,
    cluster: Arc<str>,
    storage: Arc<dyn DlqStorage>,
    runtime: Handle,
    asked: Vec<RecordId>,
    result: Verification,
}

impl Verifier {
    fn connect(
        brokers: &str,
        properties: &ClientProperties,
        storage: Arc<dyn DlqStorage>,
        runtime: Handle,
    ) -> Result<Self, SourceError> {
        let mut client = ClientConfig::new();
        properties.apply(&mut client);
        client
            .set("bootstrap.servers", brokers)
            .set("group.id", "dlq-verify")
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "earliest")
            .set("enable.partition.eof", "true")
            .set("fetch.queue.backoff.ms", "5")
            .set("queued.max.messages.kbytes", "16384");
        let consumer: BaseConsumer<VerifyContext> = client.create_with_context(VerifyContext::default())?;
        let seconds = SILENCE.as_secs();
        let no_cluster = || SourceError::NoCluster {
            brokers: brokers.to_owned(),
            seconds,
            reason: consumer.context().0.reason(),
        };
        let cluster = consumer.client().fetch_cluster_id(SILENCE).ok_or_else(no_cluster)?.into();
        let (asked, result) = (Vec::with_capacity(LOOK_UP), Verification::default());
        Ok(Self { consumer, cluster, storage, runtime, asked, result })
    }

    fn run(mut self, watermarks: Vec<(SourcePartition, Watermark)>) -> Result<Verification, SourceError> {
        let mut topics: BTreeMap<TopicName, Vec<(PartitionId, Watermark)>> = BTreeMap::new();
        for (partition, watermark) in watermarks {
            if partition.cluster == self.cluster {
                topics.entry(partition.topic).or_default().push((partition.partition, watermark));
            } else {
                self.result.not_read += 1;
            }
        }
        for (topic, partitions) in topics {
            self.read(&topic, partitions)?;
        }
        self.look_up()?;
        Ok(self.result)
    }

    /// Reads all partitions of a topic side by side, each up to its watermark.
    fn read(
        &mut self,
        topic: &TopicName,
        partitions: Vec<(PartitionId, Watermark)>,
    ) -> Result<(), SourceError> {
        let (before, mut captured) = (self.result.read, 0);
        let (mut list, mut ends) = (TopicPartitionList::new(), BTreeMap::new());
        for (partition, watermark) in partitions {
            let Ok((low, _)) = self.consumer.fetch_watermarks(topic.as_str(), partition, SILENCE) else {
                self.result.not_read += 1;
                continue;
            };
            captured += watermark.captured;
            if low < watermark.next {
                list.add_partition_offset(topic.as_str(), partition, Offset::Offset(low))?;
                ends.insert(partition, watermark.next);
            }
        }
        self.consumer.assign(&list)?;
        self.read_up_to(topic, ends)?;
        self.result.gone_from_kafka += captured.saturating_sub(self.result.read - before);
        Ok(())
    }

    fn read_up_to(
        &mut self,
        topic: &TopicName,
        mut ends: BTreeMap<PartitionId, i64>,
    ) -> Result<(), SourceError> {
        let mut heard = Instant::now();
        while !ends.is_empty() {
            let id = match self.consumer.poll(Duration::from_millis(100)) {
                Some(Ok(message)) => {
                    let end = ends.get(&message.partition()).copied().unwrap_or(i64::MIN);
                    if message.offset() + 1 >= end {
                        ends.remove(&message.partition());
                    }
                    (message.offset() < end).then(|| self.id_of(topic, &message))
                }
                // What stood between here and the watermark is no longer there, such as after compaction.
                Some(Err(KafkaError::PartitionEOF(partition))) => ends.remove(&partition).and(None),
                Some(Err(error)) => return Err(error.into()),
                None if heard.elapsed() > SILENCE => {
                    return Err(SourceError::Silent { seconds: SILENCE.as_secs() });
                }
                None => continue,
            };
            heard = Instant::now();
            if let Some(id) = id {
                self.ask(id)?;
            }
        }
        Ok(())
    }

    fn id_of(&self, topic: &TopicName, message: &BorrowedMessage<'_>) -> RecordId {
        RecordId::captured(&place_of(&self.cluster, topic.clone(), message))
    }

    fn ask(&mut self, id: RecordId) -> Result<(), SourceError> {
        self.result.read += 1;
        self.asked.push(id);
        if self.asked.len() >= LOOK_UP { self.look_up() } else { Ok(()) }
    }

    /// Looks the asked ones up, without their content.
    fn look_up(&mut self) -> Result<(), SourceError> {
        let asked = std::mem::take(&mut self.asked);
        let there = self.runtime.block_on(there(&*self.storage, &asked))?;
        let missing: Vec<_> = asked.iter().filter(|id| !there.contains(id)).collect();
        self.result.found += (asked.len() - missing.len()) as u64;
        self.result.missing += missing.len() as u64;
        let room = NAMED.saturating_sub(self.result.named.len());
        self.result.named.extend(missing.into_iter().take(room));
        Ok(())
    }
}

/// Which of these records the storage has.
async fn there(storage: &dyn DlqStorage, ids: &[RecordId]) -> StorageResult<HashSet<RecordId>> {
    let criteria = QueryCriteria::builder().ids(ids.iter().copied()).build();
    let mut request = PageRequest { size: LOOK_UP, ..PageRequest::new(criteria) };
    let mut there = HashSet::with_capacity(ids.len());
    loop {
        let page = storage.page(&request).await?;
        there.extend(page.records.iter().map(|record| record.id));
        match page.next {
            Some(next) => request.after = Some(next),
            None => return Ok(there),
        }
    }
}

/// Says what goes wrong, but not that a partition was read to its end.
#[derive(Debug, Default)]
struct VerifyContext(Complaints);

impl ClientContext for VerifyContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, words: &str) {
        self.0.log(level, facility, words);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        if !matches!(error, KafkaError::Global(RDKafkaErrorCode::PartitionEOF)) {
            tracing::warn!(%error, reason, "Kafka: the client goes on by itself");
        }
    }
}

impl ConsumerContext for VerifyContext {}
