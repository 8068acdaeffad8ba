//! What a group has committed.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

/// How long Kafka may take to tell.
const ASK: Duration = Duration::from_secs(10);

/// Asks what the client's group has committed of a topic.
pub(super) struct Committed {
    consumer: BaseConsumer,
    partitions: TopicPartitionList,
}

impl Committed {
    /// Prepares to ask, without joining the group.
    ///
    /// # Errors
    /// Kafka does not tell the topic's partitions.
    pub(super) fn of(client: &ClientConfig, topic: &str) -> anyhow::Result<Self> {
        let consumer: BaseConsumer = client.create()?;
        let metadata = consumer.fetch_metadata(Some(topic), ASK)?;
        let mut partitions = TopicPartitionList::new();
        for topic in metadata.topics() {
            topic.partitions().iter().for_each(|partition| {
                partitions.add_partition(topic.name(), partition.id());
            });
        }
        Ok(Self { consumer, partitions })
    }

    /// How many records lie below the offsets that are committed.
    ///
    /// # Errors
    /// Kafka does not tell.
    pub(super) fn records(&self) -> anyhow::Result<u64> {
        let committed = self.consumer.committed_offsets(self.partitions.clone(), ASK)?;
        let below = |offset| if let Offset::Offset(offset) = offset { offset.unsigned_abs() } else { 0 };
        Ok(committed.elements().iter().map(|element| below(element.offset())).sum())
    }
}
