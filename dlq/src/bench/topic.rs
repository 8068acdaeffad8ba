//! [`Topics`]: the dead letters in Kafka, made for the bench and deleted after it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};

use crate::traffic::spring;

/// How long Kafka may take to make or delete something, or to accept what is on its way.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// The topics that were made for the bench, and the groups that consumed them; they are there until they are deleted.
pub(super) struct Topics {
    client: ClientConfig,
    admin: AdminClient<DefaultClientContext>,
    partitions: i32,
    topics: Mutex<Vec<String>>,
    groups: Mutex<Vec<String>>,
}

impl Topics {
    /// None yet.
    ///
    /// # Errors
    /// The client's properties cannot be used.
    pub(super) fn of(client: &ClientConfig, partitions: i32) -> anyhow::Result<Self> {
        let (topics, groups) = (Mutex::default(), Mutex::default());
        Ok(Self { client: client.clone(), admin: client.create()?, partitions, topics, groups })
    }

    /// Makes a topic that nobody else has, with so many dead letters; answers its name.
    ///
    /// # Errors
    /// Kafka cannot be reached, or refuses.
    pub(super) async fn make(&self, records: u64) -> anyhow::Result<String> {
        let name = unique();
        list(&self.topics).push(name.clone());
        let new = NewTopic::new(&name, self.partitions, TopicReplication::Fixed(1));
        for made in self.admin.create_topics([&new], &options()).await? {
            made.map_err(|(_, code)| KafkaError::AdminOp(code)).context("the topic cannot be made")?;
        }
        let (topic, client) = (name.clone(), self.client.clone());
        tokio::task::spawn_blocking(move || fill(&topic, client, records)).await??;
        Ok(name)
    }

    /// A consumer group that nobody else has.
    pub(super) fn group(&self) -> String {
        let name = unique();
        list(&self.groups).push(name.clone());
        name
    }

    /// Deletes every topic that is there still, and every group.
    ///
    /// # Errors
    /// Kafka cannot be reached, or refuses.
    pub(super) async fn delete_all(&self) -> anyhow::Result<()> {
        let groups = std::mem::take(&mut *list(&self.groups));
        let groups: Vec<_> = groups.iter().map(String::as_str).collect();
        if !groups.is_empty() {
            let deleted = self.admin.delete_groups(&groups, &options()).await?;
            for (group, code) in deleted.into_iter().filter_map(Result::err) {
                if code != RDKafkaErrorCode::GroupIdNotFound {
                    tracing::warn!(group, %code, "the group was not deleted");
                }
            }
        }
        let topics = list(&self.topics).clone();
        for topic in topics {
            self.delete(&topic).await?;
        }
        Ok(())
    }

    /// Deletes a topic, if it is there.
    ///
    /// # Errors
    /// Kafka cannot be reached, or refuses.
    pub(super) async fn delete(&self, name: &str) -> anyhow::Result<()> {
        for deleted in self.admin.delete_topics(&[name], &options()).await? {
            match deleted {
                Err((_, code)) if code != RDKafkaErrorCode::UnknownTopicOrPartition => {
                    return Err(KafkaError::AdminOp(code)).context("the topic cannot be deleted");
                }
                _ => list(&self.topics).retain(|topic| topic != name),
            }
        }
        Ok(())
    }
}

fn unique() -> String {
    format!("dlq-bench-{:.12}", uuid::Uuid::new_v4().simple().to_string())
}

fn list(names: &Mutex<Vec<String>>) -> MutexGuard<'_, Vec<String>> {
    names.lock().unwrap_or_else(PoisonError::into_inner)
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

/// Sends, once there is room.
pub(super) fn send(
    producer: &ThreadedProducer<DefaultProducerContext>,
    mut record: BaseRecord<'_, [u8], [u8]>,
) -> anyhow::Result<()> {
    let full = KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull);
    while let Err((error, back)) = producer.send(record) {
        if error != full {
            return Err(error).context("Kafka takes no message");
        }
        record = back;
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
