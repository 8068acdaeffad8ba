//! [`MemoryStorage`]: records in this process's memory, for tests and for applications that want no database.
//!
//! One lock guards one plain `State`. A change touches a record, its lane's neighbours, positions and
//! counters, whose places have nothing to do with the record's id; shards by id would need several locks for nearly
//! every call, in an order, and would still have to meet for every page. One lock makes each call one atomic step, and
//! is held without waiting for anything: bytes are copied before it is taken, and a page looks at a bounded number of
//! records. Counting and bulk changes look at all that may match in one go; the first claim by lane looks at all
//! there is.
//!
//! What a [`MemoryConfig`] limits is kept by `retention`, under the same lock; a store without limits pays nothing for it.
//!
//! The rules of the changes are [`transition`](super::transition)'s; here is only where things are kept.

mod bulk;
mod claim;
mod content;
mod documents;
mod index;
mod lanes;
mod retention;
mod save;
mod select;
mod state;
mod transfer;
mod watermark;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;

use self::content::Ready;
use self::documents::MemoryDocuments;
use self::retention::Retention;
pub use self::retention::{Eviction, MemoryConfig};
use self::state::State;
use super::transition::{check_advance, check_claim, check_page};
use super::{
    Account, Advance, Advanced, BulkOutcome, ClaimRequest, Condition, Count, Dimension, DlqDocuments,
    DlqStorage, Page, PageRequest, Patch, QueryCriteria, Save, SaveOutcome, Settled, Settlement,
    SourcePartition, StorageCapability, StorageResult, Tally, Watermark,
};
use crate::clock::{Clock, SystemClock};
use crate::invalid::Invalid;
use crate::record::{Change, DlqRecord, HistoryEntry, RecordId};

const CAPABILITY: StorageCapability = StorageCapability {
    name: "memory",
    durable: false,
    evicts: false,
    largest_batch: usize::MAX,
    pushed_down: &Condition::ALL,
};
const EVICTING: StorageCapability = StorageCapability { evicts: true, ..CAPABILITY };

/// Records in this process's memory: gone when it ends. Bounded only by the machine, unless a [`MemoryConfig`] says how
/// many there may be, and which make room for others; without one it drops nothing of its own accord.
///
/// ```
/// use dlq_core::record::{Body, Captured, Content};
/// use dlq_core::{Clock, DlqRecord, DlqStorageExt, MemoryStorage, SystemClock};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let storage = MemoryStorage::new();
/// let content = Content::pack([], Body::Present(b"k1"), Body::Present(b"{}"))?;
/// let record = DlqRecord::new(Captured { content: Some(content), ..Captured::default() }, SystemClock.now());
/// storage.save(record.clone()).await?;
/// assert_eq!(storage.find_by_id(record.id).await?, Some(record));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub struct MemoryStorage {
    state: RwLock<State>,
    documents: MemoryDocuments,
    clock: Arc<dyn Clock>,
    capability: &'static StorageCapability,
}

impl MemoryStorage {
    /// An empty store by the machine's clock.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// An empty store whose leases and due times this clock rules.
    #[must_use]
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self::holding(&MemoryConfig::default(), clock)
    }

    /// An empty store that holds so much, for so long, by this clock.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use dlq_core::storage::memory::{Eviction, MemoryConfig, MemoryStorage};
    /// use dlq_core::{DlqStorage, SystemClock};
    ///
    /// let config = MemoryConfig { records_max: Some(100_000), eviction: Eviction::Lru, ..MemoryConfig::default() };
    /// let storage = MemoryStorage::with_config(config, Arc::new(SystemClock))?;
    /// assert!(storage.capability().evicts);
    /// # Ok::<(), dlq_core::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// A value that is not allowed, with its field, and what is allowed.
    pub fn with_config(config: MemoryConfig, clock: Arc<dyn Clock>) -> Result<Self, Invalid> {
        config.validate()?;
        Ok(Self::holding(&config, clock))
    }

    fn holding(config: &MemoryConfig, clock: Arc<dyn Clock>) -> Self {
        let state = State { retention: Retention::new(config), ..State::default() };
        let capability = if config.evicts() { &EVICTING } else { &CAPABILITY };
        Self { state: RwLock::new(state), documents: MemoryDocuments::default(), clock, capability }
    }

    // What is past its time is gone before anyone looks.
    //
    // A lock is poisoned where a caller's clock or a bug panicked under it. Refusing all further calls would lose what
    // is still whole, so the store goes on.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        if !state.retention.is_over(|| self.clock.now()) {
            return state;
        }
        drop(state);
        drop(self.write());
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.expire(|| self.clock.now());
        state
    }
}

