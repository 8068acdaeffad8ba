//! `dlq show`: everything about one record.

use clap::Args;
use dlq_core::record::{HistoryEntry, RecordId, RecordView};
use dlq_core::storage::{DlqStorage, DlqStorageExt};
use serde::Serialize;

use super::exit::Exit;
use crate::output::{Format, Output, story};

/// Shows everything about one record, with its history. Exit code 3 if there is none
#[derive(Args, Clone, Debug)]
pub struct ShowArgs {
    /// The record
    id: RecordId,

    /// Show texts, headers and payload to their end
    #[arg(long)]
    full: bool,
}

#[derive(Serialize)]
struct ShowView<'a> {
    #[serde(flatten)]
    record: RecordView<'a>,
    history: &'a [HistoryEntry],
}

/// Shows one record.
///
/// # Errors
/// The storage cannot be read, or the result not be written.
pub async fn run(args: &ShowArgs, storage: &dyn DlqStorage, output: &mut Output<'_>) -> anyhow::Result<Exit> {
    let Some(record) = storage.find_by_id(args.id).await? else {
        tracing::error!(id = %args.id, "there is no such record");
        return Ok(Exit::No);
    };
    let history = storage.history(args.id).await?;
    match output.format {
        Format::Table | Format::Csv => story::tell(&record, &history, args.full, output)?,
        Format::Json | Format::Jsonl => {
            output.json(&ShowView { record: RecordView::of(&record), history: &history })?;
        }
    }
    Ok(Exit::Done)
}
