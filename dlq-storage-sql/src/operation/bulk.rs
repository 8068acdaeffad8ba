//! Changes of many records: a page at a time, each page one transaction.

use std::sync::Arc;

use dlq_core::record::{Change, OperationId, RecordId};
use dlq_core::storage::transition::{live_lease, patch as by_the_rules, patched_before};
use dlq_core::storage::{
    BulkOutcome, PageRequest, Patch, QueryCriteria, Range, StorageErrorKind, StorageResult,
};

use super::{Store, read};
use crate::driver::Session;
use crate::ledger::Ledger;
use crate::statement::find::{Read, id_rows};
use crate::statement::{delete as purge, history};

/// How many records are changed in one transaction.
const PAGE: usize = 500;

pub(crate) async fn update(
    store: &Arc<Store>,
    criteria: &QueryCriteria,
    patch: &Patch,
    change: &Change,
) -> StorageResult<BulkOutcome> {
    let mut session = store.pools.read("bulk_update").await?;
    let changed = history::count_bulk(&mut session, change.operation).await?;
    drop(session);
    let mut pages = Pages::new(criteria, BulkOutcome { changed, ..BulkOutcome::default() });
    while let Some(ids) = pages.next(store).await? {
        let (mut session, now) = store.begin("bulk_update").await?;
        let mut ledger = Ledger::bulk(now);
        let ids = pages.lock(&mut session, &mut ledger, ids).await?;
        ledger.recall(&mut session, ids.iter().map(|id| (*id, change.operation))).await?;
        let again = |id: &RecordId| patched_before(ledger.history(*id), change);
        let left: Vec<_> = ids.into_iter().filter(|id| !again(id)).collect();
        pages.room -= left.len() as u64;
        for id in left {
            update_one(&mut ledger, id, patch, change, &mut pages.outcome)?;
        }
        ledger.write(&mut session).await?;
        session.commit().await?;
        store.counted();
    }
    Ok(pages.outcome)
}

fn update_one(
    ledger: &mut Ledger,
    id: RecordId,
    patch: &Patch,
    change: &Change,
    outcome: &mut BulkOutcome,
) -> StorageResult<()> {
    let now = ledger.now;
    let patched =
        ledger.change(id, "bulk_update", |record| Ok(((), by_the_rules(record, patch, change, now)?)));
    match patched.as_ref().map_err(|error| error.kind()) {
        Ok(()) => outcome.changed += 1,
        Err(StorageErrorKind::Leased { .. }) => outcome.leased += 1,
        Err(StorageErrorKind::IllegalMove { .. }) => outcome.refused += 1,
        Err(_) => patched?,
    }
    Ok(())
}

pub(crate) async fn delete(
    store: &Arc<Store>,
    criteria: &QueryCriteria,
    operation: OperationId,
) -> StorageResult<BulkOutcome> {
    let changed = purge::count(&mut store.pools.read("delete").await?, operation).await?;
    let mut pages = Pages::new(criteria, BulkOutcome { changed, ..BulkOutcome::default() });
    while let Some(ids) = pages.next(store).await? {
        let (mut session, now) = store.begin("delete").await?;
        let mut ledger = Ledger::new(now);
        let mut ids = pages.lock(&mut session, &mut ledger, ids).await?;
        let matching = ids.len();
        ids.retain(|id| purge_one(&mut ledger, *id));
        purge::records(&mut session, &id_rows(ids.iter().copied())).await?;
        purge::add_count(&mut session, operation, ids.len() as u64).await?;
        ledger.write(&mut session).await?;
        session.commit().await?;
        store.counted();
        pages.outcome.changed += ids.len() as u64;
        pages.outcome.leased += (matching - ids.len()) as u64;
        pages.room -= matching as u64;
    }
    Ok(pages.outcome)
}

/// Counts a record as purged, unless someone holds it.
fn purge_one(ledger: &mut Ledger, id: RecordId) -> bool {
    let free = ledger.record(id).filter(|record| live_lease(&record.progress, ledger.now).is_none());
    let Some(record) = free.cloned() else { return false };
    ledger.deltas.purge(&record);
    true
}

/// The records of a bulk change, page by page, as far as the criteria's limit goes.
struct Pages {
    request: PageRequest,
    /// How many records the limit still allows.
    room: u64,
    ended: bool,
    outcome: BulkOutcome,
}

impl Pages {
    fn new(criteria: &QueryCriteria, outcome: BulkOutcome) -> Self {
        let room = criteria.limit.unwrap_or(u64::MAX).saturating_sub(outcome.changed);
        let request = PageRequest::new(QueryCriteria { limit: None, ..criteria.clone() });
        Self { request, room, ended: false, outcome }
    }

    async fn next(&mut self, store: &Store) -> StorageResult<Option<Vec<RecordId>>> {
        if self.ended || self.room == 0 {
            return Ok(None);
        }
        self.request.size = usize::try_from(self.room).unwrap_or(PAGE).min(PAGE);
        let page = read::page(store, &self.request).await?;
        self.request.after = page.next;
        self.ended = page.next.is_none();
        Ok(Some(page.records.into_iter().map(|record| record.id).collect()))
    }

    /// Locks a page's records and answers those that still match.
    async fn lock(
        &self,
        session: &mut Session,
        ledger: &mut Ledger,
        ids: Vec<RecordId>,
    ) -> StorageResult<Vec<RecordId>> {
        // What was captured matched, and matches for ever.
        let criteria = QueryCriteria {
            key: None,
            header: None,
            payload_size: Range::default(),
            body_missing: None,
            ..self.request.criteria.clone()
        };
        ledger.lock(session, &id_rows(ids.iter().copied()), Read::Details).await?;
        let matches = |id: &RecordId| ledger.record(*id).is_some_and(|record| criteria.matches(record));
        Ok(ids.into_iter().filter(matches).collect())
    }
}
