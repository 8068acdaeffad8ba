//! From the configuration to what `dlq-kafka` is told.

use std::sync::Arc;
use std::time::Duration;

use dlq_core::TopicName;
use dlq_core::handler::{IntakeConfig, QuarantineRule};
use dlq_core::record::InvalidTopicName;
use dlq_core::storage::Quarantine;
use dlq_kafka::client::ClientProperties;
use dlq_kafka::discover::{Discovery, TopicPattern};
use dlq_kafka::quarantine::QuarantineConfig;
use dlq_kafka::sink::SinkConfig;
use dlq_kafka::source::SourceConfig;
use rdkafka::ClientConfig;

use crate::config::{Config, Discover, Kafka, List};

/// What the source is told.
#[must_use]
pub fn source(config: &Config) -> SourceConfig {
    let (kafka, capture) = (&config.kafka, &config.capture);
    SourceConfig {
        properties: properties(kafka),
        profile: capture.profile,
        batch_records: usize::try_from(capture.batch_size).unwrap_or(usize::MAX),
        linger: capture.linger.0,
        budget_bytes: usize::try_from(capture.budget_bytes.0).unwrap_or(usize::MAX),
        commit_interval: capture.commit_interval.0,
        rules: config.dialects.topics.clone().unwrap_or_default(),
        // A shutdown waits for the storage up to three times, and then leaves the group.
        drain_timeout: (config.shutdown.grace.0 / 4).min(Duration::from_secs(10)),
        discovery: discovery(config),
        never: vec![config.quarantine.topic.clone()],
        ..SourceConfig::new(brokers(kafka), &kafka.group_id, kafka.topics.0.clone())
    }
}

/// How further dead-letter topics are found; nothing where they are not. Quarantine's own never is.
#[must_use]
pub fn discovery(config: &Config) -> Option<Discovery> {
    let kafka = &config.kafka;
    let pattern = |text: &String| TopicPattern::new(text).ok();
    let patterns = |list: &List| list.0.iter().filter_map(pattern).collect();
    let denied = kafka.discover_deny.0.iter().chain([&config.quarantine.topic]);
    (kafka.discover != Discover::Off).then(|| Discovery {
        by_headers: kafka.discover == Discover::Headers,
        allow: patterns(&kafka.discover_allow),
        deny: denied.filter_map(pattern).collect(),
        ..Discovery::by_names()
    })
}

/// What the intake is told, with quarantine where there is one.
#[must_use]
pub fn intake(config: &Config, quarantine: Option<Arc<dyn Quarantine>>) -> IntakeConfig {
    let capture = &config.capture;
    let per_minute = config.quarantine.records_per_minute;
    IntakeConfig {
        writers: usize::try_from(capture.writers).unwrap_or(usize::MAX),
        retry_min: capture.retry_backoff_min.0,
        retry_max: capture.retry_backoff_max.0,
        store_timeout: capture.store_timeout.0,
        quarantine: quarantine.map(|quarantine| QuarantineRule { quarantine, per_minute }),
        ..IntakeConfig::default()
    }
}

/// What quarantine is told, whether it is enabled or not.
///
/// # Errors
/// The topic's name is not allowed: not where the configuration was loaded.
pub fn quarantine(config: &Config) -> Result<QuarantineConfig, InvalidTopicName> {
    let topic = TopicName::new(config.quarantine.topic.as_str())?;
    Ok(QuarantineConfig {
        properties: properties(&config.kafka),
        create: config.quarantine.create,
        ..QuarantineConfig::new(brokers(&config.kafka), topic)
    })
}

/// What the sink is told; records go home in the actor's name.
#[must_use]
pub fn sink(config: &Config, actor: &str) -> SinkConfig {
    let timeout = config.redrive.send_timeout.0;
    SinkConfig {
        properties: properties(&config.kafka),
        timeout,
        rules: config.dialects.topics.clone().unwrap_or_default(),
        ..SinkConfig::new(brokers(&config.kafka), actor)
    }
}

/// A client that knows where the cluster is, with the properties that are configured, and no choice of ours.
#[must_use]
pub fn client(kafka: &Kafka) -> ClientConfig {
    let mut client = ClientConfig::new();
    for (name, value) in properties(kafka).reveal() {
        client.set(name, value);
    }
    client.set("bootstrap.servers", brokers(kafka));
    client
}

/// Where the cluster is, as the client wants to be told.
#[must_use]
pub fn brokers(kafka: &Kafka) -> String {
    kafka.brokers.0.join(",")
}

/// The client's properties, secrets and all.
#[must_use]
pub fn properties(kafka: &Kafka) -> ClientProperties {
    kafka.client.0.clone()
}
