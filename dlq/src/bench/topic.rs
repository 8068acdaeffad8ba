//! [`Topic`]: the dead letters in Kafka, made for the bench and deleted after it.

use std::time::Duration;

use anyhow::Context;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};

use super::scenario::Scenario;
use crate::traffic::spring;

/// How long Kafka may take to make or delete something, or to accept what is on its way.
const PATIENCE: Duration = Duration::from_secs(60);

/// A topic full of dead letters; it is there until it is deleted.
pub(super) struct Topic {
    pub(super) name: String,
    admin: AdminClient<DefaultClientContext>,
}

impl Topic {
    /// Makes a topic that nobody else has, and fills it.
    ///
    /// # Errors
    /// Kafka cannot be reached, or refuses; nothing is left behind then.
    pub(super) async fn make(scenario: &Scenario, client: &ClientConfig) -> anyhow::Result<Self> {
        let name = format!("dlq-bench-{:.12}", uuid::Uuid::new_v4().simple().to_string());
        let topic = Self { name, admin: client.create()? };
        let new = NewTopic::new(&topic.name, scenario.partitions, TopicReplication::Fixed(1));
        for made in topic.admin.create_topics([&new], &options()).await? {
            made.map_err(|(_, code)| KafkaError::AdminOp(code)).context("the topic cannot be made")?;
        }
        let (name, client, records) = (topic.name.clone(), client.clone(), scenario.records);
        let filled = tokio::task::spawn_blocking(move || fill(&name, client, records)).await?;
        match filled {
            Ok(()) => Ok(topic),
            Err(error) => topic.delete(&[]).await.and(Err(error)),
        }
    }

    /// Deletes the topic, and the groups that consumed it.
    ///
    /// # Errors
    /// Kafka cannot be reached, or refuses.
    pub(super) async fn delete(self, groups: &[String]) -> anyhow::Result<()> {
        let groups: Vec<_> = groups.iter().map(String::as_str).collect();
        for (group, code) in
            self.admin.delete_groups(&groups, &options()).await?.into_iter().filter_map(Result::err)
        {
            if code != RDKafkaErrorCode::GroupIdNotFound {
                tracing::warn!(group, %code, "the group was not deleted");
            }
        }
        for deleted in self.admin.delete_topics(&[&self.name], &options()).await? {
            deleted.map_err(|(_, code)| KafkaError::AdminOp(code)).context("the topic cannot be deleted")?;
        }
        Ok(())
    }
}

fn options() -> AdminOptions {
    AdminOptions::new().operation_timeout(Some(PATIENCE)).request_timeout(Some(PATIENCE))
}

/// Writes the letters evenly over the partitions.
fn fill(topic: &str, mut client: ClientConfig, records: u64) -> anyhow::Result<()> {
    client.set("enable.idempotence", "true").set("compression.type", "lz4").set("linger.ms", "50");
    let producer: ThreadedProducer<DefaultProducerContext> = client.create()?;
    for n in 0..records {
        let letter = spring::letter(n);
        send(&producer, letter.to(topic))?;
    }
    producer.flush(PATIENCE).context("Kafka did not accept every dead letter")
}

fn send(
    producer: &ThreadedProducer<DefaultProducerContext>,
    mut record: BaseRecord<'_, [u8], [u8]>,
) -> anyhow::Result<()> {
    let full = KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull);
    while let Err((error, back)) = producer.send(record) {
        if error != full {
            return Err(error).context("Kafka takes no message");
        }
        record = back;
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}
