//! [`Assignment`]: one measured run, in a process of its own.

use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use dlq_core::policy::config::{PerformanceConfig, Profile};
use serde::{Deserialize, Serialize};

use super::committed::Committed;
use super::measurement::Measurement;
use super::meter::Meter;
use super::standstill::Standstill;
use super::{bare, ours};
use crate::config::{Config, Flag, Sources};
use crate::kafka;

/// A storage that stands still is waited for so long.
const STANDSTILL_MAX: Duration = Duration::from_secs(900);

/// Which program is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Program {
    /// What `dlq serve` does.
    Ours,
    /// Poll and bulk-write, nothing else; writing again what is there does no harm.
    Bare,
    /// The same by COPY, PostgreSQL alone: the fastest way into it, but a batch that is written again is an error.
    Copy,
}

impl Program {
    /// What it is called in a report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Bare => "bare",
            Self::Copy => "copy",
        }
    }
}

/// What a measured process is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Assignment {
    /// Which program.
    pub program: Program,
    /// The storage, empty.
    pub url: String,
    /// Where the cluster is.
    pub brokers: String,
    /// The topic of the dead letters.
    pub topic: String,
    /// The consumer group, used once.
    pub group: String,
    /// How many dead letters there are in all.
    pub records: u64,
    /// How many of them come first, and only show that capture has begun.
    pub warm_up: u64,
    /// How many must lie in the process before the storage answers; none where it answers at once.
    pub held: Option<u64>,
    /// Batches and writers.
    pub settings: PerformanceConfig,
}

impl Assignment {
    /// Runs the program in this process, and checks that everything is stored and committed.
    ///
    /// # Errors
    /// The program failed, or a count is wrong.
    pub async fn measure(&self, mut sources: Sources) -> anyhow::Result<Measurement> {
        sources.flags.extend(self.flags());
        let config = Config::load(&sources)?.config;
        crate::logs::start(&config.log);
        let standstill = self.held.map(|records| Arc::new(Standstill::until(records)));
        let meter = Arc::new(Meter::start(self.records, self.warm_up)?.with(standstill.clone()));
        let ran = match self.program {
            Program::Ours => ours::run(&config, &meter, standstill).await?,
            Program::Bare | Program::Copy => bare::run(self.program, &config, &meter, standstill).await?,
        };
        let committed = Committed::of(&kafka::source(&config).client(), &self.topic)?.records()?;
        for (count, what) in [(ran.records, "stored"), (committed, "committed")] {
            ensure!(count == self.records, "{} records were to be {what}, and {count} are", self.records);
        }
        Ok(ran.measurement)
    }

    /// What of the configuration is decided by the bench.
    fn flags(&self) -> Vec<Flag> {
        let flag = |key, value: &dyn ToString| Flag { key, name: "dlq bench", value: value.to_string() };
        let settings = &self.settings;
        let mut flags = vec![
            flag("storage.url", &self.url),
            flag("storage.pool_size", &settings.writers().max(8)),
            flag("kafka.brokers", &self.brokers),
            flag("kafka.topics", &self.topic),
            flag("kafka.group_id", &self.group),
            flag("capture.batch_size", &settings.batch_size()),
            flag("capture.batch_size_min", &settings.batch_size_min()),
            flag("capture.linger", &format!("{}ms", settings.linger().as_millis())),
            flag("capture.writers", &settings.writers()),
            flag("capture.budget_bytes", &settings.budget_bytes()),
        ];
        if self.held.is_some() {
            // The client's own queue is not what is weighed, and small where it is made for little memory.
            flags.push(flag("capture.profile", &Profile::MemoryEfficient));
            flags.push(flag("capture.store_timeout", &format!("{}s", STANDSTILL_MAX.as_secs())));
        }
        flags
    }
}

/// What a program answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ran {
    /// What it cost, until everything was stored and committed.
    pub(super) measurement: Measurement,
    /// How many records the storage has.
    pub(super) records: u64,
}
