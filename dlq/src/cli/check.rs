//! `dlq check`: whether the configuration can be used, and where each part of it comes from.

use clap::Args;
use dlq_kafka::SourceError;
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
    Answered(Probe),
    Failed(String),
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
    let (kafka, topics) = (config.kafka.clone(), config.kafka.topics.0.clone());
    if kafka.brokers.0.is_empty() {
        return None;
    }
    let ask = move || probe(&kafka::brokers(&kafka), &kafka::properties(&kafka), &topics);
    let answered = tokio::task::spawn_blocking(ask).await.unwrap_or(Err(SourceError::Panicked));
    Some(answered.map_or_else(|error| KafkaView::Failed(error.to_string()), KafkaView::Answered))
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
        Some(KafkaView::Answered(Probe { cluster, brokers, missing })) => {
            output.line(format_args!("Kafka cluster {} answers: {brokers} brokers.", text::line(cluster)))?;
            let missing = missing.iter();
            missing
                .map(|t| text::line(t))
                .try_for_each(|t| output.line(format_args!("  There is no topic {t} yet.")))
        }
        Some(KafkaView::Failed(error)) => output.line(text::line(error)),
    }
}
