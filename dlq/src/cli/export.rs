//! `dlq export`: records as JSON lines, from which `dlq import` makes the same records.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use dlq_core::record::{RecordId, RecordView};
use dlq_core::storage::{Order, QueryCriteria};
use dlq_core::{Clock, DlqStorage, DlqStorageExt, SystemClock};
use futures_util::TryStreamExt;

use super::exit::Exit;
use super::filter::FilterArgs;
use crate::config::{Mistake, Mistakes};
use crate::output::{Format, Output};

/// What is exported, and where it goes.
#[derive(Args, Clone, Debug)]
pub struct ExportArgs {
    /// The records; without any, those that meet the conditions
    ids: Vec<RecordId>,

    /// The file to write, which must not be there yet; - is standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    to: PathBuf,

    /// How many records at most
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,

    #[command(flatten)]
    filter: FilterArgs,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default)]
struct Written {
    records: u64,
    /// Records among them that the storage could not give whole: their lines cannot be imported.
    damaged: u64,
}

/// Exports what matches. A file bears its name only once all of it is written. A record that the storage cannot give
/// whole is written as far as it is known; the answer is then that something failed.
///
/// # Errors
/// The storage cannot be read, or the file not be written.
pub async fn run(
    args: &ExportArgs,
    storage: &dyn DlqStorage,
    output: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    if matches!(output.format, Format::Json | Format::Csv) {
        let problem = "an export is JSON lines; allowed: jsonl";
        return Err(Mistakes::from(Mistake::about("dlq export --output", problem)).into());
    }
    let Written { records, damaged } = match args.to.as_os_str() == "-" {
        true => write(args.criteria(), storage, output.to).await?,
        false => to_file(&args.to, args.criteria(), storage).await?,
    };
    tracing::info!(records, damaged, "exported");
    Ok(if damaged == 0 { Exit::Done } else { Exit::Failed })
}

impl ExportArgs {
    fn criteria(&self) -> QueryCriteria {
        let ids = (!self.ids.is_empty()).then(|| self.ids.clone());
        let criteria = self.filter.criteria(SystemClock.now());
        QueryCriteria { ids, limit: self.limit, order: Order::OldestFirst, ..criteria }
    }
}

async fn to_file(path: &Path, criteria: QueryCriteria, storage: &dyn DlqStorage) -> anyhow::Result<Written> {
    if path.exists() {
        let problem = "the file is there already; allowed: a name that is free, or - for standard output";
        return Err(Mistakes::from(Mistake::about(format!("--to {}", path.display()), problem)).into());
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let cannot = || format!("cannot write {}", path.display());
    let mut file = BufWriter::new(File::create(&partial).with_context(cannot)?);
    let written = write(criteria, storage, &mut file).await?;
    file.into_inner()
        .map_err(|error| error.into_error())
        .and_then(|file| file.sync_all())
        .with_context(cannot)?;
    std::fs::rename(&partial, path).with_context(cannot)?;
    Ok(written)
}

async fn write(
    criteria: QueryCriteria,
    storage: &dyn DlqStorage,
    to: &mut dyn Write,
) -> anyhow::Result<Written> {
    let mut lines = Output { format: Format::Jsonl, to };
    let (mut records, mut written) = (storage.stream(criteria, true), Written::default());
    while let Some(record) = records.try_next().await? {
        lines.json(&RecordView::to_restore(&record))?;
        written.records += 1;
        if record.captured.content.is_none() {
            tracing::error!(record = %record.id, "its content is damaged: this line cannot be imported");
            written.damaged += 1;
        }
    }
    Ok(written)
}
