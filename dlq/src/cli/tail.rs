//! `dlq tail`: what arrives and what changes, as it does.

use std::collections::HashMap;
use std::time::Duration;

use clap::Args;
use dlq_core::record::{RecordId, RecordView};
use dlq_core::storage::{Order, QueryCriteria, Range, StorageResult};
use dlq_core::{Clock, DlqRecord, DlqStorage, DlqStorageExt, SystemClock, Timestamp, millis};
use futures_util::TryStreamExt;
use tokio::signal::unix::{SignalKind, signal};

use super::exit::Exit;
use super::filter::FilterArgs;
use crate::config::{Mistake, Mistakes, Timespan};
use crate::output::{Format, Output, line};

/// How many records are read together with their content.
const BATCH: usize = 100;

/// What is followed, and how closely.
#[derive(Args, Clone, Debug)]
pub struct TailArgs {
    /// How many of the latest changes are shown to begin with
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = 10)]
    lines: usize,

    /// How often to look
    #[arg(long, value_name = "TIME", default_value = "1s")]
    every: Timespan,

    /// How far each look goes back behind the last: for changes that become visible late, such as those that capture
    /// could store only after an outage of the storage
    #[arg(long, value_name = "TIME", default_value = "10s")]
    overlap: Timespan,

    #[command(flatten)]
    filter: FilterArgs,
}

/// Shows what changes, until SIGINT or SIGTERM. A look that the storage does not answer is made again.
///
/// # Errors
/// The storage cannot be read, or the result not be written.
pub async fn run(args: &TailArgs, storage: &dyn DlqStorage, output: &mut Output<'_>) -> anyhow::Result<Exit> {
    if output.format == Format::Json {
        let problem = "one document has an end, what is followed has none; allowed: table, jsonl, csv";
        return Err(Mistakes::from(Mistake::about("--output json", problem)).into());
    }
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut tail = Tail::new(args.filter.criteria(SystemClock.now()), args.lines, args.overlap.0);
    if output.format == Format::Csv {
        output.csv([line::TITLES])?;
    }
    loop {
        follow(&mut tail, storage, output).await?;
        tokio::select! {
            () = tokio::time::sleep(args.every.0) => {}
            _ = terminate.recv() => return Ok(Exit::Done),
            _ = interrupt.recv() => return Ok(Exit::Done),
        }
    }
}

/// Looks once, and shows what is new.
async fn follow(tail: &mut Tail, storage: &dyn DlqStorage, output: &mut Output<'_>) -> anyhow::Result<()> {
    let ids = match tail.look(storage, SystemClock.now()).await {
        Ok(ids) => ids,
        Err(error) if error.is_temporary() => {
            tracing::warn!(%error, "the storage did not answer; it is asked again");
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    for some in ids.chunks(BATCH) {
        for record in storage.find_batch(some).await?.into_iter().flatten() {
            tail.note(&record);
            show(&record, output)?;
        }
    }
    Ok(output.to.flush()?)
}

fn show(record: &DlqRecord, output: &mut Output<'_>) -> std::io::Result<()> {
    match output.format {
        Format::Table => output.line(line::passing(record)),
        Format::Csv => output.csv([line::cells(record)]),
        Format::Json | Format::Jsonl => output.json(&RecordView::of(record)),
    }
}

/// What has been seen. It is bounded by how much changes while the overlap lasts.
#[derive(Debug)]
struct Tail {
    criteria: QueryCriteria,
    lines: usize,
    overlap: Duration,
    /// From where the next look reads; `None` before the first.
    floor: Option<Timestamp>,
    /// The versions at or above the floor that were seen, and when they came to be.
    seen: HashMap<(RecordId, u64), Timestamp>,
}

impl Tail {
    fn new(criteria: QueryCriteria, lines: usize, overlap: Duration) -> Self {
        let criteria = QueryCriteria { order: Order::ChangedFirst, ..criteria };
        Self { criteria, lines, overlap, floor: None, seen: HashMap::new() }
    }

    /// The records that changed since the last look, the earliest change first; the first look answers the latest ones.
    async fn look(&mut self, storage: &dyn DlqStorage, now: Timestamp) -> StorageResult<Vec<RecordId>> {
        let Some(floor) = self.floor else { return self.first(storage, now).await };
        let updated = Range { min: Some(floor), end: None };
        let mut records = storage.stream(QueryCriteria { updated, ..self.criteria.clone() }, false);
        let (mut fresh, mut newest) = (Vec::new(), floor.plus(self.overlap));
        while let Some(record) = records.try_next().await? {
            let (version, at) = ((record.id, record.version), record.progress.updated_at);
            newest = newest.max(at);
            if !self.seen.contains_key(&version) {
                fresh.push((at, version));
            }
        }
        self.seen.extend(fresh.iter().map(|(at, version)| (*version, *at)));
        self.rise(newest, now);
        fresh.sort_unstable();
        Ok(fresh.into_iter().map(|(_, (id, _))| id).collect())
    }

    async fn first(&mut self, storage: &dyn DlqStorage, now: Timestamp) -> StorageResult<Vec<RecordId>> {
        let mut records = storage.stream(self.criteria.clone(), false);
        let (mut latest, mut newest) = (Vec::new(), None);
        while let Some(record) = records.try_next().await? {
            let at = record.progress.updated_at;
            let top = *newest.get_or_insert(at);
            if latest.len() >= self.lines && at < back(top.min(now), self.overlap) {
                break;
            }
            self.seen.insert((record.id, record.version), at);
            if latest.len() < self.lines {
                latest.push(record.id);
            }
        }
        self.rise(newest.unwrap_or_default(), now);
        latest.reverse();
        Ok(latest)
    }

    /// Raises the floor behind what was seen last. A clock that is ahead does not raise it above our own.
    fn rise(&mut self, newest: Timestamp, now: Timestamp) {
        let floor = back(newest.min(now), self.overlap).max(self.floor.unwrap_or_default());
        self.seen.retain(|_, at| *at >= floor);
        self.floor = Some(floor);
    }

    /// Notes the version that is shown, which may be later than the one that was seen.
    fn note(&mut self, record: &DlqRecord) {
        self.seen.insert((record.id, record.version), record.progress.updated_at);
    }
}

fn back(time: Timestamp, span: Duration) -> Timestamp {
    Timestamp::from_millis(time.as_millis().saturating_sub(millis(span)))
}

#[cfg(test)]
mod tests;
