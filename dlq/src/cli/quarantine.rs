//! `dlq quarantine`: what a storage refused, and how it is taken back once the storage takes it.

use std::time::Duration;

use clap::{Args, Subcommand};
use dlq_core::record::RecordId;
use dlq_core::storage::{SaveOutcome, until_answered};
use dlq_core::{DlqStorage, DlqStorageExt, Timestamp};
use dlq_kafka::QuarantineError;
use dlq_kafka::quarantine::{QuarantineReader, QuarantinedEntry};
use serde::Serialize;

use super::exit::Exit;
use crate::config::{Config, Mistakes};
use crate::kafka;
use crate::output::{Format, Output, grid, moment};
use crate::storage::{self, Opener};

/// How many records are taken back together, at most.
const BATCH: usize = 500;
/// How many bytes of records are taken back together, about.
const BATCH_BYTES: u64 = 64 << 20;
/// How long a batch is written again while the storage does not answer.
const PATIENCE: Duration = Duration::from_secs(300);

/// What is to be done with what is in quarantine.
#[derive(Args, Clone, Debug)]
pub struct QuarantineArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Clone, Debug)]
enum Action {
    /// List what is in quarantine, and why
    List,
    /// Store what is in quarantine, unless it is there; it counts as imported
    Import(TakeArgs),
}

/// What is taken back.
#[derive(Args, Clone, Debug)]
struct TakeArgs {
    /// The records
    #[arg(required_unless_present = "all")]
    ids: Vec<RecordId>,

    /// Everything that is in quarantine
    #[arg(long, conflicts_with = "ids")]
    all: bool,

    /// End what quarantine keeps of each record that the storage has now
    #[arg(long)]
    forget: bool,

    /// List what would be taken back, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// A record in quarantine as JSON.
#[derive(Serialize)]
struct EntryView<'a> {
    id: RecordId,
    reason: &'a str,
    captured_from: Option<PlaceView<'a>>,
    kept_at: Timestamp,
    bytes: u64,
}

#[derive(Serialize)]
struct PlaceView<'a> {
    cluster: &'a str,
    topic: &'a str,
    partition: i32,
    offset: i64,
}

/// What was taken back.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Report {
    imported: u64,
    already_there: u64,
    refused: u64,
    forgotten: u64,
    /// Asked for, and not in quarantine.
    not_there: u64,
}

impl QuarantineArgs {
    /// Whether the answer is a list.
    #[must_use]
    pub const fn lists(&self) -> bool {
        matches!(self.action, Action::List)
    }
}

/// Lists what is in quarantine, or takes it back.
///
/// # Errors
/// Kafka or the storage fail, or the result cannot be written.
pub async fn run(args: &QuarantineArgs, config: &Config, output: &mut Output<'_>) -> anyhow::Result<Exit> {
    if let Some(missing) = config.missing_brokers() {
        return Err(Mistakes(vec![missing]).into());
    }
    let Some(reader) = open(config).await? else {
        tracing::info!(topic = %config.quarantine.topic, "there is no such topic: nothing was ever kept");
        list(&[], output)?;
        return Ok(if args.lists() { Exit::Done } else { Exit::No });
    };
    let entries = reader.list().await?;
    match &args.action {
        Action::List => {
            list(&entries, output)?;
            Ok(Exit::Done)
        }
        Action::Import(args) => take_back(args, entries, &reader, config, output).await,
    }
}

