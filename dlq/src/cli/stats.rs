//! `dlq stats`: how many records there are, from counters.

use clap::Args;
use comfy_table::CellAlignment;
use dlq_core::Timestamp;
use dlq_core::record::DlqStatus;
use dlq_core::storage::{Dimension, DlqStorage, Tally, TallyKey};
use serde::Serialize;

use super::exit::Exit;
use crate::output::{Format, Output, grid, moment};

/// Nothing but the flags of every verb.
#[derive(Args, Clone, Copy, Debug)]
pub struct StatsArgs {}

/// The records of one key as JSON.
#[derive(Serialize)]
struct TallyView {
    by: &'static str,
    key: Option<String>,
    records: u64,
    by_status: serde_json::Map<String, serde_json::Value>,
    first_seen: Timestamp,
    last_seen: Timestamp,
}

#[derive(Serialize)]
struct StatsView {
    all: Option<TallyView>,
    topics: Vec<TallyView>,
    types: Vec<TallyView>,
}

const TITLES: [&str; 12] = [
    "by",
    "key",
    "records",
    "pending",
    "retrying",
    "success",
    "failed",
    "expired",
    "skipped",
    "on_hold",
    "first_seen",
    "last_seen",
];

/// Prints the counts.
///
/// # Errors
/// The storage cannot be read, or the result not be written.
pub async fn run(_: StatsArgs, storage: &dyn DlqStorage, output: &mut Output<'_>) -> anyhow::Result<Exit> {
    let all = storage.statistics(Dimension::All).await?;
    let topics = most_first(storage.statistics(Dimension::Topic).await?);
    let types = most_first(storage.statistics(Dimension::ErrorType).await?);
    let every = || all.iter().chain(&topics).chain(&types);
    match output.format {
        Format::Table => table(&all, &topics, &types, output)?,
        Format::Json => output.json(&StatsView {
            all: all.first().map(TallyView::of),
            topics: topics.iter().map(TallyView::of).collect(),
            types: types.iter().map(TallyView::of).collect(),
        })?,
        Format::Jsonl => every().map(TallyView::of).try_for_each(|view| output.json(&view))?,
        Format::Csv => {
            output.csv([TITLES])?;
            output.csv(every().map(cells))?;
        }
    }
    Ok(Exit::Done)
}

fn most_first(mut tallies: Vec<Tally>) -> Vec<Tally> {
    tallies.sort_by_key(|tally| (std::cmp::Reverse(tally.total()), tally.key.clone()));
    tallies
}

fn table(all: &[Tally], topics: &[Tally], types: &[Tally], output: &mut Output<'_>) -> std::io::Result<()> {
    let Some(every) = all.first() else { return output.line("no records") };
    let statuses = DlqStatus::ALL.map(|status| (status.as_str(), every.with_status(status)));
    let rows = statuses.into_iter().map(|(status, records)| [status.to_owned(), records.to_string()]);
    output.table(&right_aligned(grid::titled(["STATUS", "RECORDS"], rows)))?;
    for (title, tallies) in [("TOPIC", topics), ("TYPE", types)] {
        output.line("")?;
        let titles = [title, "RECORDS", "OPEN", "FIRST SEEN", "LAST SEEN"];
        output.table(&right_aligned(grid::titled(titles, tallies.iter().map(row))))?;
    }
    Ok(())
}

fn right_aligned(mut table: comfy_table::Table) -> comfy_table::Table {
    for column in [1, 2] {
        if let Some(numbers) = table.column_mut(column) {
            numbers.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn row(tally: &Tally) -> [String; 5] {
    let open: u64 = DlqStatus::OPEN.into_iter().map(|status| tally.with_status(status)).sum();
    [
        grid::or_dash(named(tally).1),
        tally.total().to_string(),
        open.to_string(),
        moment::shown(tally.first_seen),
        moment::shown(tally.last_seen),
    ]
}

/// By what is counted, and what: nothing for all records, and for those of no known topic.
fn named(tally: &Tally) -> (&'static str, Option<String>) {
    match &tally.key {
        TallyKey::All => ("all", None),
        TallyKey::Topic(topic) => ("topic", topic.clone()),
        TallyKey::ErrorType(kind) => ("type", Some(kind.to_string())),
        TallyKey::Fingerprint(fingerprint) => ("fingerprint", Some(fingerprint.to_string())),
    }
}

fn cells(tally: &Tally) -> [String; 12] {
    let (by, key) = named(tally);
    let [pending, retrying, success, failed, expired, skipped, on_hold] =
        tally.by_status.map(|records| records.to_string());
    let records = tally.total().to_string();
    let [first_seen, last_seen] = [tally.first_seen, tally.last_seen].map(moment::shown);
    let (by, key) = (by.to_owned(), key.unwrap_or_default());
    [by, key, records, pending, retrying, success, failed, expired, skipped, on_hold, first_seen, last_seen]
}

impl TallyView {
    fn of(tally: &Tally) -> Self {
        let (by, key) = named(tally);
        let count = |status: DlqStatus| (status.to_string(), tally.with_status(status).into());
        Self {
            by,
            key,
            records: tally.total(),
            by_status: DlqStatus::ALL.into_iter().map(count).collect(),
            first_seen: tally.first_seen,
            last_seen: tally.last_seen,
        }
    }
}
