//! `dlq check`: whether the configuration can be used, and where each part of it comes from.

use clap::Args;
use dlq_kafka::SourceError;
use dlq_kafka::discover::{Found, find};
use dlq_kafka::probe::{Probe, probe};
use serde::Serialize;

use super::exit::Exit;
use super::global::GlobalArgs;
use crate::config::{Config, Loaded, Mistake, Mistakes, Setting, reference};
use crate::output::{Format, Output, grid, text};
use crate::storage::{self, Opener};
use crate::{kafka, logs};

/// Checks the configuration, shows what would be used and where each value comes from, and tries to reach storage and Kafka
#[derive(Args, Clone, Debug)]
pub struct CheckArgs {
    /// Print a complete configuration file with every default and its explanation, and check nothing
    #[arg(long, group = "print")]
    print_default: bool,

    /// Print the reference page of the configuration in Markdown, and check nothing
    #[arg(long, group = "print", hide = true)]
    print_reference: bool,

    /// Check the configuration only, and open nothing
    #[arg(long)]
    offline: bool,
}

#[derive(Serialize)]
struct CheckView<'a> {
    settings: &'a [Setting],
    missing_for_serve: Vec<String>,
    storage: Option<StorageView>,
    kafka: Option<KafkaView>,
}

/// What became of opening the storage.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum StorageView {
    Opened { name: &'static str, notes: Vec<String> },
    ToBeMade { file: String },
    Failed(String),
}

/// What became of asking the cluster.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum KafkaView {
    Answered {
        #[serde(flatten)]
        probe: Probe,
        /// What discovery finds now, where it is on.
        discovered: Option<Vec<FoundView>>,
    },
    Failed(String),
}

/// A topic that discovery finds.
#[derive(Serialize)]
struct FoundView {
    topic: String,
    why: String,
}

/// Checks what is configured.
///
/// # Errors
/// The configuration is wrong, or the result cannot be written.
pub async fn run(args: &CheckArgs, global: &GlobalArgs, output: &mut Output<'_>) -> anyhow::Result<Exit> {
    if args.print_default {
        write!(output.to, "{}", reference::default_file())?;
        return Ok(Exit::Done);
    }
    if args.print_reference {
        write!(output.to, "{}", reference::page())?;
        return Ok(Exit::Done);
    }
    let Loaded { config, settings } = Config::load(&global.sources())?;
    logs::start(&config.log);
    let (storage, kafka) =
        if args.offline { (None, None) } else { (open(&config).await?, ask_kafka(&config).await) };
    let missing_for_serve = config.missing_for_serve().iter().map(Mistake::to_string).collect();
    let failed =
        matches!(storage, Some(StorageView::Failed(_))) || matches!(kafka, Some(KafkaView::Failed(_)));
    let view = CheckView { settings: &settings, missing_for_serve, storage, kafka };
    match output.format {
        Format::Table | Format::Csv => table(&view, output)?,
        Format::Json | Format::Jsonl => output.json(&view)?,
    }
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

/// Opens the storage as a client does, where one is configured, and asks how it is.
async fn open(config: &Config) -> Result<Option<StorageView>, Mistakes> {
    let Some(url) = &config.storage.url else { return Ok(None) };
    if let Some(file) = storage::file_to_be_made(url)
        && file.parent().is_some_and(|folder| folder.as_os_str().is_empty() || folder.is_dir())
    {
        return Ok(Some(StorageView::ToBeMade { file: file.display().to_string() }));
    }
    let storage = match storage::open(&config.storage, Opener::Client).await {
        Ok(storage) => storage,
        Err(error) => return failed(error).map(Some),
    };
    Ok(Some(match storage.health().await {
        Ok(notes) => StorageView::Opened { name: storage.capability().name, notes },
        Err(error) => StorageView::Failed(format!("{:#}", anyhow::Error::new(error))),
    }))
}

/// Asks the cluster, where one is configured, for its id and the topics.
async fn ask_kafka(config: &Config) -> Option<KafkaView> {
    if config.kafka.brokers.0.is_empty() {
        return None;
    }
    let config = config.clone();
    let answered = tokio::task::spawn_blocking(move || ask(&config)).await;
    let answered = answered.unwrap_or(Err(SourceError::Panicked));
    Some(answered.unwrap_or_else(|error| KafkaView::Failed(error.to_string())))
}

/// Blocks until the cluster has answered.
fn ask(config: &Config) -> Result<KafkaView, SourceError> {
    let (brokers, properties) = (kafka::brokers(&config.kafka), kafka::properties(&config.kafka));
    let probe = probe(&brokers, &properties, &config.kafka.topics.0)?;
    let found = kafka::discovery(config).map(|rule| find(&brokers, &properties, &rule)).transpose()?;
    let view = |Found { topic, why }: Found| FoundView { topic: topic.to_string(), why: why.to_string() };
    let discovered = found.map(|found| found.into_iter().map(view).collect());
    Ok(KafkaView::Answered { probe, discovered })
}

/// A URL that cannot be used is a mistake; all else is the storage's failure.
fn failed(error: anyhow::Error) -> Result<StorageView, Mistakes> {
    error.downcast::<Mistakes>().map_or_else(|error| Ok(StorageView::Failed(format!("{error:#}"))), Err)
}

fn table(view: &CheckView<'_>, output: &mut Output<'_>) -> std::io::Result<()> {
    let row = |setting: &Setting| [setting.key.clone(), setting.value.clone(), setting.origin.to_string()];
    output.table(&grid::titled(["KEY", "VALUE", "FROM"], view.settings.iter().map(row)))?;
    output.line("")?;
    output.line("The configuration can be used.")?;
    for missing in &view.missing_for_serve {
        output.line(format_args!("For dlq serve: {}", text::line(missing)))?;
    }
    show_storage(view.storage.as_ref(), output)?;
    show_kafka(view.kafka.as_ref(), output)
}

fn show_storage(storage: Option<&StorageView>, output: &mut Output<'_>) -> std::io::Result<()> {
    match storage {
        None => output.line("No storage was opened."),
        Some(StorageView::ToBeMade { file }) => {
            output.line(format_args!("The storage is to be made: dlq serve makes {}", text::line(file)))
        }
        Some(StorageView::Opened { name, notes }) => {
            output.line(format_args!("The storage ({name}) can be read and written."))?;
            notes.iter().try_for_each(|note| output.line(format_args!("  {}", text::line(note))))
        }
        Some(StorageView::Failed(error)) => output.line(text::line(error)),
    }
}

fn show_kafka(kafka: Option<&KafkaView>, output: &mut Output<'_>) -> std::io::Result<()> {
    match kafka {
        None => output.line("No cluster was asked."),
        Some(KafkaView::Answered { probe: Probe { cluster, brokers, missing }, discovered }) => {
            output.line(format_args!("Kafka cluster {} answers: {brokers} brokers.", text::line(cluster)))?;
            for missing in missing.iter().map(|topic| text::line(topic)) {
                output.line(format_args!("  kafka.topics: there is no topic {missing} yet."))?;
            }
            discovered.as_ref().map_or(Ok(()), |found| show_discovered(found, output))
        }
        Some(KafkaView::Failed(error)) => output.line(text::line(error)),
    }
}

fn show_discovered(found: &[FoundView], output: &mut Output<'_>) -> std::io::Result<()> {
    if found.is_empty() {
        return output.line("  Discovery finds no dead-letter topic yet.");
    }
    output.line(format_args!("  Discovery finds {} dead-letter topics:", found.len()))?;
    found.iter().try_for_each(|found| output.line(format_args!("    {} ({})", found.topic, found.why)))
}
