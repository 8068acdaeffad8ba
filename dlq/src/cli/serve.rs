//! `dlq serve`: capture until told to stop.

use clap::Args;

use super::exit::Exit;
use super::global::GlobalArgs;
use crate::config::{Config, Flag, Mistakes, Sources};
use crate::{logs, serve};

/// Captures dead letters until it is told to stop
#[derive(Args, Clone, Debug)]
pub struct ServeArgs {
    /// Where to find the Kafka cluster, in place of kafka.brokers
    #[arg(long, value_name = "HOST:PORT,…")]
    pub brokers: Option<String>,

    /// The dead-letter topics, by name or as ^pattern, in place of kafka.topics
    #[arg(long, value_name = "TOPIC,…")]
    pub topics: Option<String>,

    /// The consumer group that captures, in place of kafka.group_id
    #[arg(long, value_name = "GROUP")]
    pub group_id: Option<String>,
}

impl ServeArgs {
    /// The settings that these flags make.
    #[must_use]
    pub fn flags(&self) -> Vec<Flag> {
        let flags = [
            Flag::given("kafka.brokers", "--brokers", self.brokers.as_ref()),
            Flag::given("kafka.topics", "--topics", self.topics.as_ref()),
            Flag::given("kafka.group_id", "--group-id", self.group_id.as_ref()),
        ];
        flags.into_iter().flatten().collect()
    }
}

/// Captures until told to stop. Nothing is begun unless the whole configuration makes sense.
///
/// # Errors
/// Mistakes in the configuration, or the storage does not answer at the start.
pub async fn run(args: &ServeArgs, global: &GlobalArgs) -> anyhow::Result<Exit> {
    let mut sources: Sources = global.sources();
    sources.flags.extend(args.flags());
    let config = Config::load(&sources)?.config;
    let missing = config.missing_for_serve();
    if !missing.is_empty() {
        return Err(Mistakes(missing).into());
    }
    logs::start(&config.log);
    serve::serve(&config).await?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        serve: ServeArgs,
    }

    #[test]
    fn flags_become_settings() {
        let line = Line::try_parse_from(["dlq", "--brokers", "a:9092,b:9092", "--topics", "x-dlt"]).unwrap();
        let flags = line.serve.flags();
        let keys: Vec<_> = flags.iter().map(|flag| (flag.key, flag.value.as_str())).collect();
        assert_eq!(keys, [("kafka.brokers", "a:9092,b:9092"), ("kafka.topics", "x-dlt")]);
        let config =
            crate::config::Config::load(&crate::config::Sources { flags, ..Default::default() }).unwrap();
        assert_eq!(config.config.kafka.brokers.0, ["a:9092", "b:9092"]);
    }
}
