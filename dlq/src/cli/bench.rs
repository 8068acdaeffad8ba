//! `dlq bench`: what capture costs, on this machine.

use std::io::Read;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Subcommand, value_parser};
use dlq_core::policy::config::PerformanceConfig;
use serde::de::DeserializeOwned;

use super::exit::Exit;
use super::global::GlobalArgs;
use crate::bench::{Assignment, Load, Pace, Part, Scenario, StorageBench, write_load};
use crate::config::{Config, Flag, Mistakes};
use crate::output::Output;
use crate::{kafka, logs};

/// Where the cluster is, if neither a flag nor the configuration tells: the one that tests use.
const TEST_BROKERS: &str = "DLQ_TEST_KAFKA_URL";
/// Databases beside SQLite, if no flag names one: those that tests use.
const TEST_DATABASES: &[&str] = &[
    #[cfg(feature = "postgres")]
    "DLQ_TEST_POSTGRES_URL",
    #[cfg(feature = "mysql")]
    "DLQ_TEST_MYSQL_URL",
];

/// Measures this build on this machine
#[derive(Args, Clone, Debug)]
pub struct BenchArgs {
    #[command(subcommand)]
    what: What,
}

/// What is measured.
#[derive(Subcommand, Clone, Debug)]
enum What {
    /// Capture from Kafka into each storage, beside a bare program that does nothing but poll and bulk-write
    ///
    /// Throughput and CPU: a topic that is full of dead letters is captured again and again. Latency: letters are sent at a
    /// steady rate meanwhile, and at 0.65 of the throughput. Memory: 100000 records wait for a storage that stands still.
    /// Every run is a process of its own, with a new empty storage. Topics and storages are removed afterwards; what else
    /// is there is neither read nor changed.
    Capture(CaptureArgs),
    /// Carry a short load through every mode of the handler under every backpressure strategy, into memory
    ///
    /// Each ends in an account: submitted = stored + dropped + turned away + refused, to the record. One that does not
    /// balance is an error. It needs no server.
    Load(LoadArgs),
    /// One storage by its contract: save, find, page, groups, claim and settle, beside a bare client of its database
    ///
    /// The bare client writes the same rows in bulk to tables of its own, and reads by plain statements what ours stored.
    /// Both take turns in writing. Storages are made anew and removed afterwards; what else is there is neither read nor
    /// changed.
    Storage(StorageArgs),
    /// Run one program once, as standard input tells
    #[command(hide = true)]
    Measure,
    /// Send dead letters at a steady rate, as standard input tells
    #[command(hide = true)]
    Pace,
}

#[derive(Args, Clone, Copy, Debug)]
struct LoadArgs {
    /// How many records each mode and strategy is given
    #[arg(long, value_name = "COUNT", default_value_t = 20_000, value_parser = value_parser!(u64).range(4..=10_000_000))]
    records: u64,
}

#[derive(Args, Clone, Debug)]
struct StorageArgs {
    /// The storage, by its URL; of a file its directory is used, of a database a new schema
    #[arg(long, value_name = "URL")]
    store: String,

    /// How many records are stored
    #[arg(long, value_name = "COUNT", default_value_t = 1_000_000, value_parser = value_parser!(u64).range(1..=100_000_000))]
    records: u64,
}

#[derive(Args, Clone, Debug)]
struct CaptureArgs {
    /// What is measured; all where this is not given. Several may be given
    #[arg(long, value_name = "PART")]
    only: Vec<Part>,

    /// How many dead letters are captured in each run from a full topic
    #[arg(long, value_name = "COUNT", default_value_t = 1_000_000, value_parser = value_parser!(u64).range(1..=10_000_000))]
    records: u64,

    /// A storage, by its URL; of a file its directory is used, of a PostgreSQL database a new schema, of MariaDB or MySQL
    /// a new database. Several may be given; without any, memory, SQLite in the directory of temporary files, and the
    /// databases of DLQ_TEST_POSTGRES_URL and DLQ_TEST_MYSQL_URL if those are set
    #[arg(long = "store", value_name = "URL")]
    stores: Vec<String>,

    /// Where the cluster is, in place of kafka.brokers
    #[arg(long, value_name = "HOST:PORT,...")]
    brokers: Option<String>,

