//! What the tests on a real broker share: topics of their own, letters, and a source that runs until it is stopped.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "each test file uses its part, and may panic"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use dlq_core::handler::IntakeConfig;
use dlq_core::{DlqStorage, Observers, SystemClock, TopicName};
use dlq_kafka::source::{KafkaSource, SourceConfig};
use dlq_kafka::{SourceError, raw_headers};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use tokio_util::sync::CancellationToken;

/// How long a test waits for something that must happen.
pub const SOON: Duration = Duration::from_secs(60);

pub fn brokers() -> String {
    std::env::var("DLQ_TEST_KAFKA_URL")
        .expect("DLQ_TEST_KAFKA_URL names no broker; `dev/services up kafka` starts one and `eval \"$(dev/services env)\"` names it")
}

/// A name that no other test has.
pub fn unique(name: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let nonce = uuid::Uuid::new_v4().simple().to_string();
    format!("{name}-{}-{}", &nonce[..8], COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Makes a topic.
pub async fn topic(name: &str, partitions: i32) -> TopicName {
    make(&NewTopic::new(&unique(name), partitions, TopicReplication::Fixed(1))).await
}

/// Makes a topic of one partition with these settings.
pub async fn topic_with(name: &str, settings: &[(&str, &str)]) -> TopicName {
    let (name, settings) = (unique(name), settings.to_vec());
    let new = NewTopic::new(&name, 1, TopicReplication::Fixed(1));
    make(&settings.into_iter().fold(new, |new, (key, value)| new.set(key, value))).await
}

/// Makes a topic as told.
pub async fn make(new: &NewTopic<'_>) -> TopicName {
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", brokers()).create().unwrap();
    let made = admin.create_topics([new], &AdminOptions::new().operation_timeout(Some(SOON))).await.unwrap();
    made.into_iter().for_each(|topic| assert!(topic.is_ok(), "{topic:?}"));
    TopicName::new(new.name).unwrap()
}

/// A message, byte for byte.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letter {
    pub key: Option<Vec<u8>>,
    pub payload: Option<Vec<u8>>,
    pub headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl Letter {
    pub fn new(key: &str, payload: &str) -> Self {
        Self { key: Some(key.into()), payload: Some(payload.into()), headers: Vec::new() }
    }

    pub fn header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.as_ref().to_vec(), Some(value.as_ref().to_vec())));
        self
    }

    /// The same, as Spring's recoverer writes it of a record at this place.
    pub fn spring(self, topic: &TopicName, partition: i32, offset: i64) -> Self {
        self.header("kafka_dlt-original-topic", topic.as_str())
            .header("kafka_dlt-original-partition", partition.to_be_bytes())
            .header("kafka_dlt-original-offset", offset.to_be_bytes())
            .header("kafka_dlt-original-timestamp", 1_700_000_000_000_i64.to_be_bytes())
            .header("kafka_dlt-original-timestamp-type", "CreateTime")
            .header("kafka_dlt-original-consumer-group", "billing")
            .header(
                "kafka_dlt-exception-fqcn",
                "org.springframework.kafka.listener.ListenerExecutionFailedException",
            )
            .header("kafka_dlt-exception-cause-fqcn", "java.net.SocketTimeoutException")
            .header("kafka_dlt-exception-message", "Listener failed; connect timed out")
    }
}

/// Writes letters to one partition, in order, and waits until the broker has them.
pub fn produce(topic: &TopicName, partition: i32, letters: &[Letter]) {
    let producer: BaseProducer = ClientConfig::new().set("bootstrap.servers", brokers()).create().unwrap();
    for letter in letters {
        let mut headers = OwnedHeaders::new();
        for (name, value) in &letter.headers {
            raw_headers::add(&mut headers, name, value.as_deref());
        }
        let mut record = BaseRecord::to(topic.as_str()).partition(partition).headers(headers);
        record.key = letter.key.as_deref();
        record.payload = letter.payload.as_deref();
        while let Err((_, back)) = producer.send::<[u8], [u8]>(record) {
            producer.poll(Duration::from_millis(5));
            record = back;
        }
    }
    producer.flush(SOON).unwrap();
}