impl Default for MemoryStorage {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStorage").finish_non_exhaustive()
    }
}

#[async_trait]
impl DlqStorage for MemoryStorage {
    fn capability(&self) -> &StorageCapability {
        self.capability
    }

    async fn save_batch(&self, saves: Vec<Save>) -> StorageResult<Vec<StorageResult<SaveOutcome>>> {
        let saves: Vec<_> = saves.into_iter().map(Ready::of).collect();
        let mut state = self.write();
        let now = self.clock.now();
        Ok(saves.into_iter().map(|ready| state.save(ready, now)).collect())
    }

    async fn bulk_update(
        &self,
        criteria: &QueryCriteria,
        patch: &Patch,
        change: &Change,
    ) -> StorageResult<BulkOutcome> {
        let mut state = self.write();
        state.bulk_update(criteria, patch, change, self.clock.now())
    }

    async fn delete(&self, criteria: &QueryCriteria, change: &Change) -> StorageResult<BulkOutcome> {
        let mut state = self.write();
        Ok(state.delete(criteria, change, self.clock.now()))
    }

    async fn find_batch(&self, ids: &[RecordId]) -> StorageResult<Vec<Option<DlqRecord>>> {
        let mut state = self.read();
        if state.retention.heeds_reading() {
            drop(state);
            self.write().were_read(ids);
            state = self.read();
        }
        Ok(ids.iter().map(|id| state.get(*id).map(|entry| entry.record.clone())).collect())
    }

    async fn page(&self, request: &PageRequest) -> StorageResult<Page> {
        check_page(request)?;
        let page = self.read().page(request);
        Ok(if request.content { page } else { content::left_out(page) })
    }

    async fn count(&self, criteria: &QueryCriteria, cap: u64) -> StorageResult<Count> {
        Ok(self.read().count(criteria, cap))
    }

    async fn claim(&self, request: &ClaimRequest) -> StorageResult<Vec<DlqRecord>> {
        check_claim(request)?;
        let mut state = self.write();
        state.claim(request, self.clock.now())
    }

    async fn settle(&self, settlements: Vec<Settlement>) -> StorageResult<Vec<StorageResult<Settled>>> {
        let mut state = self.write();
        let now = self.clock.now();
        Ok(settlements.iter().map(|settlement| state.settle(settlement, now)).collect())
    }

    async fn advance(&self, advance: &Advance) -> StorageResult<Advanced> {
        check_advance(advance)?;
        Ok(self.write().advance(advance))
    }

    async fn watermarks(&self, partitions: &[SourcePartition]) -> StorageResult<Vec<Option<Watermark>>> {
        let state = self.read();
        Ok(partitions.iter().map(|partition| state.watermark(partition)).collect())
    }

    async fn all_watermarks(&self) -> StorageResult<Vec<(SourcePartition, Watermark)>> {
        Ok(self.read().all_watermarks())
    }

    async fn account(&self) -> StorageResult<Account> {
        Ok(self.read().account())
    }

    async fn statistics(&self, by: Dimension) -> StorageResult<Vec<Tally>> {
        Ok(self.read().tallies(by))
    }

    async fn history(&self, id: RecordId) -> StorageResult<Vec<HistoryEntry>> {
        Ok(self.read().get(id).map(|entry| entry.history.clone()).unwrap_or_default())
    }

    async fn health(&self) -> StorageResult<Vec<String>> {
        let volatile = "records live in memory only: they are gone when the process ends".to_owned();
        Ok([volatile].into_iter().chain(self.read().warning()).collect())
    }

    fn documents(&self) -> &dyn DlqDocuments {
        &self.documents
    }
}

#[cfg(test)]
mod tests;