    /// How often each program runs
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = value_parser!(u32).range(1..=50))]
    runs: u32,

    /// After how many minutes no further round begins: the medians are then of fewer runs
    #[arg(long, value_name = "MINUTES", default_value_t = 60, value_parser = value_parser!(u64).range(1..=1440))]
    minutes: u64,

    /// Records per batch, at most, but where latency is measured at a steady rate: that is set for low latency
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = value_parser!(u32).range(1..=1000))]
    batch: u32,

    /// The steady rate at which latency is measured, in letters a second
    #[arg(long, value_name = "COUNT", default_value_t = 20_000, value_parser = value_parser!(u64).range(1..=1_000_000))]
    pace: u64,

    /// How many seconds each run at a steady rate lasts
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = value_parser!(u64).range(1..=600))]
    seconds: u64,

    /// Partitions of the topics
    #[arg(long, value_name = "COUNT", default_value_t = 4, value_parser = value_parser!(i32).range(1..=64))]
    partitions: i32,
}

/// Measures, and writes the report.
///
/// # Errors
/// [`Mistakes`] where the configuration or a flag cannot be used; else Kafka or a storage failed, or a count is wrong.
pub async fn run(args: &BenchArgs, global: &GlobalArgs, output: &mut Output<'_>) -> anyhow::Result<Exit> {
    match &args.what {
        What::Capture(args) => args.scenario(global)?.measure().await?.write(output)?,
        What::Load(LoadArgs { records }) => {
            logs::start(&Config::load(&global.sources())?.config.log);
            write_load(&Load { records: *records }.carry().await?, output)?;
        }
        What::Storage(StorageArgs { store, records }) => {
            let sources = global.sources();
            logs::start(&Config::load(&sources)?.config.log);
            let bench = StorageBench { store: store.clone(), records: *records };
            bench.measure(&sources).await?.write(output)?;
        }
        What::Measure => {
            let assignment: Assignment = told()?;
            serde_json::to_writer(&mut *output.to, &assignment.measure(global.sources()).await?)?;
        }
        What::Pace => {
            let (pace, sources): (Pace, _) = (told()?, global.sources());
            let sent = tokio::task::spawn_blocking(move || pace.send(sources)).await??;
            serde_json::to_writer(&mut *output.to, &sent)?;
        }
    }
    Ok(Exit::Done)
}

/// What standard input tells.
fn told<T: DeserializeOwned>() -> anyhow::Result<T> {
    let mut told = Vec::new();
    std::io::stdin().lock().read_to_end(&mut told)?;
    serde_json::from_slice(&told).context("standard input")
}

impl CaptureArgs {
    fn scenario(&self, global: &GlobalArgs) -> anyhow::Result<Scenario> {
        let config = self.config(global)?;
        logs::start(&config.log);
        let batch = usize::try_from(self.batch)?;
        let smallest = PerformanceConfig::DEFAULT.batch_size_min().min(batch);
        let settings = PerformanceConfig::builder().batch_size(batch).batch_size_min(smallest).build()?;
        Ok(Scenario {
            brokers: kafka::brokers(&config.kafka),
            client: kafka::client(&config.kafka),
            only: self.only.clone(),
            records: self.records,
            runs: self.runs,
            time: Duration::from_secs(60 * self.minutes),
            settings,
            partitions: self.partitions,
            pace: self.pace,
            seconds: self.seconds,
            stores: if self.stores.is_empty() { default_stores() } else { self.stores.clone() },
            global: passed_on(global),
        })
    }

    /// The configuration, with the brokers wherever they are told.
    fn config(&self, global: &GlobalArgs) -> Result<Config, Mistakes> {
        let mut sources = global.sources();
        sources.flags.extend(Flag::given("kafka.brokers", "--brokers", self.brokers.as_ref()));
        let config = Config::load(&sources)?.config;
        let Some(missing) = config.missing_brokers() else { return Ok(config) };
        let value = std::env::var(TEST_BROKERS).map_err(|_| missing)?;
        sources.flags.push(Flag { key: "kafka.brokers", name: TEST_BROKERS, value });
        Ok(Config::load(&sources)?.config)
    }
}

fn default_stores() -> Vec<String> {
    let databases = TEST_DATABASES.iter().filter_map(|variable| std::env::var(variable).ok());
    ["memory:", "sqlite:"].map(str::to_owned).into_iter().chain(databases).collect()
}

/// The arguments that every measured process gets, too. It tells warnings only, unless more is asked for.
fn passed_on(global: &GlobalArgs) -> Vec<String> {
    let config = global.config.as_ref().map(|file| file.display().to_string());
    let level = Some(global.log_level.clone().unwrap_or_else(|| "warn".to_owned()));
    let given = [("--config", config), ("--log-level", level), ("--log-format", global.log_format.clone())];
    given.into_iter().filter_map(|(flag, value)| Some([flag.to_owned(), value?])).flatten().collect()
}
