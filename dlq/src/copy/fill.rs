//! Fills the target: reading and writing at the same time, a few batches of each.

use std::cell::Cell;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use dlq_core::DlqStorage;
use dlq_core::record::RecordId;
use dlq_core::storage::{Cursor, Order, PageRequest, QueryCriteria, StorageResult, Whole};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};

use super::ends::Ends;
use super::note::{Note, Phase};
use super::shown::Shown;

/// How many batches are read, and how many are written, at the same time.
const READING: usize = 2;
const WRITING: usize = 4;
/// How many records a batch has at first, and at most.
const FIRST: usize = 100;
const MOST: usize = 500;
/// How many bytes of records a batch is to have, about: few records where they are large.
const BATCH_BYTES: usize = 4 << 20;
/// How often it is noted how far one came.
const NOTE: Duration = Duration::from_secs(1);

/// Copies every record that was not copied before.
pub(super) async fn all(ends: &Ends, note: &mut Note, shown: &Shown) -> anyhow::Result<()> {
    if note.phase != Phase::Filling {
        return Ok(());
    }
    shown.begin("copying", ends.source.account().await?.by_status.iter().sum());
    shown.went_on(note.records);
    let most = ends.target.capability().largest_batch.min(MOST);
    let size = Cell::new(FIRST.min(most));
    let written = pages(&*ends.source, note.after(), &size)
        .map(|ids| async { read(&*ends.source, ids?).await })
        .buffered(READING)
        .inspect_ok(|wholes| size.set(next_size(wholes, most)))
        .map(|wholes| async { write(&*ends.target, wholes?).await })
        .buffered(WRITING);
    let (mut written, mut noted) = (std::pin::pin!(written), Instant::now());
    while let Some(batch) = written.next().await {
        let (records, last) = batch?;
        shown.went_on(records);
        note.filled(records, last);
        if noted.elapsed() > NOTE {
            note.write(ends).await?;
            noted = Instant::now();
        }
    }
    note.full(ends).await
}

/// The ids of all records beyond a place, batch by batch.
pub(super) fn pages<'s>(
    storage: &'s dyn DlqStorage,
    after: Option<Cursor>,
    size: &'s Cell<usize>,
) -> impl Stream<Item = StorageResult<Vec<RecordId>>> + 's {
    let first = Some(after);
    let pages = stream::try_unfold(first, async |after| {
        let Some(after) = after else { return Ok(None) };
        let criteria = QueryCriteria::builder().order(Order::OldestFirst).build();
        let request = PageRequest { after, size: size.get(), ..PageRequest::new(criteria) };
        let page = storage.page(&request).await?;
        let ids: Vec<_> = page.records.iter().map(|record| record.id).collect();
        Ok(Some((ids, page.next.map(Some))))
    });
    pages.try_filter(|ids| std::future::ready(!ids.is_empty()))
}

/// Reads records with all that belongs to them. What was purged since it was listed is left out.
pub(super) async fn read(
    source: &dyn DlqStorage,
    ids: Vec<RecordId>,
) -> anyhow::Result<(Vec<Whole>, RecordId)> {
    let last = *ids.last().context("a page has a record")?;
    let wholes: Vec<_> = source.wholes(&ids).await?.into_iter().flatten().collect();
    let damaged = wholes.iter().find(|whole| whole.record.captured.content.is_none());
    if let Some(Whole { record, .. }) = damaged {
        bail!(
            "record {} of the source is damaged ({}): it cannot be copied; repair it from a backup, or purge it",
            record.id,
            record.captured.provenance.warnings.join("; ")
        );
    }
    Ok((wholes, last))
}

/// Writes records; each of them has to be there then.
pub(super) async fn write(
    target: &dyn DlqStorage,
    (wholes, last): (Vec<Whole>, RecordId),
) -> anyhow::Result<(u64, RecordId)> {
    let ids: Vec<_> = wholes.iter().map(|whole| whole.record.id).collect();
    let answers = target.restore(wholes).await?;
    for (id, answer) in ids.iter().zip(answers) {
        answer.with_context(|| format!("the target does not take record {id}"))?;
    }
    Ok((ids.len() as u64, last))
}

/// How many records the next batch has, by what these weigh.
fn next_size((wholes, _): &(Vec<Whole>, RecordId), most: usize) -> usize {
    let bytes: usize = wholes.iter().map(|whole| whole.record.weight()).sum();
    (BATCH_BYTES * wholes.len().max(1) / bytes.max(1)).clamp(1, most)
}
