//! A storage, a network and a disk that fail as a test wants them to.

mod disk;
mod proxy;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use dlq_core::DlqStorage;
use dlq_core::record::{Change, DlqRecord, HistoryEntry, RecordId};
use dlq_core::storage::{
    Account, Advance, Advanced, BulkOutcome, ClaimRequest, Count, Dimension, DlqDocuments, Page, PageRequest,
    Patch, QueryCriteria, Save, SaveOutcome, Settled, Settlement, SourcePartition, StorageCapability,
    StorageError, StorageResult, Tally, Watermark,
};

pub use disk::SmallDisk;
pub use proxy::{Proxy, Way};

/// Decides, before a call reaches the storage, whether it fails.
type CallFault = Box<dyn Fn(&'static str) -> Option<StorageError> + Send + Sync>;
/// Decides whether the storage refuses one record.
type SaveFault = Box<dyn Fn(&Save) -> Option<StorageError> + Send + Sync>;

/// A storage that fails as a test wants it to; otherwise the one that it wraps.
pub struct Faulty {
    inner: Arc<dyn DlqStorage>,
    call: CallFault,
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
            save: Box::new(|_| None),
            capability,
            asked: AtomicU64::new(0),
        }
    }

    /// Fails whole calls: `fault` is asked with the method's name.
    #[must_use]
    pub fn failing(
        mut self,
        fault: impl Fn(&'static str) -> Option<StorageError> + Send + Sync + 'static,
    ) -> Self {
        self.call = Box::new(fault);
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

    fn ask(&self, method: &'static str) -> StorageResult<&dyn DlqStorage> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        (self.call)(method).map_or(Ok(&*self.inner), Err)
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
        let inner = self.ask("save_batch")?;
        let faults: Vec<_> = saves.iter().map(|save| (self.save)(save)).collect();
        let good = saves.into_iter().zip(&faults).filter(|(_, fault)| fault.is_none()).map(|(save, _)| save);
        let mut answers = inner.save_batch(good.collect()).await?.into_iter();
        Ok(faults.into_iter().filter_map(|fault| fault.map(Err).or_else(|| answers.next())).collect())
    }

    async fn bulk_update(
        &self,
        criteria: &QueryCriteria,
        patch: &Patch,
        change: &Change,
    ) -> StorageResult<BulkOutcome> {
        self.ask("bulk_update")?.bulk_update(criteria, patch, change).await
    }

    async fn delete(&self, criteria: &QueryCriteria, change: &Change) -> StorageResult<BulkOutcome> {
        self.ask("delete")?.delete(criteria, change).await
    }

    async fn find_batch(&self, ids: &[RecordId]) -> StorageResult<Vec<Option<DlqRecord>>> {
        self.ask("find_batch")?.find_batch(ids).await
    }

    async fn page(&self, request: &PageRequest) -> StorageResult<Page> {
        self.ask("page")?.page(request).await
    }

    async fn count(&self, criteria: &QueryCriteria, cap: u64) -> StorageResult<Count> {
        self.ask("count")?.count(criteria, cap).await
    }

    async fn claim(&self, request: &ClaimRequest) -> StorageResult<Vec<DlqRecord>> {
        self.ask("claim")?.claim(request).await
    }

    async fn settle(&self, settlements: Vec<Settlement>) -> StorageResult<Vec<StorageResult<Settled>>> {
        self.ask("settle")?.settle(settlements).await
    }

    async fn advance(&self, advance: &Advance) -> StorageResult<Advanced> {
        self.ask("advance")?.advance(advance).await
    }

    async fn watermarks(&self, partitions: &[SourcePartition]) -> StorageResult<Vec<Option<Watermark>>> {
        self.ask("watermarks")?.watermarks(partitions).await
    }

    async fn all_watermarks(&self) -> StorageResult<Vec<(SourcePartition, Watermark)>> {
        self.ask("all_watermarks")?.all_watermarks().await
    }

    async fn account(&self) -> StorageResult<Account> {
        self.ask("account")?.account().await
    }

    async fn statistics(&self, by: Dimension) -> StorageResult<Vec<Tally>> {
        self.ask("statistics")?.statistics(by).await
    }

    async fn history(&self, id: RecordId) -> StorageResult<Vec<HistoryEntry>> {
        self.ask("history")?.history(id).await
    }

    async fn health(&self) -> StorageResult<Vec<String>> {
        self.ask("health")?.health().await
    }

    async fn close(&self) {
        self.inner.close().await;
    }

    fn documents(&self) -> &dyn DlqDocuments {
        self.inner.documents()
    }
}
