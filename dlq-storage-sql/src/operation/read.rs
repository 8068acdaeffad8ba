//! Reading.

use std::collections::HashMap;

use dlq_core::record::{DlqRecord, RecordId};
use dlq_core::storage::{
    Account, Count, Page, PageRequest, QueryCriteria, SourcePartition, StorageResult, Watermark,
};

use super::Store;
use crate::driver::Session;
use crate::statement::find::{self, Read, id_rows};
use crate::statement::query::{self, Between, is_pushed_down};
use crate::statement::{tally, watermark};

/// How many records are read at once where the client decides what matches.
const SCAN: usize = 100;
/// How often it reads on before it answers a short page.
const SCANS_MAX: usize = 20;
/// How many records are counted at once where the client decides what matches.
const COUNT_PAGE: usize = 500;

pub(crate) async fn find(store: &Store, ids: &[RecordId]) -> StorageResult<Vec<Option<DlqRecord>>> {
    let mut session = store.pools.read("find").await?;
    let rows = find::rows(&mut session, &id_rows(ids.iter().copied()), Read::Whole).await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in rows {
        let record = row.readable_part()?;
        found.insert(record.id, record);
    }
    Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
}

pub(crate) async fn page(store: &Store, request: &PageRequest) -> StorageResult<Page> {
    let PageRequest { criteria, size, .. } = request;
    let limit = criteria.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    if limit == 0 {
        return Ok(Page { records: Vec::new(), next: None });
    }
    let mut session = store.pools.read("page").await?;
    let mut page = scan(&mut session, request, (*size).min(limit)).await?;
    if page.records.len() == limit {
        page.next = None;
    }
    if !request.content {
        page.records.iter_mut().for_each(leave_out_content);
    }
    Ok(page)
}

/// Reads on until there are `size` records that match, the records end, or enough was read for once.
async fn scan(session: &mut Session, request: &PageRequest, size: usize) -> StorageResult<Page> {
    let PageRequest { criteria, after, content, .. } = request;
    query::check(session, criteria)?;
    let decided = is_pushed_down(criteria);
    let read = if *content || !decided { Read::Whole } else { Read::Details };
    let once = if decided { size } else { size.min(SCAN) };
    let mut page = Page { records: Vec::new(), next: *after };
    for _ in 0..SCANS_MAX {
        let last = query::window(session, criteria, page.next.as_ref()).await?;
        let between = Between { after: page.next.as_ref(), last: last.as_ref() };
        // One more than is taken tells whether there are more.
        let rows = query::page(session, criteria, between, once + 1, read).await?;
        let left = rows.len();
        for (seen, row) in rows.into_iter().take(once).enumerate() {
            let record = row.readable_part()?;
            page.next = Some(criteria.order.cursor(&record));
            page.records.extend((decided || criteria.matches(&record)).then_some(record));
            if page.records.len() == size && (seen + 1 < left || last.is_some()) {
                return Ok(page);
            }
        }
        if left <= once {
            page.next = last;
            if last.is_none() {
                return Ok(page);
            }
        }
    }
    Ok(page)
}

pub(crate) async fn count(store: &Store, criteria: QueryCriteria, cap: u64) -> StorageResult<Count> {
    let enough = cap.saturating_add(1).min(criteria.limit.unwrap_or(u64::MAX));
    let found = if is_pushed_down(&criteria) {
        query::count(&mut store.pools.read("count").await?, &criteria, enough).await?
    } else {
        count_pages(store, QueryCriteria { limit: None, ..criteria }, enough).await?
    };
    Ok(Count { records: found.min(cap), capped: found > cap })
}

async fn count_pages(store: &Store, criteria: QueryCriteria, enough: u64) -> StorageResult<u64> {
    let mut request = PageRequest { size: COUNT_PAGE, ..PageRequest::new(criteria) };
    let mut found = 0;
    loop {
        let page = page(store, &request).await?;
        found += page.records.len() as u64;
        request.after = page.next;
        if page.next.is_none() || found >= enough {
            return Ok(found.min(enough));
        }
    }
}

pub(crate) async fn watermarks(
    store: &Store,
    partitions: &[SourcePartition],
) -> StorageResult<Vec<Option<Watermark>>> {
    let mut session = store.pools.read("watermarks").await?;
    let found: HashMap<_, _> = watermark::of(&mut session, partitions).await?.into_iter().collect();
    Ok(partitions.iter().map(|partition| found.get(partition).cloned()).collect())
}

pub(crate) async fn account(store: &Store) -> StorageResult<Account> {
    let mut session = store.pools.read("account").await?;
    let watermarks = watermark::all(&mut session).await?;
    Ok(tally::sum(&mut session).await?.account(watermarks.iter().map(|(_, watermark)| watermark)))
}

/// Leaves out content that was read to look for a match; the current failure stays.
fn leave_out_content(record: &mut DlqRecord) {
    if record.captured.content.is_some() {
        record.progress.failure = Some(record.failure().into_owned());
        let captured = std::sync::Arc::make_mut(&mut record.captured);
        captured.content = None;
    }
}
