//! Changes of many records: a page at a time.

use dlq_core::record::{Change, DlqRecord, OperationId, RecordId};
use dlq_core::storage::transition::{live_lease, patch as by_the_rules, patched_before};
use dlq_core::storage::{
    BulkOutcome, PageRequest, Patch, QueryCriteria, Range, StorageError, StorageErrorKind, StorageResult,
};

use super::read;
use crate::error::corrupt;
use crate::ledger::{Ledger, Needs, change as change_all};
use crate::noted;
use crate::shards::Shards;
use crate::space::Space;
use crate::store::KeyedStore;
use crate::tally;

/// How many records are changed at a time.
const PAGE: usize = 500;

/// What a bulk change does with one record.
#[derive(Debug)]
enum Done {
    Changed,
    Leased,
    Refused,
    /// It does not match any more, or this operation has changed it before.
    NotAsked,
}

pub(crate) async fn update<S: KeyedStore>(
    store: &Shards<S>,
    criteria: &QueryCriteria,
    patch: &Patch,
    change: &Change,
) -> StorageResult<BulkOutcome> {
    let before = |_: &DlqRecord| vec![change.operation];
    let mut pages = Pages::new(store, "bulk_update", criteria, change.operation).await?;
    while let Some(ids) = pages.next(store).await? {
        let matching = &pages.recheck;
        let done = change_all(
            store,
            "bulk_update",
            &ids,
            Needs::listed(&before),
            |id| *id,
            |ledger, id| {
                if !ledger.matches(*id, matching) || patched_before(ledger.history(*id), change) {
                    return Ok(Done::NotAsked);
                }
                let now = ledger.now;
                let rule = |record: &mut _| Ok(((), by_the_rules(record, patch, change, now)?));
                let done = judged(ledger.change(*id, "bulk_update", rule))?;
                note(ledger, *id, &done, change.operation);
                Ok(done)
            },
        );
        pages.count(done.await?)?;
    }
    noted::forget(store, "bulk_update", store.now("bulk_update").await?).await;
    Ok(pages.outcome)
}

pub(crate) async fn delete<S: KeyedStore>(
    store: &Shards<S>,
    criteria: &QueryCriteria,
    operation: OperationId,
) -> StorageResult<BulkOutcome> {
    let mut pages = Pages::new(store, "delete", criteria, operation).await?;
    while let Some(ids) = pages.next(store).await? {
        let matching = &pages.recheck;
        let done = change_all(
            store,
            "delete",
            &ids,
            Needs::LISTED,
            |id| *id,
            |ledger, id| {
                let Some(record) = ledger.record(*id).filter(|_| ledger.matches(*id, matching)) else {
                    return Ok(Done::NotAsked);
                };
                if live_lease(&record.progress, ledger.now).is_some() {
                    return Ok(Done::Leased);
                }
                if !ledger.purge(*id) {
                    return Ok(Done::Refused);
                }
                note(ledger, *id, &Done::Changed, operation);
                Ok(Done::Changed)
            },
        );
        pages.count(done.await?)?;
    }
    noted::forget(store, "delete", store.now("delete").await?).await;
    Ok(pages.outcome)
}

fn judged(patched: StorageResult<()>) -> StorageResult<Done> {
    match patched.as_ref().map_err(StorageError::kind) {
        Ok(()) => Ok(Done::Changed),
        Err(StorageErrorKind::Leased { .. }) => Ok(Done::Leased),
        Err(StorageErrorKind::IllegalMove { .. } | StorageErrorKind::Corrupt) => Ok(Done::Refused),
        Err(_) => patched.map(|()| Done::Changed),
    }
}

/// Counts a changed record with its change, so that the operation repeated answers the same.
fn note(ledger: &mut Ledger, id: RecordId, done: &Done, operation: OperationId) {
    let now = ledger.now;
    if let (Done::Changed, Some(unit)) = (done, ledger.unit(id)) {
        let key = operation.0.into_bytes();
        unit.add(Space::Bulk, key, 1);
        noted::remember(unit, Space::Bulk, &key, now);
    }
}

/// The records of a bulk change, page by page, as far as the criteria's limit goes.
#[derive(Debug)]
struct Pages {
    request: PageRequest,
    /// What has to match still. What was captured matched, and matches for ever.
    recheck: QueryCriteria,
    /// How many records the limit still allows.
    room: u64,
    ended: bool,
    outcome: BulkOutcome,
}

impl Pages {
    async fn new<S: KeyedStore>(
        store: &Shards<S>,
        name: &'static str,
        criteria: &QueryCriteria,
        operation: OperationId,
    ) -> StorageResult<Self> {
        let changed = counted(store, name, operation).await?;
        let all = QueryCriteria { limit: None, ..criteria.clone() };
        let recheck = QueryCriteria {
            ids: None,
            key: None,
            header: None,
            payload_size: Range::default(),
            body_missing: None,
            ..all.clone()
        };
        let room = criteria.limit.unwrap_or(u64::MAX).saturating_sub(changed);
        let outcome = BulkOutcome { changed, ..BulkOutcome::default() };
        Ok(Self { request: PageRequest::new(all), recheck, room, ended: false, outcome })
    }

    async fn next<S: KeyedStore>(&mut self, store: &Shards<S>) -> StorageResult<Option<Vec<RecordId>>> {
        if self.ended || self.room == 0 {
            return Ok(None);
        }
        self.request.size = usize::try_from(self.room).unwrap_or(PAGE).min(PAGE);
        let page = read::page(store, &self.request).await?;
        self.request.after = page.next;
        self.ended = page.next.is_none();
        Ok(Some(page.records.into_iter().map(|record| record.id).collect()))
    }

    fn count(&mut self, done: Vec<StorageResult<Done>>) -> StorageResult<()> {
        for done in done {
            let counter = match done? {
                Done::Changed => &mut self.outcome.changed,
                Done::Leased => &mut self.outcome.leased,
                Done::Refused => &mut self.outcome.refused,
                Done::NotAsked => continue,
            };
            *counter += 1;
            self.room = self.room.saturating_sub(1);
        }
        Ok(())
    }
}

/// How many records a bulk change has changed before, over all shards.
async fn counted<S: KeyedStore>(
    store: &Shards<S>,
    name: &'static str,
    operation: OperationId,
) -> StorageResult<u64> {
    let key = operation.0.into_bytes().to_vec();
    let sums = store.values_at(name, Space::Bulk, store.all().map(|shard| (shard, key.clone()))).await?;
    let number = |sum: Vec<u8>| tally::number(&sum).and_then(|sum| u64::try_from(sum).ok());
    let sums: Option<Vec<u64>> = sums.into_iter().flatten().map(number).collect();
    Ok(sums.ok_or_else(|| corrupt(name, "a stored count is damaged"))?.into_iter().sum())
}
