//! What quarantine is told.

use std::time::Duration;

use dlq_core::TopicName;
use rdkafka::ClientConfig;

use crate::client::ClientProperties;

/// The largest message that is sent to quarantine, and that a topic made by us takes: 64 MiB.
pub(super) const MESSAGE_BYTES_MAX: u32 = 64 << 20;

/// What quarantine is told.
#[derive(Clone, Debug)]
pub struct QuarantineConfig {
    /// Where the cluster is: `host:port`, separated by commas.
    pub brokers: String,
    /// librdkafka's properties, over our own choice. Idempotence stays.
    pub properties: ClientProperties,
    /// The topic. It is ours alone: it is neither captured from nor redriven to.
    pub topic: TopicName,
    /// Whether a topic that is not there is made: of one partition, compacted, without an end of retention, for messages
    /// of up to 64 MiB. Default yes.
    pub create: bool,
    /// How long the cluster may take to accept a record before it is offered again. Default 10 s.
    pub timeout: Duration,
}

impl QuarantineConfig {
    /// Quarantine with every default.
    #[must_use]
    pub fn new(brokers: impl Into<String>, topic: TopicName) -> Self {
        let timeout = Duration::from_secs(10);
        Self {
            brokers: brokers.into(),
            properties: ClientProperties::default(),
            topic,
            create: true,
            timeout,
        }
    }

    /// A client's configuration.
    pub(super) fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        client
            .set("linger.ms", "2")
            .set("compression.type", "lz4")
            .set("partitioner", "murmur2_random")
            .set("reconnect.backoff.ms", "50")
            .set("reconnect.backoff.max.ms", "500");
        self.properties.apply(&mut client);
        client
            .set("bootstrap.servers", &self.brokers)
            .set("allow.auto.create.topics", "false")
            // One that the topic refuses is to be refused alone.
            .set("batch.num.messages", "1")
            .set("message.max.bytes", MESSAGE_BYTES_MAX.to_string());
        client
    }
}