/// Opens quarantine to be read; `None` where nothing was ever kept.
///
/// # Errors
/// Kafka cannot be read.
pub async fn open(config: &Config) -> anyhow::Result<Option<QuarantineReader>> {
    match QuarantineReader::open(kafka::quarantine(config)?).await {
        Ok(reader) => Ok(Some(reader)),
        Err(QuarantineError::Missing { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn take_back(
    args: &TakeArgs,
    mut entries: Vec<QuarantinedEntry>,
    reader: &QuarantineReader,
    config: &Config,
    output: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    entries.retain(|entry| args.all || args.ids.contains(&entry.id));
    let is_there = |id: &RecordId| entries.iter().any(|entry| entry.id == *id);
    let not_there = args.ids.iter().filter(|id| !is_there(id)).count() as u64;
    if args.dry_run {
        list(&entries, output)?;
        return Ok(if entries.is_empty() { Exit::No } else { Exit::Done });
    }
    let storage = storage::open(&config.storage, Opener::Client).await?;
    let mut report = Report { not_there, ..Report::default() };
    for batch in batches(&entries, storage.capability().largest_batch) {
        let taken = import(&*storage, reader, &batch, &mut report).await?;
        if args.forget && !taken.is_empty() {
            reader.forget(&taken).await?;
            report.forgotten += taken.len() as u64;
        }
    }
    tell(report, output)?;
    Ok(match report {
        Report { refused: 1.., .. } => Exit::Failed,
        _ if entries.is_empty() || not_there > 0 => Exit::No,
        _ => Exit::Done,
    })
}

/// Stores these records, and answers those that the storage has now.
async fn import(
    storage: &dyn DlqStorage,
    reader: &QuarantineReader,
    ids: &[RecordId],
    report: &mut Report,
) -> anyhow::Result<Vec<RecordId>> {
    let records = reader.records(ids).await?;
    let answers = until_answered(PATIENCE, "import", || storage.import(records.clone())).await?;
    let mut taken = Vec::new();
    for (record, answer) in records.iter().zip(answers) {
        match answer {
            Ok(SaveOutcome::AlreadyThere) => report.already_there += 1,
            Ok(SaveOutcome::Stored { .. } | SaveOutcome::Returned { .. }) => report.imported += 1,
            Err(error) => {
                tracing::error!(record = %record.id, %error, "the storage still refuses it");
                report.refused += 1;
                continue;
            }
        }
        taken.push(record.id);
    }
    Ok(taken)
}

/// The ids in batches that memory and storage take.
fn batches(entries: &[QuarantinedEntry], largest: usize) -> Vec<Vec<RecordId>> {
    let (mut batches, mut bytes) = (Vec::<Vec<RecordId>>::new(), 0);
    for entry in entries {
        bytes += entry.bytes;
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH.min(largest) && bytes <= BATCH_BYTES => batch.push(entry.id),
            _ => {
                batches.push(vec![entry.id]);
                bytes = entry.bytes;
            }
        }
    }
    batches
}

fn list(entries: &[QuarantinedEntry], output: &mut Output<'_>) -> std::io::Result<()> {
    let views = || entries.iter().map(EntryView::of);
    match output.format {
        Format::Table if entries.is_empty() => output.line("nothing is in quarantine"),
        Format::Table => {
            let titles = ["ID", "CAPTURED FROM", "BYTES", "KEPT AT", "REASON"];
            output.table(&grid::titled(titles, entries.iter().map(cells)))
        }
        Format::Json => output.json(&views().collect::<Vec<_>>()),
        Format::Jsonl => views().try_for_each(|view| output.json(&view)),
        Format::Csv => {
            output.csv([["id", "captured_from", "bytes", "kept_at", "reason"]])?;
            output.csv(entries.iter().map(cells))
        }
    }
}

fn cells(entry: &QuarantinedEntry) -> [String; 5] {
    let from = entry
        .from
        .as_ref()
        .map(|from| format!("{}[{}]@{}", from.source.topic, from.source.partition, from.offset));
    let (id, kept_at) = (entry.id.to_string(), moment::shown(entry.at));
    [id, grid::or_dash(from), entry.bytes.to_string(), kept_at, entry.reason.clone()]
}

fn tell(report: Report, output: &mut Output<'_>) -> std::io::Result<()> {
    if output.format != Format::Table {
        return output.json(&report);
    }
    let Report { imported, already_there, refused, forgotten, not_there } = report;
    output.line(format_args!(
        "{imported} imported, {already_there} were there already, {refused} refused, {forgotten} forgotten"
    ))?;
    match not_there {
        0 => Ok(()),
        some => output.line(format_args!("{some} of the ids are not in quarantine")),
    }
}

impl<'a> EntryView<'a> {
    fn of(entry: &'a QuarantinedEntry) -> Self {
        let place = entry.from.as_ref().map(|from| PlaceView {
            cluster: &from.source.cluster,
            topic: from.source.topic.as_str(),
            partition: from.source.partition,
            offset: from.offset,
        });
        let (id, reason) = (entry.id, entry.reason.as_str());
        Self { id, reason, captured_from: place, kept_at: entry.at, bytes: entry.bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_bounded_by_count_and_bytes() {
        let entry = |bytes| QuarantinedEntry {
            id: RecordId::submitted(),
            reason: String::new(),
            from: None,
            at: Timestamp::default(),
            bytes,
        };
        let sizes = |bytes: &[u64], largest| {
            let entries: Vec<_> = bytes.iter().map(|bytes| entry(*bytes)).collect();
            batches(&entries, largest).iter().map(Vec::len).collect::<Vec<_>>()
        };
        assert!(sizes(&[], 9).is_empty());
        assert_eq!(sizes(&[1; 7], 3), [3, 3, 1]);
        assert_eq!(sizes(&[BATCH_BYTES * 2, 1, BATCH_BYTES - 1, 1], 9), [1, 2, 1]);
    }
}
