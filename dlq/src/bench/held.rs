//! [`Held`]: a storage that does not answer while it stands still.

use std::sync::Arc;

use async_trait::async_trait;
use dlq_core::record::{Change, HistoryEntry};
use dlq_core::storage::{
    Account, Advance, Advanced, BulkOutcome, ClaimRequest, Count, Dimension, DlqDocuments, DlqTransfer, Page,
    PageRequest, Patch, QueryCriteria, Save, SaveOutcome, Settled, Settlement, SourcePartition,
    StorageCapability, StorageResult, Tally, Watermark, Whole,
};
use dlq_core::{DlqRecord, DlqStorage, RecordId};

use super::standstill::Standstill;

/// A storage that writes no record before a standstill is over; in all else it is the storage inside.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) inner: Arc<dyn DlqStorage>,
    pub(super) standstill: Arc<Standstill>,
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl DlqStorage for Held {
    fn capability(&self) -> &StorageCapability {
        self.inner.capability()
    }

    async fn save_batch(&self, saves: Vec<Save>) -> StorageResult<Vec<StorageResult<SaveOutcome>>> {
        self.standstill.over().await;
        self.inner.save_batch(saves).await
    }

    async fn bulk_update(
        &self,
        criteria: &QueryCriteria,
        patch: &Patch,
        change: &Change,
    ) -> StorageResult<BulkOutcome> {
        self.inner.bulk_update(criteria, patch, change).await
    }

    async fn delete(&self, criteria: &QueryCriteria, change: &Change) -> StorageResult<BulkOutcome> {
        self.inner.delete(criteria, change).await
    }

    async fn find_batch(&self, ids: &[RecordId]) -> StorageResult<Vec<Option<DlqRecord>>> {
        self.inner.find_batch(ids).await
    }

    async fn page(&self, request: &PageRequest) -> StorageResult<Page> {
        self.inner.page(request).await
    }

    async fn count(&self, criteria: &QueryCriteria, cap: u64) -> StorageResult<Count> {
        self.inner.count(criteria, cap).await
    }

    async fn claim(&self, request: &ClaimRequest) -> StorageResult<Vec<DlqRecord>> {
        self.inner.claim(request).await
    }

    async fn settle(&self, settlements: Vec<Settlement>) -> StorageResult<Vec<StorageResult<Settled>>> {
        self.inner.settle(settlements).await
    }

    async fn advance(&self, advance: &Advance) -> StorageResult<Advanced> {
        self.inner.advance(advance).await
    }

    async fn watermarks(&self, partitions: &[SourcePartition]) -> StorageResult<Vec<Option<Watermark>>> {
        self.inner.watermarks(partitions).await
    }

    async fn all_watermarks(&self) -> StorageResult<Vec<(SourcePartition, Watermark)>> {
        self.inner.all_watermarks().await
    }

    async fn account(&self) -> StorageResult<Account> {
        self.inner.account().await
    }

    async fn statistics(&self, by: Dimension) -> StorageResult<Vec<Tally>> {
        self.inner.statistics(by).await
    }

    async fn history(&self, id: RecordId) -> StorageResult<Vec<HistoryEntry>> {
        self.inner.history(id).await
    }

    async fn health(&self) -> StorageResult<Vec<String>> {
        self.inner.health().await
    }

    async fn close(&self) {
        self.inner.close().await;
    }

    fn documents(&self) -> &dyn DlqDocuments {
        self.inner.documents()
    }
}

#[async_trait]
impl DlqTransfer for Held {
    async fn wholes(&self, ids: &[RecordId]) -> StorageResult<Vec<Option<Whole>>> {
        self.inner.wholes(ids).await
    }

    async fn restore(&self, wholes: Vec<Whole>) -> StorageResult<Vec<StorageResult<SaveOutcome>>> {
        self.standstill.over().await;
        self.inner.restore(wholes).await
    }

    async fn open_books(
        &self,
        account: &Account,
        watermarks: &[(SourcePartition, Watermark)],
    ) -> StorageResult<()> {
        self.inner.open_books(account, watermarks).await
    }

    async fn document_kinds(&self) -> StorageResult<Vec<String>> {
        self.inner.document_kinds().await
    }
}
