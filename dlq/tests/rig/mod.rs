//! Real processes on a real broker: `dlq serve` started, killed and started again, and the books afterwards.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses its part, and may panic"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dlq::traffic::Letter;
use dlq_storage_sql::{SqlConfig, SqlStorage};
use dlq_testkit::server::Server;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::Value;

/// How long a test waits for something that must happen.
pub const SOON: Duration = Duration::from_secs(90);

/// A name that no other test has.
pub fn unique(name: &str) -> String {
    format!("{name}-{}", &uuid::Uuid::new_v4().simple().to_string()[..12])
}

pub fn brokers() -> String {
    Server::named("kafka").url().to_owned()
}

fn client() -> ClientConfig {
    let mut client = ClientConfig::new();
    client.set("bootstrap.servers", brokers());
    client
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(work)
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
        while let Err((_, back)) = producer.send(record) {
            producer.poll(Duration::from_millis(5));
            record = back;
        }
        count += 1;
    }
    producer.flush(SOON).unwrap();
    count
}

/// Reads the first `count` letters of a topic.
pub fn consume(topic: &str, partitions: i32, count: usize) -> Vec<Letter> {
    let consumer: BaseConsumer = client().set("group.id", unique("reader")).create().unwrap();
    let mut from = TopicPartitionList::new();
    for partition in 0..partitions {
        from.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
    }
    consumer.assign(&from).unwrap();
    let (give_up, mut letters) = (Instant::now() + SOON, Vec::new());
    while letters.len() < count && Instant::now() < give_up {
        if let Some(Ok(message)) = consumer.poll(Duration::from_millis(100)) {
            letters.push(Letter::received(&message).0);
        }
    }
    letters
}

/// A storage of its own, that is gone with the test.
pub struct Store {
    pub url: String,
    _folder: Option<tempfile::TempDir>,
}

impl Store {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { url: format!("sqlite:{}", folder.path().join("dlq.db").display()), _folder: Some(folder) }
    }

    /// A schema of the real server.
    pub fn postgres() -> Self {
        Self::in_schema_of(Server::named("postgres").url())
    }

    pub fn in_schema_of(server: &str) -> Self {
        let schema = unique("bad").replace('-', "_");
        let config = SqlConfig::from_url(server).unwrap().schema(schema.as_str());
        wait(async { SqlStorage::connect(&config).await.unwrap() });
        Self { url: format!("{server}?options=-csearch_path%3D{schema}"), _folder: None }
    }
}

/// `dlq` with these arguments on this storage; it is killed when it is dropped.
pub struct Process(pub Child);

impl Process {
    pub fn serve(store: &Store, dead: &str, group: &str) -> Self {
        let serve = ["serve", "--topics", dead, "--group-id", group, "--brokers", &brokers()];
        Self(command(store, &serve).stdout(Stdio::null()).stderr(log()).spawn().unwrap())
    }

    /// SIGKILL: nothing of ours runs any more.
    pub fn kill9(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// SIGTERM, and the exit code.
    pub fn terminate(mut self) -> Option<i32> {
        signal(&self.0, "TERM");
        self.0.wait().unwrap().code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended = self.0.kill().and_then(|()| self.0.wait());
    }
}

pub fn signal(process: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &process.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// What the processes log, kept under the target folder for whoever looks for a cause.
fn log() -> std::fs::File {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    std::fs::OpenOptions::new().create(true).append(true).open(folder.join("serve.log")).unwrap()
}

fn command(store: &Store, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dlq"));
    command.args(arguments).env("DLQ__STORAGE__URL", &store.url).env("DLQ__KAFKA__BROKERS", brokers());
    command
}

/// Runs a client command: its exit code and what it wrote to standard output.
pub fn dlq(store: &Store, arguments: &[&str]) -> (Option<i32>, String) {
    let output = command(store, arguments).stdin(Stdio::null()).output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.code() != Some(2), "{arguments:?}: {err}");
    (output.status.code(), out)
}

/// The books as JSON, if the storage answers.
pub fn account(store: &Store) -> Option<Value> {
    let (_, out) = dlq(store, &["account", "-o", "json"]);
    serde_json::from_str(&out).ok()
}

/// Waits until so many records are stored and below the watermarks.
pub fn until_stored(store: &Store, count: usize) {
    let give_up = Instant::now() + SOON;
    loop {
        let account = account(store);
        let both = account.as_ref().map(|account| (account["stored"].as_u64(), account["captured"].as_u64()));
        let count = u64::try_from(count).ok();
        if both == Some((count, count)) {
            return;
        }
        assert!(Instant::now() < give_up, "{count:?} were to be stored and captured: {account:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Every record of a storage as JSON.
pub fn records(store: &Store) -> Vec<Value> {
    let (code, out) = dlq(store, &["list", "--limit", "1000000", "-o", "jsonl"]);
    assert_eq!(code, Some(0), "{out}");
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Every produced record is there exactly once, and the books agree with Kafka.
pub fn assert_accounted(store: &Store, count: usize) {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for record in records(store) {
        *seen.entry(record["captured_from"].to_string()).or_default() += 1;
    }
    assert_eq!(seen.len(), count, "records by where they were captured");
    assert!(seen.values().all(|times| *times == 1), "none is there twice");
    let (code, out) = dlq(store, &["account", "--verify"]);
    assert_eq!(code, Some(0), "{out}");
}
