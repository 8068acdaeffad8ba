//! `dlq check`: whether the configuration can be used, and where each part of it comes from.

use clap::Args;
use serde::Serialize;

use super::exit::Exit;
use super::global::GlobalArgs;
use crate::config::{Config, Loaded, Mistake, Mistakes, Setting, reference};
use crate::logs;
use crate::output::{Format, Output, grid, text};
use crate::storage::{self, Opener};

/// Checks the configuration, shows what would be used and where each value comes from, and tries to open the storage
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
}

/// What became of opening the storage.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum StorageView {
    Opened { name: &'static str, notes: Vec<String> },
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
    let storage = if args.offline { None } else { open(&config).await? };
    let missing_for_serve = config.missing_for_serve().iter().map(Mistake::to_string).collect();
    let view = CheckView { settings: &settings, missing_for_serve, storage };
    match output.format {
        Format::Table => table(&view, output)?,
        Format::Json | Format::Jsonl => output.json(&view)?,
    }
    Ok(if matches!(view.storage, Some(StorageView::Failed(_))) { Exit::Failed } else { Exit::Done })
}

/// Opens the storage as a client does, where one is configured, and asks how it is.
async fn open(config: &Config) -> Result<Option<StorageView>, Mistakes> {
    if config.storage.url.is_none() {
        return Ok(None);
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
    match &view.storage {
        None => output.line("No storage was opened."),
        Some(StorageView::Opened { name, notes }) => {
            output.line(format_args!("The storage ({name}) can be read and written."))?;
            notes.iter().try_for_each(|note| output.line(format_args!("  {}", text::line(note))))
        }
        Some(StorageView::Failed(error)) => output.line(text::line(error)),
    }
}
