//! [`SqlStorage`]: the contract, each method a task of its own.

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

use crate::config::SqlConfig;
use crate::operation::Store;
use crate::operation::retry::retried;
use crate::operation::{bulk, claim, read, save, settle};
use crate::statement::query::PUSHED_DOWN;
use crate::statement::{history, tally, watermark};

/// Records in SQLite, PostgreSQL, MariaDB or MySQL.
///
/// Every method runs in a task of its own, so that a caller who stops waiting leaves nothing half done; it needs a Tokio
/// runtime with I/O and time. Clones share their connections.
#[derive(Clone)]
pub struct SqlStorage {
    store: Arc<Store>,
}

impl SqlStorage {
    /// Connects, and brings the tables up to date.
    ///
    /// # Errors
    /// The configuration makes no sense, the database cannot be reached or does not let us, or its tables are of a
    /// later version.
    pub async fn connect(config: &SqlConfig) -> StorageResult<Self> {
        config.validate()?;
        let config = config.clone();
        in_a_task(async move { Store::connect(&config).await })
            .await
            .map(|store| Self { store: Arc::new(store) })
    }

    /// Closes every connection, once what is under way has ended. Later calls answer an error. SQLite's log is written back
    /// into its file, which then stands alone, unless other processes have it open.
    pub async fn close(&self) {
        self.store.pools.close().await;
    }

    /// Runs an operation to its end, whether or not the caller waits for it.
    pub(crate) async fn run<T: Send + 'static, F: Future<Output = StorageResult<T>> + Send + 'static>(
        &self,
        operation: impl FnOnce(Arc<Store>) -> F,
    ) -> StorageResult<T> {
        in_a_task(operation(Arc::clone(&self.store))).await
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

impl fmt::Debug for SqlStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlStorage").field("store", &self.store).finish()
    }
}

/// The largest batch: what one statement or transaction may well hold.
const LARGEST_BATCH: usize = 1000;

const CAPABILITY: StorageCapability = StorageCapability {
    name: "sql",
    durable: true,
    evicts: false,
    largest_batch: LARGEST_BATCH,
    pushed_down: PUSHED_DOWN,
};

async fn move_watermark(store: &Store, advance: &Advance) -> StorageResult<Advanced> {
    let mut session = store.pools.begin("advance").await?;
    let advanced = watermark::advance(&mut session, advance).await?;
    session.commit().await?;
    Ok(advanced)
}

#[async_trait]
impl DlqStorage for SqlStorage {
    fn capability(&self) -> &StorageCapability {
        &CAPABILITY
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
        self.run(async move |store| retried!(bulk::update(&store, &criteria, &patch, &change))).await
    }

    async fn delete(&self, criteria: &QueryCriteria, change: &Change) -> StorageResult<BulkOutcome> {
        let (criteria, operation) = (criteria.clone(), change.operation);
        self.run(async move |store| retried!(bulk::delete(&store, &criteria, operation))).await
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
        self.run(async move |store| read::count(&store, criteria, cap).await).await
    }

    async fn claim(&self, request: &ClaimRequest) -> StorageResult<Vec<DlqRecord>> {
        check_claim(request)?;
        let request = request.clone();
        self.run(async move |store| claim::claim(&store, &request).await).await
    }

    async fn settle(&self, settlements: Vec<Settlement>) -> StorageResult<Vec<StorageResult<Settled>>> {
        self.run(async move |store| retried!(settle::settle(&store, &settlements))).await
    }

    async fn advance(&self, advance: &Advance) -> StorageResult<Advanced> {
        check_advance(advance)?;
        let advance = advance.clone();
        self.run(async move |store| retried!(move_watermark(&store, &advance))).await
    }

    async fn watermarks(&self, partitions: &[SourcePartition]) -> StorageResult<Vec<Option<Watermark>>> {
        let partitions = partitions.to_vec();
        self.run(async move |store| read::watermarks(&store, &partitions).await).await
    }

    async fn all_watermarks(&self) -> StorageResult<Vec<(SourcePartition, Watermark)>> {
        self.run(async move |store| watermark::all(&mut store.pools.read("watermarks").await?).await).await
    }

    async fn account(&self) -> StorageResult<Account> {
        self.run(async move |store| read::account(&store).await).await
    }

    async fn statistics(&self, by: Dimension) -> StorageResult<Vec<Tally>> {
        self.run(async move |store| {
            Ok(tally::sum(&mut store.pools.read("statistics").await?).await?.tallies(by))
        })
        .await
    }

    async fn history(&self, id: RecordId) -> StorageResult<Vec<HistoryEntry>> {
        self.run(async move |store| history::of(&mut store.pools.read("history").await?, id).await).await
    }

    async fn health(&self) -> StorageResult<Vec<String>> {
        self.run(async move |store| store.health().await).await
    }

    async fn close(&self) {
        Self::close(self).await;
    }

    fn documents(&self) -> &dyn DlqDocuments {
        self
    }
}
