//! [`Scan`]: reads stretches of partitions, without a group, and commits nothing.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use dlq_core::TopicName;
use dlq_core::record::{CapturedFrom, Name, PartitionId, SourcePartition};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{ClientConfig, ClientContext, Offset, TopicPartitionList};

use crate::client::{ClientProperties, Complaints, hear};
use crate::error::SourceError;
use crate::source::place_of;

/// How long Kafka may say nothing before a scan gives up.
pub(crate) const SILENCE: Duration = Duration::from_secs(30);

/// Which offsets of each partition are read: from the first up to below the second.
pub(crate) type Stretches = BTreeMap<PartitionId, (i64, i64)>;

/// Reads stretches of partitions. Every call blocks.
pub(crate) struct Scan {
    pub(crate) consumer: BaseConsumer<ScanContext>,
    /// The cluster's id.
    pub(crate) cluster: Name,
}

impl Scan {
    /// Where a message of this topic stands.
    pub(crate) fn place_of(&self, topic: &TopicName, message: &BorrowedMessage<'_>) -> CapturedFrom {
        let (cluster, topic) = (self.cluster.clone(), topic.clone());
        place_of(SourcePartition { cluster, topic, partition: message.partition() }.into(), message)
    }

    /// Reaches a cluster.
    pub(crate) fn connect(
        brokers: &str,
        properties: &ClientProperties,
        name: &str,
    ) -> Result<Self, SourceError> {
        let mut client = ClientConfig::new();
        properties.apply(&mut client);
        client
            .set("bootstrap.servers", brokers)
            // Nothing is committed; the client wants a name all the same before it reads.
            .set("group.id", name)
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "earliest")
            .set("enable.partition.eof", "true")
            .set("allow.auto.create.topics", "false")
            .set("fetch.queue.backoff.ms", "5")
            .set("queued.max.messages.kbytes", "16384");
        let consumer: BaseConsumer<ScanContext> = client.create_with_context(ScanContext::default())?;
        let no_cluster = || {
            hear(&consumer);
            SourceError::NoCluster {
                brokers: brokers.to_owned(),
                seconds: SILENCE.as_secs(),
                reason: consumer.context().0.reason(),
            }
        };
        let cluster = consumer.client().fetch_cluster_id(SILENCE).ok_or_else(no_cluster)?.into();
        Ok(Self { consumer, cluster })
    }

    /// The partitions of a topic; none where it is not there.
    pub(crate) fn partitions(&self, topic: &str) -> Result<Vec<PartitionId>, SourceError> {
        let metadata = self.consumer.fetch_metadata(None, SILENCE)?;
        let found = metadata.topics().iter().find(|there| there.name() == topic);
        Ok(found.map_or_else(Vec::new, |there| there.partitions().iter().map(|each| each.id()).collect()))
    }

    /// Where the log of a partition begins and ends.
    pub(crate) fn log(&self, topic: &str, partition: PartitionId) -> Result<(i64, i64), SourceError> {
        Ok(self.consumer.fetch_watermarks(topic, partition, SILENCE)?)
    }

    /// Reads stretches of a topic side by side; `visit` sees each message that stands in them.
    pub(crate) fn read(
        &self,
        topic: &str,
        mut stretches: Stretches,
        mut visit: impl FnMut(&BorrowedMessage<'_>) -> Result<(), SourceError>,
    ) -> Result<(), SourceError> {
        stretches.retain(|_, (from, end)| from < end);
        let mut list = TopicPartitionList::new();
        for (partition, (from, _)) in &stretches {
            list.add_partition_offset(topic, *partition, Offset::Offset(*from))?;
        }
        self.consumer.assign(&list)?;
        let mut heard = Instant::now();
        while !stretches.is_empty() {
            match self.consumer.poll(Duration::from_millis(100)) {
                Some(Ok(message)) => {
                    let end = stretches.get(&message.partition()).map_or(i64::MIN, |(_, end)| *end);
                    if message.offset() + 1 >= end {
                        stretches.remove(&message.partition());
                    }
                    if message.offset() < end {
                        visit(&message)?;
                    }
                }
                // What stood between here and the end is no longer there, such as after compaction.
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    stretches.remove(&partition);
                }
                Some(Err(error)) => return Err(error.into()),
                None if heard.elapsed() > SILENCE => {
                    return Err(SourceError::Silent { seconds: SILENCE.as_secs() });
                }
                None => continue,
            }
            heard = Instant::now();
        }
        Ok(())
    }
}

/// Says what goes wrong, but not that a partition was read to its end.
#[derive(Debug, Default)]
pub(crate) struct ScanContext(Complaints);

impl ClientContext for ScanContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, words: &str) {
        self.0.log(level, facility, words);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        if !matches!(error, KafkaError::Global(RDKafkaErrorCode::PartitionEOF)) {
            tracing::warn!(%error, reason, "Kafka: the client goes on by itself");
        }
    }
}

impl ConsumerContext for ScanContext {}
