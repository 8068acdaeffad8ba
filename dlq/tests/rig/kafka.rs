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

use super::{SOON, unique, until, wait};

/// How large a letter may be that tests write and read: the broker decides.
const LARGEST: &str = "100000000";

/// A Kafka cluster.
#[derive(Clone, Debug)]
pub struct Cluster(pub String);

impl Cluster {
    /// The one that all tests share.
    pub fn shared() -> Self {
        Self(Server::named("kafka").url().to_owned())
    }

    fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", &self.0).set("message.max.bytes", LARGEST);
        client.set("reconnect.backoff.max.ms", "500");
        client
    }

    /// A consumer in no one's way.
    fn reader(&self) -> BaseConsumer {
        self.client().set("group.id", unique("reader")).create().unwrap()
    }

    pub fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.client().create().unwrap()
    }

    /// Makes a topic of its own.
    pub fn topic(&self, name: &str, partitions: i32) -> String {
        self.topic_with(name, partitions, &[])
    }

    /// Makes a topic of its own with these settings.
    pub fn topic_with(&self, name: &str, partitions: i32, settings: &[(&str, &str)]) -> String {
        let name = unique(name);
        assert!(self.make(&name, partitions, settings), "{name} was made");
        name
    }

    /// Makes a topic of this name, if there is none.
    pub fn make(&self, name: &str, partitions: i32, settings: &[(&str, &str)]) -> bool {
        let new = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
        let new = settings.iter().fold(new, |new, (name, value)| new.set(name, value));
        let made = wait(self.admin().create_topics([&new], &waiting())).unwrap();
        made.into_iter().all(|made| made.is_ok())
    }

    /// Deletes a topic and makes it anew, with one partition.
    pub fn recreate(&self, name: &str) {
        wait(self.admin().delete_topics(&[name], &waiting())).unwrap();
        until("the topic can be made anew", || self.make(name, 1, &[]));
    }

    /// Deletes all below an offset, as retention does.
    pub fn delete_below(&self, topic: &str, offset: i64) {
        let mut below = TopicPartitionList::new();
        below.add_partition_offset(topic, 0, Offset::Offset(offset)).unwrap();
        wait(self.admin().delete_records(&below, &waiting())).unwrap();
    }

    /// Forgets what a group committed, as brokers do after a week without members.
    pub fn forget_group(&self, group: &str) {
        for deleted in wait(self.admin().delete_groups(&[group], &waiting())).unwrap() {
            deleted.unwrap();
        }
    }

    /// What a group has committed for a partition.
    pub fn committed(&self, group: &str, topic: &str, partition: i32) -> Option<usize> {
        let consumer: BaseConsumer = self.client().set("group.id", group).create().unwrap();
        let mut list = TopicPartitionList::new();
        list.add_partition(topic, partition);
        let committed = consumer.committed_offsets(list, SOON).unwrap();
        let Offset::Offset(offset) = committed.elements()[0].offset() else { return None };
        usize::try_from(offset).ok()
    }

    /// Writes letters, in order, and waits until the broker has them, each once.
    pub fn produce(&self, topic: &str, letters: impl IntoIterator<Item = Letter>) -> usize {
        let producer: BaseProducer = self.client().set("enable.idempotence", "true").create().unwrap();
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

    /// How many letters were ever written to a topic.
    pub fn count_of(&self, topic: &str) -> usize {
        let written: i64 = partitions_of(&self.reader(), topic).iter().map(|(_, high)| high).sum();
        usize::try_from(written).unwrap()
    }

    /// The first letters of a topic, as soon as so many are there.
    pub fn first_of(&self, topic: &str, count: usize) -> Vec<(Letter, Place)> {
        let (consumer, mut from) = (self.reader(), TopicPartitionList::new());
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
    pub fn members_at_work(&self, group: &str) -> usize {
        let groups = self.reader().client().fetch_group_list(Some(group), SOON).unwrap();
        let Some(group) = groups.groups().iter().find(|found| found.name() == group) else { return 0 };
        let assignments = group.members().iter().filter_map(|member| member.assignment());
        // Version (2 bytes), number of topics (4 bytes), …
        let at_work = assignments.filter(|bytes| bytes.get(2..6).is_some_and(|topics| topics != [0; 4]));
        if group.state() == "Stable" { at_work.count() } else { 0 }
    }
}

fn waiting() -> AdminOptions {
    AdminOptions::new().operation_timeout(Some(SOON)).request_timeout(Some(SOON))
}

fn partitions_of(consumer: &BaseConsumer, topic: &str) -> Vec<(i32, i64)> {
    let metadata = consumer.fetch_metadata(Some(topic), SOON).unwrap();
    let partitions = metadata.topics()[0].partitions().iter().map(|partition| partition.id());
    partitions.map(|id| (id, consumer.fetch_watermarks(topic, id, SOON).unwrap().1)).collect()
}

pub fn topic(name: &str, partitions: i32) -> String {
    Cluster::shared().topic(name, partitions)
}

pub fn produce(topic: &str, letters: impl IntoIterator<Item = Letter>) -> usize {
    Cluster::shared().produce(topic, letters)
}

pub fn count_of(topic: &str) -> usize {
    Cluster::shared().count_of(topic)
}

/// Every letter of a topic, and where it stands.
pub fn all_of(topic: &str) -> Vec<(Letter, Place)> {
    first_of(topic, count_of(topic))
}

pub fn first_of(topic: &str, count: usize) -> Vec<(Letter, Place)> {
    Cluster::shared().first_of(topic, count)
}

pub fn members_at_work(group: &str) -> usize {
    Cluster::shared().members_at_work(group)
}

/// Writes dead letters without a break, until it is told to stop.
pub struct Load {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<usize>,
}

impl Load {
    /// Some six hundred dead letters a second.
    pub fn on(topic: &str) -> Self {
        Self::on_topic_of(Cluster::shared(), topic)
    }

    pub fn on_topic_of(cluster: Cluster, topic: &str) -> Self {
        let (topic, stop) = (topic.to_owned(), Arc::new(AtomicBool::new(false)));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut count = 0;
            while !stopped.load(Ordering::Relaxed) {
                count += cluster.produce(&topic, (count as u64..count as u64 + 60).map(spring::letter));
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
