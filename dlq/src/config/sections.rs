//! Every key there is, each with its type, its default, what is allowed and what it is for: the one place.

use std::time::Duration;

use dlq_core::policy::config::Profile;
use dlq_kafka::dialect::TopicRules;
use serde::{Deserialize, Deserializer};

use super::key::Preset::{By, Is, Unset};
use super::key::{Section, section};
use super::kind::{Kind, items};
use super::secret::{ClientTable, StorageUrl};
use super::value::{ByteCount, Listen, Timespan};

/// The sections in the order of the file.
pub const SECTIONS: [Section; 9] = [
    Storage::SECTION,
    Kafka::SECTION,
    Capture::SECTION,
    Dialects::SECTION,
    Quarantine::SECTION,
    Redrive::SECTION,
    Shutdown::SECTION,
    Server::SECTION,
    Log::SECTION,
];

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
const MIB: u64 = 1 << 20;
const TIB: u64 = 1 << 40;

/// A length of time as the file writes it.
fn time(span: Duration) -> String {
    Timespan(span).to_string()
}

section! {
    /// Where dead letters are kept.
    Storage = "storage" {
        /// The storage: `sqlite:FILE`, `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, for MariaDB and MySQL
        /// `mysql://USER:PASSWORD@HOST:PORT/DATABASE`, for Redis and Valkey `redis://USER:PASSWORD@HOST:PORT`
        /// (`rediss://` with TLS; `redis+cluster://HOST:PORT,HOST:PORT` for a cluster,
        /// `redis+sentinel://HOST:PORT,HOST:PORT/NAME` for a server that sentinels watch; `?prefix=NAME` for several stores on
        /// one server), or for Cassandra and ScyllaDB `cassandra://USER:PASSWORD@HOST:PORT,HOST:PORT/KEYSPACE` (`?store=`,
        /// `dc=`, `shards=`, `replication=`, `tls=on`). `memory:` keeps nothing and is for trying `dlq serve` only.
        url: Option<StorageUrl> = Unset("sqlite:dlq.db"), Kind::Url;
        /// A file that holds the URL, in place of `url`: the way to keep a password out of this one.
        url_file: Option<String> = Unset("/run/secrets/dlq-storage-url"), Kind::File;
        /// How many connections are kept to it, at most. Redis has one, Cassandra a few for each node.
        pool_size: u32 = Is("8"), Kind::Count(2, 1_000);
        /// How long to wait for a connection before an operation fails.
        acquire_timeout: Timespan = Is("5s"), Kind::Time(MILLISECOND, HOUR);
    }
}

section! {
    /// From which cluster and topics dead letters are captured. `dlq serve`, `dlq redrive` and `dlq quarantine` need it.
    Kafka = "kafka" {
        /// Where to find the cluster, such as `["kafka-1:9092", "kafka-2:9092"]`.
        brokers: List = Is(""), Kind::Brokers;
        /// The consumer group that captures. Instances with the same group share the partitions.
        group_id: String = Is("dlq"), Kind::Text;
        /// The dead-letter topics, by name, or by a pattern that begins with `^`, such as
        /// `["orders-dlt", "^billing[.].*[.]DLQ$"]`.
        topics: List = Is(""), Kind::Topics;
        /// How further dead-letter topics are found while `dlq serve` runs, new ones within half a minute: not at all
        /// (`off`), by what they are called (`names`), or also by what a framework wrote on their latest letters
        /// (`headers`). Topics for retries, and Kafka's own, are never found.
        discover: Discover = Is("off"), Kind::Choice(&["off", "names", "headers"]);
        /// The topics that may be found, by name or pattern; all where there is none.
        discover_allow: List = Is(""), Kind::Topics;
        /// The topics that are never found, by name or pattern, such as those that records are sent to.
        discover_deny: List = Is(""), Kind::Topics;
        /// Further properties of the Kafka client, handed on as they are, by the names of librdkafka, such as
        /// `"security.protocol"`. A name that ends in `_file` reads the value from a file: `"sasl.password_file"`.
        client: ClientTable = Unset("\"security.protocol\" = \"SASL_SSL\""), Kind::Properties;
    }
}

section! {
    /// How dead letters travel from Kafka to the storage.
    Capture = "capture" {
        /// What capture is for. It decides about other keys of this section where they are not set, and how the Kafka client
        /// fetches: `default`; `high_throughput`, as many records a second as the storage takes; `low_latency`, each record
        /// stored as soon as may be; `memory_efficient`, for a small container; `development`, small batches, and failures
        /// told soon.
        profile: Profile = Is("default"), Kind::Choice(&["default", "high_throughput", "low_latency", "memory_efficient", "development"]);
        /// How many records are written together, at most.
        batch_size: u32 = By(|profile| profile.performance().batch_size().to_string()), Kind::Count(1, 100_000);
        /// How small a batch may become where the storage takes longer than `batch_target`; it does not change where this is
        /// `batch_size` or more.
        batch_size_min: u32 = By(|profile| profile.performance().batch_size_min().to_string()), Kind::Count(1, 100_000);
        /// How long the storage may take for a batch before the next ones are smaller.
        batch_target: Timespan = By(|profile| time(profile.performance().batch_target())), Kind::Time(MILLISECOND, Duration::from_secs(60));
        /// How long a batch that is not full waits for more.
        linger: Timespan = By(|profile| time(profile.performance().linger())), Kind::Time(Duration::ZERO, Duration::from_secs(10));
        /// How many bytes of records may be in memory, from Kafka to the storage's answer; beyond it partitions are
        /// paused. A record larger than that passes alone.
        budget_bytes: ByteCount = By(|profile| format!("{}MiB", profile.performance().budget_bytes() >> 20)), Kind::Size(MIB, TIB);
        /// How many batches are written at the same time; at most `storage.pool_size`.
        writers: u32 = By(|profile| profile.performance().writers().to_string()), Kind::Count(1, 64);
        /// How often offsets of stored records are committed to Kafka.
        commit_interval: Timespan = Is("200ms"), Kind::Time(Duration::from_millis(10), Duration::from_secs(60));
        /// How long the storage may take to answer before it is asked again. What was asked for runs on meanwhile. After ten
        /// calls in a row that got no answer, the storage is left alone for two seconds.
        store_timeout: Timespan = By(|profile| time(profile.processing().store_timeout())), Kind::Time(SECOND, HOUR);
        /// How long to wait before a failed write is repeated for the first time. Writes are repeated until they succeed.
        retry_backoff_min: Timespan = By(|profile| time(profile.processing().store_retry_min())), Kind::Time(MILLISECOND, HOUR);
        /// How long to wait between repetitions, at most.
        retry_backoff_max: Timespan = By(|profile| time(profile.processing().store_retry_max())), Kind::Time(MILLISECOND, DAY);
    }
}

