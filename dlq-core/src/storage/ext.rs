//! What callers like to call, built once on the contract.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt};

use super::groups::{FailureGroup, groups};
use super::{
    BulkOutcome, Decision, DlqStorage, Expect, Outcome, PageRequest, QueryCriteria, Save, SaveOutcome,
    Settle, Settled, Settlement, StorageError, StorageErrorKind, StorageResult,
};
use crate::record::{Change, DlqRecord, Progress, RecordId};

/// How many records a stream reads at a time.
const STREAM_PAGE: usize = 500;

/// What callers like to call; every [`DlqStorage`] has it.
#[async_trait]
pub trait DlqStorageExt: DlqStorage {
    /// Stores one record unless it is there.
    ///
    /// # Errors
    /// As [`DlqStorage::save_batch`], or the record was refused.
    async fn save(&self, record: DlqRecord) -> StorageResult<SaveOutcome> {
        only(self.save_batch(vec![Save::New(record)]).await?, "save")
    }

    /// Replaces a record's progress if it still has the version that was read.
    ///
    /// # Errors
    /// As [`DlqStorage::save_batch`], or the write was refused.
    async fn update(
        &self,
        record: &DlqRecord,
        progress: Progress,
        change: Change,
    ) -> StorageResult<SaveOutcome> {
        let expected = Expect::Version(record.version);
        let (progress, change) = (Box::new(progress), Box::new(change));
        let save = Save::Replace { id: record.id, progress, expected, change };
        only(self.save_batch(vec![save]).await?, "update")
    }

    /// One record, with content.
    ///
    /// # Errors
    /// As [`DlqStorage::find_batch`].
    async fn find_by_id(&self, id: RecordId) -> StorageResult<Option<DlqRecord>> {
        only(self.find_batch(&[id]).await?.into_iter().map(Ok).collect(), "find")
    }

