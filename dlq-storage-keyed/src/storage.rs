//! [`KeyedStorage`]: the contract, each method a task of its own.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use dlq_core::record::{Change, DlqRecord, HistoryEntry, RecordId};
use dlq_core::storage::transition::{check_advance, check_claim, check_page};
use dlq_core::storage::{
    Account, Advance, Advanced, BulkOutcome, ClaimRequest, Count, Dimension, DlqDocuments, DlqStorage, Page,
    PageRequest, Patch, QueryCriteria, Save, SaveOutcome, Settled, Settlement, SourcePartition,
    StorageCapability, StorageError, StorageErrorKind, StorageResult, Tally, Watermark,
};

use crate::history;
use crate::operation::{Offered, bulk, claim, read, save, settle, watermark};
use crate::shards::Shards;
use crate::store::KeyedStore;

/// Records in a database that keeps bytes under keys.
///
/// Every method runs in a task of its own, so that a caller who stops waiting leaves nothing half done; it needs a Tokio
/// runtime with I/O and time. Clones share their connections.
pub struct KeyedStorage<S> {
    shards: Arc<Shards<S>>,
}

impl<S> Clone for KeyedStorage<S> {
    fn clone(&self) -> Self {
        Self { shards: Arc::clone(&self.shards) }
    }
}

impl<S: fmt::Debug> fmt::Debug for KeyedStorage<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyedStorage").field(&self.shards.store).finish()
    }
}

impl<S: KeyedStore> KeyedStorage<S> {
    /// Connects, and notes in an empty database how it is laid out.
    ///
    /// # Errors
    /// As [`KeyedStore::connect`].
    pub async fn connect(config: &S::Config) -> StorageResult<Self> {
        let config = config.clone();
        let store = in_a_task(async move { S::connect(&config).await }).await?;
        Ok(Self { shards: Arc::new(Shards { store, offered: Offered::default() }) })
    }

    /// Runs an operation to its end, whether or not the caller waits for it.
    pub(crate) async fn run<T: Send + 'static, F: Future<Output = StorageResult<T>> + Send + 'static>(
        &self,
        operation: impl FnOnce(Arc<Shards<S>>) -> F,
    ) -> StorageResult<T> {
        in_a_task(operation(Arc::clone(&self.shards))).await
    }
}

async fn in_a_task<T: Send + 'static>(
    operation: impl Future<Output = StorageResult<T>> + Send + 'static,
) -> StorageResult<T> {
    tokio::spawn(operation).await.unwrap_or_else(|error| {
        let message = "the operation ended before its end";
        Err(StorageError::new(StorageErrorKind::Unexpected, "run", message).caused_by(error))
    })
}

#[async_trait]
impl<S: KeyedStore> DlqStorage for KeyedStorage<S> {
    fn capability(&self) -> &StorageCapability {
        self.shards.store.capability()
    }

    async fn save_batch(&self, saves: Vec<Save>) -> StorageResult<Vec<StorageResult<SaveOutcome>>> {
        self.run(async move |store| save::batch(&store, saves).await).await
    }

    async fn bulk_update(
        &self,
        criteria: &QueryCriteria,
        patch: &Patch,
        change: &Change,
    ) -> StorageResult<BulkOutcome> {
        let (criteria, patch, change) = (criteria.clone(), patch.clone(), change.clone());
        self.run(async move |store| bulk::update(&store, &criteria, &patch, &change).await).await
    }

    async fn delete(&self, criteria: &QueryCriteria, change: &Change) -> StorageResult<BulkOutcome> {
        let (criteria, operation) = (criteria.clone(), change.operation);
        self.run(async move |store| bulk::delete(&store, &criteria, operation).await).await
    }

    async fn find_batch(&self, ids: &[RecordId]) -> StorageResult<Vec<Option<DlqRecord>>> {
        let ids = ids.to_vec();
        self.run(async move |store| read::find(&store, &ids).await).await
    }

    async fn page(&self, request: &PageRequest) -> StorageResult<Page> {
        check_page(request)?;
        let request = request.clone();
        self.run(async move |store| read::page(&store, &request).await).await
    }

    async fn count(&self, criteria: &QueryCriteria, cap: u64) -> StorageResult<Count> {
        let criteria = criteria.clone();
        self.run(async move |store| read::count(&store, &criteria, cap).await).await
    }

    async fn claim(&self, request: &ClaimRequest) -> StorageResult<Vec<DlqRecord>> {
        check_claim(request)?;
        let request = request.clone();
        self.run(async move |store| claim::claim(&store, &request).await).await
    }

    async fn settle(&self, settlements: Vec<Settlement>) -> StorageResult<Vec<StorageResult<Settled>>> {
        self.run(async move |store| settle::settle(&store, &settlements).await).await
    }

    async fn advance(&self, advance: &Advance) -> StorageResult<Advanced> {
        check_advance(advance)?;
        let advance = advance.clone();
        self.run(async move |store| watermark::advance(&store, &advance).await).await
    }

    async fn watermarks(&self, partitions: &[SourcePartition]) -> StorageResult<Vec<Option<Watermark>>> {
        let partitions = partitions.to_vec();
        self.run(async move |store| watermark::of(&store, &partitions).await).await
    }

    async fn all_watermarks(&self) -> StorageResult<Vec<(SourcePartition, Watermark)>> {
        self.run(async move |store| watermark::all(&store).await).await
    }

    async fn account(&self) -> StorageResult<Account> {
        self.run(async move |store| read::account(&store).await).await
    }

    async fn statistics(&self, by: Dimension) -> StorageResult<Vec<Tally>> {
        self.run(async move |store| read::statistics(&store, by).await).await
    }

    async fn history(&self, id: RecordId) -> StorageResult<Vec<HistoryEntry>> {
        self.run(async move |store| history::all(&store, id).await).await
    }

    async fn health(&self) -> StorageResult<Vec<String>> {
        self.run(async move |store| store.store.health().await).await
    }

    async fn close(&self) {
        self.shards.store.close().await;
    }

    fn documents(&self) -> &dyn DlqDocuments {
        self
    }
}