/// Reads the first `count` letters of a partition.
pub fn consume(topic: &TopicName, partition: i32, count: usize) -> Vec<Letter> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers())
        .set("group.id", unique("reader"))
        .create()
        .unwrap();
    let mut from = TopicPartitionList::new();
    from.add_partition_offset(topic.as_str(), partition, Offset::Beginning).unwrap();
    consumer.assign(&from).unwrap();
    let give_up = Instant::now() + SOON;
    let mut letters = Vec::new();
    while letters.len() < count && Instant::now() < give_up {
        let Some(Ok(message)) = consumer.poll(Duration::from_millis(100)) else { continue };
        let mut headers = Vec::new();
        raw_headers::read(&message, |name, value| {
            headers.push((name.to_vec(), value.map(<[u8]>::to_vec)));
            Ok::<(), std::convert::Infallible>(())
        })
        .unwrap();
        let (key, payload) = (message.key().map(<[u8]>::to_vec), message.payload().map(<[u8]>::to_vec));
        letters.push(Letter { key, payload, headers });
    }
    letters
}

/// What a group has committed for a partition.
pub fn committed(group: &str, topic: &TopicName, partition: i32) -> Option<i64> {
    let consumer: BaseConsumer =
        ClientConfig::new().set("bootstrap.servers", brokers()).set("group.id", group).create().unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition(topic.as_str(), partition);
    let committed = consumer.committed_offsets(list, SOON).unwrap();
    match committed.elements()[0].offset() {
        Offset::Offset(offset) => Some(offset),
        _ => None,
    }
}

/// A source that runs until it is stopped.
pub struct Running {
    stop: CancellationToken,
    thread: std::thread::JoinHandle<Result<(), SourceError>>,
}

pub fn config(group: &str, topics: &[&TopicName]) -> SourceConfig {
    SourceConfig {
        refused_retry: Duration::from_millis(200),
        ..SourceConfig::new(brokers(), group, topics.iter().map(ToString::to_string).collect())
    }
}

pub fn start(config: SourceConfig, storage: &Arc<dyn DlqStorage>) -> Running {
    start_with(config, storage, Observers::default())
}

pub fn start_with(config: SourceConfig, storage: &Arc<dyn DlqStorage>, observers: Observers) -> Running {
    start_intake(config, IntakeConfig::default(), storage, observers)
}

pub fn start_intake(
    config: SourceConfig,
    intake: IntakeConfig,
    storage: &Arc<dyn DlqStorage>,
    observers: Observers,
) -> Running {
    let (stop, clock) = (CancellationToken::new(), Arc::new(SystemClock));
    let thread = KafkaSource::spawn(config, intake, Arc::clone(storage), clock, observers, stop.clone());
    Running { stop, thread: thread.unwrap() }
}

impl Running {
    pub async fn stop(self) {
        self.stop.cancel();
        tokio::task::spawn_blocking(|| self.thread.join().unwrap().unwrap()).await.unwrap();
    }
}

/// Waits until something holds, and fails loudly if it never does.
pub async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let give_up = Instant::now() + SOON;
    while !holds().await {
        assert!(Instant::now() < give_up, "never came true: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub async fn stored(storage: &Arc<dyn DlqStorage>) -> u64 {
    storage.account().await.unwrap().stored
}

/// Deletes a topic of one partition and makes it anew.
pub async fn recreate(name: &TopicName) {
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", brokers()).create().unwrap();
    let options = AdminOptions::new().operation_timeout(Some(SOON));
    admin.delete_topics(&[name.as_str()], &options).await.unwrap();
    until("the topic can be made anew", async || {
        let new = NewTopic::new(name.as_str(), 1, TopicReplication::Fixed(1));
        admin.create_topics([&new], &options).await.is_ok_and(|made| made.iter().all(Result::is_ok))
    })
    .await;
}
