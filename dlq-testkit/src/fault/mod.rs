//! A storage, a network and a disk that fail as a test wants them to.

mod disk;
mod proxy;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use dlq_core::DlqStorage;
use dlq_core::record::{Change, DlqRecord, HistoryEntry, RecordId};
use dlq_core::storage::{
    Account, Advance, Advanced, BulkOutcome, ClaimRequest, Count, Dimension, DlqDocuments, DlqTransfer,
    Document, Expect, Page, PageRequest, Patch, QueryCriteria, Save, SaveOutcome, Settled, Settlement,
    SourcePartition, StorageCapability, StorageError, StorageResult, Tally, Watermark, Whole,
};
use serde_json::Value;

pub use disk::SmallDisk;
pub use proxy::{Proxy, Way};

/// Decides of a call, by the method's name, whether it fails.
type CallFault = Box<dyn Fn(&'static str) -> Option<StorageError> + Send + Sync>;
/// Decides how long a call waits before it reaches the storage.
type CallDelay = Box<dyn Fn(&'static str) -> Duration + Send + Sync>;
/// Decides whether the storage refuses one record.
type SaveFault = Box<dyn Fn(&Save) -> Option<StorageError> + Send + Sync>;

/// A storage that fails as a test wants it to; otherwise the one that it wraps.
pub struct Faulty {
    inner: Arc<dyn DlqStorage>,
    call: CallFault,
    delay: CallDelay,
    answer: CallFault,
    save: SaveFault,
    capability: StorageCapability,
    asked: AtomicU64,
}

impl Faulty {
    /// Fails no call yet.
    #[must_use]
    pub fn new(inner: Arc<dyn DlqStorage>) -> Self {
        let capability = *inner.capability();
        Self {
            inner,
            call: Box::new(|_| None),
            delay: Box::new(|_| Duration::ZERO),
            answer: Box::new(|_| None),
            save: Box::new(|_| None),
            capability,
            asked: AtomicU64::new(0),
        }
    }

    /// Fails whole calls, which do not reach the storage: `fault` is asked with the method's name; that of a document
    /// begins with `document_`.
    #[must_use]
    pub fn failing(
        mut self,
        fault: impl Fn(&'static str) -> Option<StorageError> + Send + Sync + 'static,
    ) -> Self {
        self.call = Box::new(fault);
        self
    }

    /// Holds calls up for so long before they reach the storage.
    #[must_use]
    pub fn delaying(mut self, delay: impl Fn(&'static str) -> Duration + Send + Sync + 'static) -> Self {
        self.delay = Box::new(delay);
        self
    }

    /// Loses answers: the storage did what it was asked, and the caller is told an error.
    #[must_use]
    pub fn losing(
        mut self,
        fault: impl Fn(&'static str) -> Option<StorageError> + Send + Sync + 'static,
    ) -> Self {
        self.answer = Box::new(fault);
        self
    }

    /// Refuses single records.
    #[must_use]
    pub fn refusing(mut self, fault: impl Fn(&Save) -> Option<StorageError> + Send + Sync + 'static) -> Self {
        self.save = Box::new(fault);
        self
    }

    /// Takes no larger batches than this; a caller that hands over more is at fault.
    #[must_use]
    pub fn taking_at_most(mut self, records: usize) -> Self {
        self.capability.largest_batch = records;
        self
    }

    /// How many calls came.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    /// A call, as faulty as it is to be.
    async fn ask<T>(
        &self,
        method: &'static str,
        call: impl Future<Output = StorageResult<T>>,
    ) -> StorageResult<T> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if let Some(error) = (self.call)(method) {
            return Err(error);
        }
        let delay = (self.delay)(method);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let answer = call.await?;
        (self.answer)(method).map_or(Ok(answer), Err)
    }
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Faulty").field(&self.inner).finish()
    }
}

#[async_trait]
impl DlqStorage for Faulty {
    fn capability(&self) -> &StorageCapability {
        &self.capability
    }

    async fn save_batch(&self, saves: Vec<Save>) -> StorageResult<Vec<StorageResult<SaveOutcome>>> {
        assert!(saves.len() <= self.capability.largest_batch, "{} saves at once", saves.len());
        let faults: Vec<_> = saves.iter().map(|save| (self.save)(save)).collect();
        let good = saves.into_iter().zip(&faults).filter(|(_, fault)| fault.is_none()).map(|(save, _)| save);
        let mut answers = self.ask("save_batch", self.inner.save_batch(good.collect())).await?.into_iter();
        Ok(faults.into_iter().filter_map(|fault| fault.map(Err).or_else(|| answers.next())).collect())
    }

    async fn bulk_update(
        &self,
        criteria: &QueryCriteria,
        patch: &Patch,
        change: &Change,
    ) -> StorageResult<BulkOutcome> {
        self.ask("bulk_update", self.inner.bulk_update(criteria, patch, change)).await
    }

    async fn delete(&self, criteria: &QueryCriteria, change: &Change) -> StorageResult<BulkOutcome> {
        self.ask("delete", self.inner.delete(criteria, change)).await
    }

    async fn find_batch(&self, ids: &[RecordId]) -> StorageResult<Vec<Option<DlqRecord>>> {
        self.ask("find_batch", self.inner.find_batch(ids)).await
    }

    async fn page(&self, request: &PageRequest) -> StorageResult<Page> {
        self.ask("page", self.inner.page(request)).await
    }

    async fn count(&self, criteria: &QueryCriteria, cap: u64) -> StorageResult<Count> {
        self.ask("count", self.inner.count(criteria, cap)).await
    }

    async fn claim(&self, request: &ClaimRequest) -> StorageResult<Vec<DlqRecord>> {
        self.ask("claim", self.inner.claim(request)).await
    }

    async fn settle(&self, settlements: Vec<Settlement>) -> StorageResult<Vec<StorageResult<Settled>>> {
        self.ask("settle", self.inner.settle(settlements)).await
    }

    async fn advance(&self, advance: &Advance) -> StorageResult<Advanced> {
        self.ask("advance", self.inner.advance(advance)).await
    }

    async fn watermarks(&self, partitions: &[SourcePartition]) -> StorageResult<Vec<Option<Watermark>>> {
        self.ask("watermarks", self.inner.watermarks(partitions)).await
    }

    async fn all_watermarks(&self) -> StorageResult<Vec<(SourcePartition, Watermark)>> {
        self.ask("all_watermarks", self.inner.all_watermarks()).await
    }

    async fn account(&self) -> StorageResult<Account> {
        self.ask("account", self.inner.account()).await
    }

    async fn statistics(&self, by: Dimension) -> StorageResult<Vec<Tally>> {
        self.ask("statistics", self.inner.statistics(by)).await
    }

    async fn history(&self, id: RecordId) -> StorageResult<Vec<HistoryEntry>> {
        self.ask("history", self.inner.history(id)).await
    }

    async fn health(&self) -> StorageResult<Vec<String>> {
        self.ask("health", self.inner.health()).await
    }

    async fn close(&self) {
        self.inner.close().await;
    }

    fn documents(&self) -> &dyn DlqDocuments {
        self
    }
}

#[async_trait]
impl DlqTransfer for Faulty {
    async fn wholes(&self, ids: &[RecordId]) -> StorageResult<Vec<Option<Whole>>> {
        self.ask("wholes", self.inner.wholes(ids)).await
    }

    async fn restore(&self, wholes: Vec<Whole>) -> StorageResult<Vec<StorageResult<SaveOutcome>>> {
        self.ask("restore", self.inner.restore(wholes)).await
    }

    async fn open_books(
        &self,
        account: &Account,
        watermarks: &[(SourcePartition, Watermark)],
    ) -> StorageResult<()> {
        self.ask("open_books", self.inner.open_books(account, watermarks)).await
    }

    async fn document_kinds(&self) -> StorageResult<Vec<String>> {
        self.ask("document_kinds", self.inner.document_kinds()).await
    }
}

#[async_trait]
impl DlqDocuments for Faulty {
    async fn get(&self, kind: &str, id: &str) -> StorageResult<Option<Document>> {
        self.ask("document_get", self.inner.documents().get(kind, id)).await
    }

    async fn put(&self, kind: &str, id: &str, json: &Value, expected: Expect) -> StorageResult<u64> {
        self.ask("document_put", self.inner.documents().put(kind, id, json, expected)).await
    }

    async fn delete(&self, kind: &str, id: &str) -> StorageResult<bool> {
        self.ask("document_delete", self.inner.documents().delete(kind, id)).await
    }

    async fn list(&self, kind: &str, after: Option<&str>, limit: usize) -> StorageResult<Vec<Document>> {
        self.ask("document_list", self.inner.documents().list(kind, after, limit)).await
    }
}