section! {
    /// Where records go that the storage refuses for good, such as one that is too large, so that the partition of each
    /// goes on: a topic of `dlq`'s own on the same cluster.
    Quarantine = "quarantine" {
        /// Whether there is a quarantine. Without one the partition of a refused record is held, and the record offered to
        /// the storage again and again.
        enabled: bool = Is("true"), Kind::Switch;
        /// The topic. It is never captured from or sent to.
        topic: String = Is("dlq-quarantine"), Kind::Topic;
        /// Whether the topic is made where it is not there: one partition, compacted, kept for ever, for messages of up to
        /// 64 MiB.
        create: bool = Is("true"), Kind::Switch;
        /// How many records a minute may go to quarantine. When the storage refuses more, it is probably not the records'
        /// fault: their partitions are held until it takes them, or there is room again.
        records_per_minute: u32 = Is("100"), Kind::Count(1, 1_000_000);
    }
}

section! {
    /// What is known of dead-letter topics that their letters do not tell. Frameworks are recognised by their headers;
    /// this is for those that write none, or that write them under other names.
    Dialects = "dialects" {
        /// Rules, of which the first that matches a topic holds. `topic` is its name, or a pattern that begins with `^`;
        /// everything else may be left out. `dialect` is taken for granted, whatever the headers. `origin_topic` and
        /// `consumer_group` hold where no header says otherwise. `headers` are other names of headers, whose case does
        /// not matter, such as `{ topic = "X-Origin", offset = { name = "X-Offset", encoding = "int64" } }`; they tell
        /// `topic`, `partition`, `offset`, `timestamp`, `consumer_group`, `class`, `cause_class`, `message`,
        /// `stack_trace`, `stage`, `component` or `attempts`, as `text`, `decimal`, `int32` or `int64`.
        topics: Option<TopicRules> = Unset("[{ topic = \"archive-dlq\", dialect = \"kafka-connect\", origin_topic = \"orders\" }]"), Kind::TopicRules;
    }
}

section! {
    /// How records are sent back.
    Redrive = "redrive" {
        /// Who the history names where `--actor` is not given, for every verb that changes records.
        actor: String = Is("operator"), Kind::Text;
        /// How long records are held for one attempt; longer than `send_timeout`, for others may take them afterwards.
        lease: Timespan = Is("1m"), Kind::Time(SECOND, DAY);
        /// How many records are claimed together, at most.
        batch_size: u32 = Is("500"), Kind::Count(1, 10_000);
        /// How long Kafka may take to accept a record.
        send_timeout: Timespan = Is("30s"), Kind::Time(Duration::from_millis(100), HOUR);
    }
}

section! {
    /// How `dlq serve` ends.
    Shutdown = "shutdown" {
        /// How long it may take, once told to stop, to store and commit what was captured; what is not committed by then
        /// is captured again. Kubernetes kills after 30 s.
        grace: Timespan = Is("25s"), Kind::Time(SECOND, HOUR);
    }
}

section! {
    /// What `dlq serve` tells over HTTP: `/metrics` for Prometheus; `/livez`, `/readyz` and `/startupz` for whoever
    /// watches over it.
    Server = "server" {
        /// Where it listens; if not set, at 127.0.0.1:9099, or, where another has that port, at any that is free. An empty
        /// text turns it off; port 0 takes any that is free.
        listen: Option<Listen> = Unset("127.0.0.1:9099"), Kind::Listen;
        /// Whether it may listen beyond this machine although nothing asks who calls, as in a container.
        expose_without_authentication: bool = Is("false"), Kind::Switch;
    }
}

section! {
    /// What is told on standard error; results alone go to standard output.
    Log = "log" {
        /// `text` for people, `json` for machines.
        format: LogFormat = Is("text"), Kind::Choice(&["text", "json"]);
        /// What is told: everything from this level up.
        level: LogLevel = Is("info"), Kind::Choice(&["error", "warn", "info", "debug", "trace"]);
    }
}

/// Texts, written as a list or as one text with commas between them; none where nothing is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List(pub Vec<String>);

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = config::Value::deserialize(deserializer)?;
        items(&value).map(Self).ok_or_else(|| serde::de::Error::custom("a list of texts is allowed"))
    }
}

/// How further dead-letter topics are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discover {
    /// Not at all.
    Off,
    /// By what they are called.
    Names,
    /// Also by what stands on their latest letters.
    Headers,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// What failed.
    Error,
    /// What may need a person.
    Warn,
    /// What happened.
    Info,
    /// How.
    Debug,
    /// Everything.
    Trace,
}
