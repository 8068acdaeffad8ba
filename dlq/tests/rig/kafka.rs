//! Topics of a test's own, and letters written to and read from them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use dlq::traffic::{Letter, Place, spring};
use dlq_testkit::server::Server;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use super::{SOON, unique, wait};

pub fn brokers() -> String {
    Server::named("kafka").url().to_owned()
}

fn client() -> ClientConfig {
    let mut client = ClientConfig::new();
    client.set("bootstrap.servers", brokers());
    client
}

/// A consumer in no one's way.
fn reader() -> BaseConsumer {
    client().set("group.id", unique("reader")).create().unwrap()
}

/// Makes a topic of its own.
pub fn topic(name: &str, partitions: i32) -> String {
    let name = unique(name);
    let admin: AdminClient<DefaultClientContext> = client().create().unwrap();
    let new = NewTopic::new(&name, partitions, TopicReplication::Fixed(1));
    let options = AdminOptions::new().operation_timeout(Some(SOON));
    for made in wait(admin.create_topics([&new], &options)).unwrap() {
        made.unwrap();
    }
    name
}

/// Writes letters, in order, and waits until the broker has them.
pub fn produce(topic: &str, letters: impl IntoIterator<Item = Letter>) -> usize {
    let producer: BaseProducer = client().create().unwrap();
    let mut count = 0;
    for letter in letters {
        let mut record = letter.to(topic);
        while let Err((error, back)) = producer.send(record) {
            assert_eq!(error.rdkafka_error_code(), Some(rdkafka::types::RDKafkaErrorCode::QueueFull));
            producer.poll(Duration::from_millis(5));
            record = back;
        }
        count += 1;
    }
    producer.flush(SOON).unwrap();
    count
}

/// Writes dead letters without a break, until it is told to stop.
pub struct Load {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<usize>,
}

impl Load {
    /// Some six hundred dead letters a second.
    pub fn on(topic: &str) -> Self {
        let (topic, stop) = (topic.to_owned(), Arc::new(AtomicBool::new(false)));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut count = 0;
            while !stopped.load(Ordering::Relaxed) {
                count += produce(&topic, (count as u64..count as u64 + 60).map(spring::letter));
                std::thread::sleep(Duration::from_millis(100));
            }
            count
        });
        Self { stop, thread }
    }

    /// Stops, and tells how many letters were written.
    pub fn stop(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

fn partitions_of(consumer: &BaseConsumer, topic: &str) -> Vec<(i32, i64)> {
    let metadata = consumer.fetch_metadata(Some(topic), SOON).unwrap();
    let partitions = metadata.topics()[0].partitions().iter().map(|partition| partition.id());
    partitions.map(|id| (id, consumer.fetch_watermarks(topic, id, SOON).unwrap().1)).collect()
}

/// How many letters were ever written to a topic.
pub fn count_of(topic: &str) -> usize {
    let written: i64 = partitions_of(&reader(), topic).iter().map(|(_, high)| high).sum();
    usize::try_from(written).unwrap()
}

/// Every letter of a topic, and where it stands.
pub fn all_of(topic: &str) -> Vec<(Letter, Place)> {
    first_of(topic, count_of(topic))
}

/// The first letters of a topic, as soon as so many are there.
pub fn first_of(topic: &str, count: usize) -> Vec<(Letter, Place)> {
    let (consumer, mut from) = (reader(), TopicPartitionList::new());
    for (partition, _) in partitions_of(&consumer, topic) {
        from.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
    }
    consumer.assign(&from).unwrap();
    let (give_up, mut letters) = (Instant::now() + SOON, Vec::new());
    while letters.len() < count {
        assert!(Instant::now() < give_up, "{} of {count} letters could be read", letters.len());
        if let Some(message) = consumer.poll(Duration::from_millis(100)) {
            letters.push(Letter::received(&message.unwrap()));
        }
    }
    letters
}

/// How many members of a group have partitions, once nothing is being moved among them.
pub fn members_at_work(group: &str) -> usize {
    let groups = reader().client().fetch_group_list(Some(group), SOON).unwrap();
    let Some(group) = groups.groups().iter().find(|found| found.name() == group) else { return 0 };
    let assignments = group.members().iter().filter_map(|member| member.assignment());
    // Version (2 bytes), number of topics (4 bytes), …
    let at_work = assignments.filter(|bytes| bytes.get(2..6).is_some_and(|topics| topics != [0; 4]));
    if group.state() == "Stable" { at_work.count() } else { 0 }
}
