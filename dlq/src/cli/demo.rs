//! `dlq demo`: the whole life of a dead letter, with nothing installed.

use std::path::PathBuf;

use clap::Args;

use super::exit::Exit;
use super::global::GlobalArgs;
use crate::config::{Config, Flag, Mistake, Mistakes, Sources};
use crate::demo::{self, Scenario, Workspace};
use crate::logs;
use crate::output::{Format, Output};

/// Shows the whole life of a dead letter in half a minute. A Kafka broker, a shop with failing consumers and, unless
/// another is named, an SQLite storage run inside this process; no configuration is read. Exit code 3 if the books do not
/// balance in the end, or something is missing
#[derive(Args, Clone, Debug)]
pub struct DemoArgs {
    /// How long messages are sent: 3 to 120
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u64).range(3..=120))]
    seconds: u64,

    /// How many messages are sent a second: 10 to 3000; about one in ten fails
    #[arg(long, value_name = "COUNT", default_value_t = 1500, value_parser = clap::value_parser!(u64).range(10..=3000))]
    rate: u64,

    /// The directory that keeps what is captured; a new one for temporary files if not given
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,

    /// The storage that keeps what is captured, in place of an SQLite file: any that storage.url allows, if it is empty
    #[arg(long, value_name = "URL", conflicts_with = "dir")]
    store: Option<String>,

    /// From what chance follows: the same seed, the same messages
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
}

/// Plays the demo, and answers whether its books balance and nothing is missing.
///
/// # Errors
/// [`Mistakes`] where a flag cannot be used; else a part of the demo failed.
pub async fn run(args: &DemoArgs, global: &GlobalArgs, output: &mut Output<'_>) -> anyhow::Result<Exit> {
    let mistakes = mistakes(global, output.format);
    if !mistakes.is_empty() {
        return Err(Mistakes(mistakes).into());
    }
    start_logs(global)?;
    let workspace = match &args.store {
        Some(url) => Workspace::named(url),
        None => Workspace::make(args.dir.as_deref())?,
    };
    let DemoArgs { seconds, rate, seed, .. } = *args;
    demo::run(&Scenario { seconds, rate, seed }, &workspace, output).await
}

fn mistakes(global: &GlobalArgs, format: Format) -> Vec<Mistake> {
    let storage = global.storage_url.as_ref().map(|_| {
        Mistake::about(
            "--storage-url",
            "the demo heeds no configuration; --store is allowed, and names an empty storage",
        )
    });
    let format = (format != Format::Table)
        .then(|| Mistake::about("--output", "the demo tells a story to people; table is allowed"));
    storage.into_iter().chain(format).collect()
}

/// Warnings and worse, unless more is asked for: the rest would stand between the lines of the story.
fn start_logs(global: &GlobalArgs) -> Result<(), Mistakes> {
    let level = global.log_level.clone().unwrap_or_else(|| "warn".to_owned());
    let mut flags = vec![Flag { key: "log.level", name: "--log-level", value: level }];
    flags.extend(global.log_format.clone().map(|value| Flag {
        key: "log.format",
        name: "--log-format",
        value,
    }));
    logs::start(&Config::load(&Sources { flags, ..Sources::default() })?.config.log);
    Ok(())
}
