//! `dlq list`: the records that match.

use clap::{Args, ValueEnum};
use comfy_table::ColumnConstraint;
use dlq_core::record::{DlqRecord, RecordView};
use dlq_core::storage::{Cursor, DlqStorage, Order, PageRequest};
use dlq_core::{Clock, SystemClock};
use serde::Serialize;

use super::exit::Exit;
use super::filter::FilterArgs;
use crate::output::{Format, Output, grid, line, moment};

/// How many records are read in one page.
const PAGE: u64 = 500;

/// Lists records. Nothing found is an answer like any other: exit code 0.
#[derive(Args, Clone, Debug)]
pub struct ListArgs {
    /// In which order
    #[arg(long, value_enum, default_value_t)]
    order: OrderArg,

    /// How many at most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,

    /// Where to go on: what an earlier list named as its next
    #[arg(long)]
    cursor: Option<Cursor>,

    #[command(flatten)]
    filter: FilterArgs,
}

/// In which order records are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OrderArg {
    /// The newest captured first
    #[default]
    Newest,
    /// The oldest captured first
    Oldest,
    /// What is due first comes first
    Due,
    /// What changed last comes first
    Changed,
}

impl From<OrderArg> for Order {
    fn from(order: OrderArg) -> Self {
        match order {
            OrderArg::Newest => Self::NewestFirst,
            OrderArg::Oldest => Self::OldestFirst,
            OrderArg::Due => Self::DueFirst,
            OrderArg::Changed => Self::ChangedFirst,
        }
    }
}

#[derive(Serialize)]
struct ListView<'a> {
    records: Vec<RecordView<'a>>,
    next: Option<String>,
}

/// Lists what matches.
///
/// # Errors
/// The storage cannot be read, or the result not be written.
pub async fn run(args: &ListArgs, storage: &dyn DlqStorage, output: &mut Output<'_>) -> anyhow::Result<Exit> {
    let (records, next) = read(args, storage, output.format != Format::Table).await?;
    let next = next.map(|cursor| cursor.to_string());
    match output.format {
        Format::Table => table(&records, next.as_deref(), output)?,
        Format::Json => {
            output.json(&ListView { records: records.iter().map(RecordView::of).collect(), next })?
        }
        Format::Jsonl | Format::Csv => {
            lines(&records, output)?;
            if let Some(next) = next {
                tracing::info!(cursor = next, "there are more records");
            }
        }
    }
    Ok(Exit::Done)
}

fn lines(records: &[DlqRecord], output: &mut Output<'_>) -> std::io::Result<()> {
    if output.format == Format::Csv {
        output.csv([line::TITLES])?;
        return output.csv(records.iter().map(line::cells));
    }
    records.iter().try_for_each(|record| output.json(&RecordView::of(record)))
}

/// As many records as asked for, which may take several pages, and where to go on.
async fn read(
    args: &ListArgs,
    storage: &dyn DlqStorage,
    content: bool,
) -> anyhow::Result<(Vec<DlqRecord>, Option<Cursor>)> {
    let mut criteria = args.filter.criteria(SystemClock.now());
    criteria.order = args.order.into();
    let mut request = PageRequest { criteria, after: args.cursor, size: 0, content };
    let (mut records, mut left) = (Vec::new(), args.limit);
    while left > 0 {
        request.size = usize::try_from(left.min(PAGE))?;
        let page = storage.page(&request).await?;
        left = left.saturating_sub(page.records.len() as u64);
        records.extend(page.records);
        request.after = page.next;
        if page.next.is_none() {
            break;
        }
    }
    Ok((records, request.after))
}

fn table(records: &[DlqRecord], next: Option<&str>, output: &mut Output<'_>) -> std::io::Result<()> {
    if records.is_empty() && next.is_none() {
        return output.line("no records match");
    }
    let titles = ["ID", "STATUS", "TOPIC", "PARTITION", "OFFSET", "FAILURE", "RETRIES", "CREATED"];
    let mut table = grid::titled(titles, records.iter().map(row));
    if let Some(ids) = table.column_mut(0) {
        ids.set_constraint(ColumnConstraint::ContentWidth);
    }
    output.table(&table)?;
    let count = if records.len() == 1 { "1 record".to_owned() } else { format!("{} records", records.len()) };
    match next {
        Some(next) => output.line(format_args!("{count}; more with --cursor {next}")),
        None => output.line(count),
    }
}

fn row(record: &DlqRecord) -> [String; 8] {
    let (captured, progress) = (&record.captured, &record.progress);
    let place = captured.origin.topic.as_ref().map(|_| (captured.origin.partition, captured.origin.offset));
    let captured_at = || captured.from.as_ref().map(|from| (Some(from.source.partition), Some(from.offset)));
    let (partition, offset) = place.or_else(captured_at).unwrap_or_default();
    [
        record.id.to_string(),
        progress.status.to_string(),
        grid::or_dash(captured.topic()),
        grid::or_dash(partition),
        grid::or_dash(offset),
        line::failure(&record.failure()),
        progress.retry_count.to_string(),
        moment::shown(progress.created_at),
    ]
}
