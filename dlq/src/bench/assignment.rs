//! [`Assignment`]: one measured run, in a process of its own.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::meter::Measurement;
use super::{bare, ours};
use crate::config::{Config, Flag, Sources};
use crate::kafka;

/// How long a run may take before it is ended.
const RUN_MAX: Duration = Duration::from_secs(900);
/// How long Kafka may take to tell what was committed.
const ASK: Duration = Duration::from_secs(10);

/// Which program is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Program {
    /// What `dlq serve` does.
    Ours,
    /// Poll and bulk-write, nothing else.
    Bare,
}

/// What a measured process is told, on its standard input: URLs hold passwords, and every user sees command lines.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Assignment {
    /// Which program.
    pub program: Program,
    /// The storage, empty.
    pub url: String,
    /// Where the cluster is.
    pub brokers: String,
    /// The topic that holds the dead letters.
    pub topic: String,
    /// The consumer group, used once.
    pub group: String,
    /// How many dead letters the topic holds.
    pub records: u64,
    /// Records per batch at most.
    pub batch: u32,
}

impl Assignment {
    /// Runs the program in a process of its own: this executable, with these arguments before the verb.
    ///
    /// # Errors
    /// The process failed, took longer than a quarter of an hour, or answered something else.
    pub async fn delegate(&self, global: &[String]) -> anyhow::Result<Measurement> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(global).args(["bench", "measure"]).kill_on_drop(true);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut stdin = child.stdin.take().context("the measured process has no standard input")?;
        stdin.write_all(&serde_json::to_vec(self)?).await?;
        drop(stdin);
        let ended = tokio::time::timeout(RUN_MAX, child.wait_with_output()).await;
        let output = ended.with_context(|| format!("a run took longer than {} s", RUN_MAX.as_secs()))??;
        if !output.status.success() {
            bail!("the measured process ended with {}", output.status);
        }
        serde_json::from_slice(&output.stdout).context("the measured process answered something else")
    }

    /// Runs the program in this process, and checks that everything is stored and committed.
    ///
    /// # Errors
    /// The program failed, or a count is wrong.
    pub async fn measure(&self, mut sources: Sources) -> anyhow::Result<Measurement> {
        sources.flags.extend(self.flags());
        let config = Config::load(&sources)?.config;
        crate::logs::start(&config.log);
        let (measurement, rows) = match self.program {
            Program::Ours => ours::run(self, &config).await?,
            Program::Bare => bare::run(self, &config).await?,
        };
        for (count, what) in [(rows, "stored"), (self.committed(&config)?, "committed")] {
            if count != self.records {
                bail!("{} records were to be {what}, and {count} are", self.records);
            }
        }
        Ok(measurement)
    }

    /// What of the configuration is decided by the bench.
    fn flags(&self) -> Vec<Flag> {
        let flag = |key, value: &str| Flag { key, name: "dlq bench", value: value.to_owned() };
        vec![
            flag("storage.url", &self.url),
            flag("kafka.brokers", &self.brokers),
            flag("kafka.topics", &self.topic),
            flag("kafka.group_id", &self.group),
            flag("capture.batch_size", &self.batch.to_string()),
        ]
    }

    /// How many records lie below the offsets that are committed.
    fn committed(&self, config: &Config) -> anyhow::Result<u64> {
        let client = kafka::source(config).client();
        let consumer: BaseConsumer = client.create()?;
        let metadata = consumer.fetch_metadata(Some(&self.topic), ASK)?;
        let mut partitions = rdkafka::TopicPartitionList::new();
        for topic in metadata.topics() {
            topic.partitions().iter().for_each(|partition| {
                partitions.add_partition(topic.name(), partition.id());
            });
        }
        let committed = consumer.committed_offsets(partitions, ASK)?;
        let below = |offset| if let Offset::Offset(offset) = offset { offset.unsigned_abs() } else { 0 };
        Ok(committed.elements().iter().map(|element| below(element.offset())).sum())
    }
}
