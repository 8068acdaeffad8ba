//! `dlq bench`: what capture costs, on this machine.

use std::io::Read;

use clap::{Args, Subcommand, value_parser};

use super::exit::Exit;
use super::global::GlobalArgs;
use crate::bench::{Assignment, Scenario};
use crate::config::{Config, Flag, Mistakes};
use crate::output::Output;
use crate::{kafka, logs};

/// Where the cluster is, if neither a flag nor the configuration tells: the one that tests use.
const TEST_BROKERS: &str = "DLQ_TEST_KAFKA_URL";
/// A database beside SQLite, if no flag names one: the one that tests use.
#[cfg(feature = "postgres")]
const TEST_DATABASE: &str = "DLQ_TEST_POSTGRES_URL";

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
    /// Fills a new topic with dead letters once, then captures it again and again, each time into a new empty storage
    /// and in a process of its own. Topic and storages are removed afterwards; what else is there is neither read nor
    /// changed.
    Capture(CaptureArgs),
    /// Run one program once, as standard input tells
    #[command(hide = true)]
    Measure,
}

#[derive(Args, Clone, Debug)]
struct CaptureArgs {
    /// How many dead letters are captured in each run
    #[arg(long, value_name = "COUNT", default_value_t = 1_000_000, value_parser = value_parser!(u64).range(1..=10_000_000))]
    records: u64,

    /// A storage, by its URL; of a file its directory is used, of a database a new schema. Several may be given;
    /// without any, SQLite in the directory of temporary files, and the PostgreSQL of DLQ_TEST_POSTGRES_URL if that is
    /// set
    #[arg(long = "store", value_name = "URL")]
    stores: Vec<String>,

    /// Where the cluster is, in place of kafka.brokers
    #[arg(long, value_name = "HOST:PORT,...")]
    brokers: Option<String>,

    /// How often each program runs
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = value_parser!(u32).range(1..=50))]
    runs: u32,

    /// Records per batch, at most
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = value_parser!(u32).range(1..=1000))]
    batch: u32,

    /// Partitions of the topic
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
        What::Measure => {
            let mut told = Vec::new();
            std::io::stdin().lock().read_to_end(&mut told)?;
            let assignment: Assignment = serde_json::from_slice(&told)?;
            serde_json::to_writer(&mut *output.to, &assignment.measure(global.sources()).await?)?;
        }
    }
    Ok(Exit::Done)
}

impl CaptureArgs {
    fn scenario(&self, global: &GlobalArgs) -> Result<Scenario, Mistakes> {
        let config = self.config(global)?;
        logs::start(&config.log);
        let mut client = rdkafka::ClientConfig::new();
        for (name, value) in kafka::properties(&config.kafka).reveal() {
            client.set(name, value);
        }
        let brokers = kafka::brokers(&config.kafka);
        client.set("bootstrap.servers", &brokers);
        let stores = if self.stores.is_empty() { default_stores() } else { self.stores.clone() };
        let Self { records, runs, batch, partitions, .. } = *self;
        Ok(Scenario { brokers, client, records, runs, batch, partitions, stores, global: passed_on(global) })
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
    let database = None;
    #[cfg(feature = "postgres")]
    let database = database.or_else(|| std::env::var(TEST_DATABASE).ok());
    std::iter::once("sqlite:".to_owned()).chain(database).collect()
}

/// The arguments that every measured process gets, too. It tells warnings only, unless more is asked for.
fn passed_on(global: &GlobalArgs) -> Vec<String> {
    let config = global.config.as_ref().map(|file| file.display().to_string());
    let level = Some(global.log_level.clone().unwrap_or_else(|| "warn".to_owned()));
    let given = [("--config", config), ("--log-level", level), ("--log-format", global.log_format.clone())];
    given.into_iter().filter_map(|(flag, value)| Some([flag.to_owned(), value?])).flatten().collect()
}
