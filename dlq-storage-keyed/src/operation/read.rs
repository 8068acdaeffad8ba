//! Reading records.

use std::collections::HashMap;

use dlq_core::record::{DlqRecord, RecordId};
use dlq_core::storage::transition::{Delta, Deltas};
use dlq_core::storage::{
    Account, Count, Cursor, Dimension, Page, PageRequest, QueryCriteria, StorageResult, Tally,
};

use super::source::Source;
use super::watermark;
use crate::kind::Kind;
use crate::shards::{Depth, Shards};
use crate::space::Space;
use crate::store::KeyedStore;
use crate::tally;

/// How many records are read at a time, at most.
const CHUNK: usize = 500;
/// How many of them where each comes with its content.
const CHUNK_WHOLE: usize = 100;
/// How many records a page looks at, so that it is answered soon; the next goes on from there.
const SCAN_MAX: usize = 5_000;

pub(crate) async fn find<S: KeyedStore>(
    store: &Shards<S>,
    ids: &[RecordId],
) -> StorageResult<Vec<Option<DlqRecord>>> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(CHUNK_WHOLE) {
        let records = store.read("find", ids, Depth::Whole).await?;
        let mut records: HashMap<_, _> =
            records.into_iter().map(|(id, stored)| (id, stored.listed())).collect();
        let mut left: HashMap<RecordId, usize> = HashMap::new();
        ids.iter().for_each(|id| *left.entry(*id).or_default() += 1);
        found.extend(ids.iter().map(|id| {
            let left = left.get_mut(id)?;
            *left -= 1;
            if *left == 0 { records.remove(id) } else { records.get(id).cloned() }
        }));
    }
    Ok(found)
}

pub(crate) async fn page<S: KeyedStore>(store: &Shards<S>, request: &PageRequest) -> StorageResult<Page> {
    let PageRequest { criteria, after, size, .. } = request;
    let limit = criteria.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let size = (*size).min(limit);
    let depth = if request.content || criteria.needs_content() { Depth::Whole } else { Depth::Listed };
    let mut source = Source::of(store, criteria, *after).await?;
    let mut page = Page { records: Vec::new(), next: None };
    let (mut seen, mut last) = (0, None);
    while page.records.len() < size && seen < SCAN_MAX {
        let most = if depth == Depth::Whole { CHUNK_WHOLE } else { CHUNK };
        let wanted = (size - page.records.len()).max(most / 4).min(most);
        let some = source.next(store, wanted).await?;
        if some.is_empty() {
            return Ok(page);
        }
        seen += some.len();
        let ids: Vec<_> = some.iter().map(|cursor| cursor.id).collect();
        let mut records = store.read("page", &ids, depth).await?;
        for cursor in some {
            if page.records.len() == size {
                break;
            }
            last = Some(cursor);
            let Some(record) = records.remove(&cursor.id).map(|stored| stored.listed()) else { continue };
            if criteria.matches(&record) {
                page.records.push(shown(record, request.content));
            }
        }
    }
    page.next = last.filter(|_| page.records.len() < limit);
    Ok(page)
}

/// The record as the page shows it.
fn shown(mut record: DlqRecord, content: bool) -> DlqRecord {
    if !content && record.captured.content.is_some() {
        record.progress.failure = Some(record.failure().into_owned());
        std::sync::Arc::make_mut(&mut record.captured).content = None;
    }
    record
}

pub(crate) async fn count<S: KeyedStore>(
    store: &Shards<S>,
    criteria: &QueryCriteria,
    cap: u64,
) -> StorageResult<Count> {
    let enough = cap.saturating_add(1).min(criteria.limit.unwrap_or(u64::MAX));
    let all = QueryCriteria { limit: None, ..criteria.clone() };
    let counted = match Source::counted(store, &all).await? {
        Some(counted) => counted.min(enough),
        None => by_pages(store, all, enough).await?,
    };
    Ok(Count { records: counted.min(cap), capped: counted > cap })
}

async fn by_pages<S: KeyedStore>(
    store: &Shards<S>,
    criteria: QueryCriteria,
    enough: u64,
) -> StorageResult<u64> {
    let mut request = PageRequest { size: CHUNK, ..PageRequest::new(criteria) };
    let mut counted = 0;
    while counted < enough {
        let page = page(store, &request).await?;
        counted += page.records.len() as u64;
        request.after = page.next;
        if page.next.is_none() {
            break;
        }
    }
    Ok(counted.min(enough))
}

/// Where a record stands in the order, by what was read of it.
pub(super) fn places(criteria: &QueryCriteria, records: &[DlqRecord]) -> Vec<Cursor> {
    let mut cursors: Vec<_> = records.iter().map(|record| criteria.order.cursor(record)).collect();
    cursors.sort_by_key(|cursor| (cursor.key, cursor.id));
    if criteria.order.descends() {
        cursors.reverse();
    }
    cursors
}

/// How many records there are of each kind, by shard.
pub(super) async fn kinds<S: KeyedStore>(
    store: &Shards<S>,
    operation: &'static str,
) -> StorageResult<Vec<Vec<(Kind, Delta)>>> {
    let rows = store.rows(operation, &[Space::Tally]).await?;
    rows.iter().map(|spaces| tally::read_kinds(spaces.first().map_or(&[], Vec::as_slice))).collect()
}

pub(crate) async fn statistics<S: KeyedStore>(store: &Shards<S>, by: Dimension) -> StorageResult<Vec<Tally>> {
    let mut deltas = Deltas::default();
    for (kind, delta) in kinds(store, "statistics").await?.into_iter().flatten() {
        deltas.add(kind.cell, delta);
    }
    Ok(deltas.tallies(by))
}

pub(crate) async fn account<S: KeyedStore>(store: &Shards<S>) -> StorageResult<Account> {
    let watermarks = watermark::all(store).await?;
    let mut deltas = Deltas::default();
    for spaces in store.rows("account", &[Space::Tally, Space::Books]).await? {
        let [kinds, books] = &spaces[..] else { continue };
        for (kind, delta) in tally::read_kinds(kinds)? {
            deltas.add(kind.cell, delta);
        }
        tally::add_books(&mut deltas, books)?;
    }
    Ok(deltas.account(watermarks.iter().map(|(_, watermark)| watermark)))
}