    /// All that matches, page by page, up to the criteria's limit; memory is bounded by a page.
    fn stream(&self, criteria: QueryCriteria, content: bool) -> BoxStream<'_, StorageResult<DlqRecord>> {
        let left = criteria.limit.unwrap_or(u64::MAX);
        let size = usize::try_from(left).unwrap_or(STREAM_PAGE).clamp(1, STREAM_PAGE);
        let request = PageRequest { criteria, after: None, size, content };
        let pages = stream::try_unfold(Some(request), async |request| {
            let Some(mut request) = request else { return Ok(None) };
            let page = self.page(&request).await?;
            request.after = page.next;
            let next = page.next.is_some().then_some(request);
            Ok(Some((page.records, next)))
        });
        let records = pages.flat_map(|page: StorageResult<Vec<DlqRecord>>| match page {
            Ok(records) => stream::iter(records.into_iter().map(Ok).collect::<Vec<_>>()),
            Err(error) => stream::iter(vec![Err(error)]),
        });
        records.take(usize::try_from(left).unwrap_or(usize::MAX)).boxed()
    }

    /// Changes every record that matches as `edit` says, each on the version that was read; one that someone else
    /// changed meanwhile is read and edited again. Records that `edit` answers with `None` stay.
    ///
    /// # Errors
    /// As [`DlqStorage::page`] and [`DlqStorage::save_batch`]; records before the error are changed.
    async fn bulk_update_with(
        &self,
        criteria: QueryCriteria,
        change: &Change,
        edit: &(dyn for<'r> Fn(&'r DlqRecord) -> Option<Progress> + Send + Sync),
    ) -> StorageResult<BulkOutcome> {
        let mut outcome = BulkOutcome::default();
        let mut records = self.stream(criteria, true);
        while let Some(record) = records.next().await {
            match edit_one(self, record?, change, edit).await {
                Ok(changed) => outcome.changed += u64::from(changed),
                Err(error) => match error.kind() {
                    StorageErrorKind::Leased { .. } => outcome.leased += 1,
                    StorageErrorKind::IllegalMove { .. } | StorageErrorKind::Corrupt => outcome.refused += 1,
                    _ => return Err(error),
                },
            }
        }
        Ok(outcome)
    }

    /// Purges one record; answers whether it was there to purge.
    ///
    /// # Errors
    /// As [`DlqStorage::delete`].
    async fn delete_one(&self, id: RecordId, change: &Change) -> StorageResult<BulkOutcome> {
        self.delete(&QueryCriteria::builder().ids([id]).build(), change).await
    }

    /// Purges everything that no one holds.
    ///
    /// # Errors
    /// As [`DlqStorage::delete`].
    async fn clear(&self, change: &Change) -> StorageResult<BulkOutcome> {
        self.delete(&QueryCriteria::default(), change).await
    }

    /// Carries a decision out over every record that matches and whose status it takes; those that someone holds are
    /// left alone and counted.
    ///
    /// # Errors
    /// Some records may have been changed: repeat the call under the same operation.
    async fn decide(
        &self,
        decision: Decision,
        criteria: &QueryCriteria,
        change: &Change,
    ) -> StorageResult<BulkOutcome> {
        let criteria = decision.narrowed(criteria);
        match decision.patch(change) {
            Some(patch) => self.bulk_update(&criteria, &patch, change).await,
            None => self.delete(&criteria, change).await,
        }
    }

    /// Keeps records back, for the change's reason, until they are released: [`Decision::Hold`].
    ///
    /// # Errors
    /// As [`decide`](Self::decide).
    async fn hold(&self, criteria: &QueryCriteria, change: &Change) -> StorageResult<BulkOutcome> {
        self.decide(Decision::Hold, criteria, change).await
    }

    /// Lets records off hold: [`Decision::Release`]. A claimed record is [given back](Self::give_back) instead.
    ///
    /// # Errors
    /// As [`decide`](Self::decide).
    async fn release(&self, criteria: &QueryCriteria, change: &Change) -> StorageResult<BulkOutcome> {
        self.decide(Decision::Release, criteria, change).await
    }

    /// Decides that records are not needed: [`Decision::Skip`].
    ///
    /// # Errors
    /// As [`decide`](Self::decide).
    async fn skip(&self, criteria: &QueryCriteria, change: &Change) -> StorageResult<BulkOutcome> {
        self.decide(Decision::Skip, criteria, change).await
    }

    /// Brings records that were done back: [`Decision::Reopen`].
    ///
    /// # Errors
    /// As [`decide`](Self::decide).
    async fn reopen(&self, criteria: &QueryCriteria, change: &Change) -> StorageResult<BulkOutcome> {
        self.decide(Decision::Reopen, criteria, change).await
    }

    /// Removes records for good: [`Decision::Purge`].
    ///
    /// # Errors
    /// As [`decide`](Self::decide).
    async fn purge(&self, criteria: &QueryCriteria, change: &Change) -> StorageResult<BulkOutcome> {
        self.decide(Decision::Purge, criteria, change).await
    }

    /// Stores records that an export or quarantine kept, with their progress; one answer each, in order. What is there
    /// stays as it is.
    ///
    /// # Errors
    /// As [`DlqStorage::save_batch`]: repeat the call.
    async fn import(&self, records: Vec<DlqRecord>) -> StorageResult<Vec<StorageResult<SaveOutcome>>> {
        self.save_batch(records.into_iter().map(Save::Import).collect()).await
    }

    /// The groups of records that failed in the same way, those with the most open records first. Reads counters, and of
    /// the records one of each group.
    ///
    /// # Errors
    /// As [`DlqStorage::statistics`] and [`DlqStorage::page`].
    async fn groups(&self) -> StorageResult<Vec<FailureGroup>> {
        groups(self).await
    }

    /// Holds on to a claimed record for `lease` from now.
    ///
    /// # Errors
    /// As [`DlqStorage::settle`], or the settlement was refused.
    async fn renew(&self, record: &DlqRecord, lease: Duration, change: Change) -> StorageResult<Settled> {
        settle_one(self, record, Settle::Renew(lease), change).await
    }

    /// Ends a claimed record's attempt.
    ///
    /// # Errors
    /// As [`DlqStorage::settle`], or the settlement was refused.
    async fn complete(&self, record: &DlqRecord, outcome: Outcome, change: Change) -> StorageResult<Settled> {
        settle_one(self, record, Settle::Complete(outcome), change).await
    }

    /// Gives a claimed record back without an outcome.
    ///
    /// # Errors
    /// As [`DlqStorage::settle`], or the settlement was refused.
    async fn give_back(
        &self,
        record: &DlqRecord,
        due_in: Option<Duration>,
        change: Change,
    ) -> StorageResult<Settled> {
        settle_one(self, record, Settle::Release(due_in), change).await
    }
}

impl<S: DlqStorage + ?Sized> DlqStorageExt for S {}

async fn edit_one<S: DlqStorage + ?Sized>(
    storage: &S,
    mut record: DlqRecord,
    change: &Change,
    edit: &(dyn for<'r> Fn(&'r DlqRecord) -> Option<Progress> + Send + Sync),
) -> StorageResult<bool> {
    loop {
        let Some(progress) = edit(&record) else { return Ok(false) };
        match storage.update(&record, progress, change.clone()).await {
            Ok(_) => return Ok(true),
            Err(error) if matches!(error.kind(), StorageErrorKind::Conflict { .. }) => {
                let Some(fresh) = storage.find_by_id(record.id).await? else { return Ok(false) };
                record = fresh;
            }
            Err(error) => return Err(error),
        }
    }
}

async fn settle_one<S: DlqStorage + ?Sized>(
    storage: &S,
    record: &DlqRecord,
    settle: Settle,
    change: Change,
) -> StorageResult<Settled> {
    let settlement = Settlement { id: record.id, token: record.progress.fence, settle, change };
    only(storage.settle(vec![settlement]).await?, "settle")
}

fn only<T>(mut answers: Vec<StorageResult<T>>, operation: &'static str) -> StorageResult<T> {
    let missing = || StorageError::new(StorageErrorKind::Unexpected, operation, "the store did not answer");
    answers.pop().unwrap_or_else(|| Err(missing()))
}
