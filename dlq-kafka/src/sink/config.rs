//! What a sink is told.

use std::time::Duration;

use rdkafka::ClientConfig;

use crate::client::ClientProperties;
use crate::dialect::TopicRules;

/// What a sink is told.
#[derive(Clone, Debug)]
pub struct SinkConfig {
    /// Where the cluster is: `host:port`, separated by commas.
    pub brokers: String,
    /// librdkafka's properties, over our own choice. Idempotence stays.
    pub properties: ClientProperties,
    /// How long the cluster may take to accept a record before its outcome is unknown; shorter than the lease under
    /// which it is sent. Default 30 s.
    pub timeout: Duration,
    /// In whose name records go home: the value of `dlq.redriven.by`.
    pub redriven_by: String,
    /// What the operator knows of dead-letter topics: headers that are aliased there do not go home. Default nothing.
    pub rules: TopicRules,
}

impl SinkConfig {
    /// A sink with every default.
    #[must_use]
    pub fn new(brokers: impl Into<String>, redriven_by: impl Into<String>) -> Self {
        let (brokers, redriven_by) = (brokers.into(), redriven_by.into());
        Self {
            brokers,
            properties: ClientProperties::default(),
            timeout: Duration::from_secs(30),
            redriven_by,
            rules: TopicRules::default(),
        }
    }

    /// The client's configuration: partitioned as Java's clients do, so that a key goes where it went.
    pub(super) fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        client
            .set("linger.ms", "2")
            .set("compression.type", "lz4")
            .set("partitioner", "murmur2_random")
            // What came from Kafka may go home: its target decides what is too large, not a million bytes.
            .set("message.max.bytes", "1000000000")
            .set("reconnect.backoff.ms", "50")
            .set("reconnect.backoff.max.ms", "500")
            .set("allow.auto.create.topics", "false")
            .set("topic.metadata.propagation.max.ms", "5000");
        self.properties.apply(&mut client);
        client.set("bootstrap.servers", &self.brokers);
        client
    }
}
