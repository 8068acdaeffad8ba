//! [`Broker`]: a Kafka broker inside this process, and the clients that the shop uses.

use std::time::Duration;

use anyhow::Context;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, Rebalance};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{
    BaseRecord, DefaultProducerContext, DeliveryResult, NoCustomPartitioner, Producer, ProducerContext,
    ThreadedProducer,
};
use rdkafka::{ClientConfig, ClientContext};

use super::counters::Counter;

/// Partitions of every topic. The broker keeps 5 MB of each and drops what is older: with so many, the dead letters of
/// the longest and fastest demo stay well below it.
pub(super) const PARTITIONS: i32 = 4;
/// How long the broker may take to accept what is on its way.
const FLUSH: Duration = Duration::from_secs(10);

/// librdkafka's mock broker: the protocol of a real one, everything in memory.
pub(super) struct Broker(MockCluster<'static, DefaultProducerContext>);

impl Broker {
    /// Starts a broker with these topics, on a free port of the loopback interface.
    ///
    /// # Errors
    /// There is no free port, or no memory.
    pub(super) fn start(topics: &[&str]) -> anyhow::Result<Self> {
        let cluster = MockCluster::new(1).context("the embedded broker does not start")?;
        for topic in topics {
            cluster.create_topic(topic, PARTITIONS, 1).with_context(|| format!("the topic {topic}"))?;
        }
        Ok(Self(cluster))
    }

    /// Where it listens: `host:port`.
    #[must_use]
    pub(super) fn address(&self) -> String {
        self.0.bootstrap_servers()
    }
}

impl std::fmt::Debug for Broker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Broker").field(&self.address()).finish()
    }
}

/// A producer that counts what the broker accepted.
pub(super) struct CountingProducer(ThreadedProducer<Accepted>);

impl CountingProducer {
    pub(super) fn new(brokers: &str, accepted: Counter) -> anyhow::Result<Self> {
        let mut client = ClientConfig::new();
        client
            .set("bootstrap.servers", brokers)
            .set("enable.idempotence", "true")
            .set("partitioner", "murmur2_random")
            .set("compression.type", "zstd")
            .set("linger.ms", "100");
        Ok(Self(client.create_with_context(Accepted(accepted))?))
    }

    pub(super) fn send(&self, record: BaseRecord<'_, [u8], [u8]>) -> anyhow::Result<()> {
        self.0.send(record).map_err(|(error, _)| error).context("the embedded broker takes no message")
    }

    /// Waits until the broker has everything.
    pub(super) fn finish(&self) -> anyhow::Result<()> {
        self.0.flush(FLUSH).context("the embedded broker did not accept everything")
    }
}

/// Counts what the broker accepted.
pub(super) struct Accepted(Counter);

impl ClientContext for Accepted {}

impl ProducerContext<NoCustomPartitioner> for Accepted {
    type DeliveryOpaque = ();

    fn delivery(&self, report: &DeliveryResult<'_>, (): ()) {
        match report {
            Ok(_) => self.0.add(1),
            Err((error, _)) => tracing::error!(%error, "the embedded broker did not accept a message"),
        }
    }
}

/// A consumer in a group, on one topic; counts when it has joined.
pub(super) fn consumer(
    brokers: &str,
    group: &str,
    topic: &str,
    joined: Counter,
) -> anyhow::Result<BaseConsumer<Joined>> {
    let consumer: BaseConsumer<_> = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", group)
        .set("auto.offset.reset", "earliest")
        .set("fetch.queue.backoff.ms", "5")
        .create_with_context(Joined(joined))?;
    consumer.subscribe(&[topic])?;
    Ok(consumer)
}

/// Counts when a consumer gets its partitions.
pub(super) struct Joined(Counter);

impl ClientContext for Joined {}

impl ConsumerContext for Joined {
    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if matches!(rebalance, Rebalance::Assign(_)) {
            self.0.add(1);
        }
    }
}
