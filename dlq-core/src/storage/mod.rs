//! Where records rest: [`DlqStorage`], the one contract that every store keeps and one suite proves.
//!
//! Three rules shape it. **What was captured never changes; only progress does.** **Every write is safe to repeat**,
//! because an error of a whole call means that its outcome is *unknown*. **Two failures are kept apart**: an inner
//! `Err` is one record's refusal, the outer `Err` is the call's.

mod account;
mod capability;
mod claim;
mod deadline;
mod decision;
mod documents;
mod error;
mod ext;
mod groups;
mod patience;
mod quarantine;
mod query;
mod statistics;
mod transfer;
mod write;

pub mod layer;
pub mod memory;
pub mod transition;

use std::fmt::Debug;

use async_trait::async_trait;

pub use crate::record::SourcePartition;
pub use account::{Account, Advance, Advanced, Watermark};
pub use capability::{Condition, StorageCapability};
pub use claim::{ClaimRequest, ClaimSelect, LaneOrder, Outcome, Settle, Settled, Settlement};
pub use deadline::in_time;
pub use decision::{Decision, DecisionPreview};
pub use documents::{DlqDocuments, Document};
pub use error::{Permanence, StorageError, StorageErrorKind, StorageResult};
pub use ext::DlqStorageExt;
pub use groups::FailureGroup;
pub use memory::MemoryStorage;
pub use patience::until_answered;
pub use quarantine::{NotKept, Quarantine, Quarantined};
pub use query::{
    Cursor, HeaderMatch, InvalidCursor, KeyMatch, Order, Page, PageRequest, QueryCriteria,
    QueryCriteriaBuilder, Range,
};
pub use statistics::{Count, Dimension, Tally, TallyKey};
pub use transfer::{DlqTransfer, Whole};
pub use write::{BulkOutcome, Expect, Move, Patch, ReturnClaim, Save, SaveOutcome};

use crate::record::{Change, DlqRecord, HistoryEntry, RecordId};

/// A store of dead letters, which can be moved as a whole: the small third contract, [`DlqTransfer`], is part of this one.
///
/// # Behaviour of every method
/// - No future may be dropped half-way and leave a half-done write: a store runs what it begins to its end.
/// - An outer `Err` means *unknown*: repeat the call. Repeating any write, whole or in part, is harmless.
/// - The store's clock rules over leases and due times; a store under test can be given a [`Clock`](crate::Clock).
/// - What is counted is counted in the same atomic step as what it counts, and so is the history entry of a change.
#[async_trait]
pub trait DlqStorage: DlqTransfer + Debug {
    /// What this store can promise.
    fn capability(&self) -> &StorageCapability;

    /// Writes records; one answer each, in order.
    ///
    /// - [`Save::New`] stores a record unless its id is there: [`SaveOutcome::Stored`] or
    ///   [`SaveOutcome::AlreadyThere`]; an existing record is left exactly as it is.
    /// - [`Save::Arrival`] does the same, but first recognises the return of a record that was sent home (see
    ///   [`ReturnClaim`]): [`SaveOutcome::Returned`]. The same arrival written again answers the same and counts once.
    /// - [`Save::Replace`] replaces progress, never what was captured. It is refused with a conflict that tells both
    ///   versions, with the illegal move, or with who holds the lease. Repeated under the same operation it answers
    ///   what it answered first.
    /// - Two saves of one id in one batch: the second finds the first there.
    /// - A store that is full refuses what there is no room for, each record alone, with a `capacity` error that is
    ///   temporary, where it does not [evict](StorageCapability::evicts).
    /// - A stored record starts at version 1; every change adds one.
    ///
    /// # Errors
    /// The outcome of the whole batch is unknown.
    async fn save_batch(&self, saves: Vec<Save>) -> StorageResult<Vec<StorageResult<SaveOutcome>>>;

    /// Applies a patch to every record that matches.
    ///
    /// Records under a live lease and records whose status cannot make the move are left alone and counted. A record
    /// that this operation has already changed is counted as changed and not changed again. Honours
    /// [`QueryCriteria::limit`] and [`QueryCriteria::order`].
    ///
    /// # Errors
    /// Some records may have been changed: repeat the call under the same operation.
    async fn bulk_update(
        &self,
        criteria: &QueryCriteria,
        patch: &Patch,
        change: &Change,
    ) -> StorageResult<BulkOutcome>;

    /// Purges every record that matches: content, progress and history are gone, and counted as purged. Records under a
    /// live lease are left alone and counted. Honours limit and order.
    ///
    /// # Errors
    /// Some records may be gone: repeat the call.
    async fn delete(&self, criteria: &QueryCriteria, change: &Change) -> StorageResult<BulkOutcome>;

    /// The records of these ids, with content, in the order asked; `None` where there is none. An id asked twice is
    /// answered twice. A record whose content is not what was written comes without it, and says so among its
    /// [warnings](crate::record::Provenance::warnings).
    ///
    /// # Errors
    /// Nothing was read.
    async fn find_batch(&self, ids: &[RecordId]) -> StorageResult<Vec<Option<DlqRecord>>>;

    /// One page of the records that match, in the criteria's order, after the cursor.
    ///
    /// A page may be short, even empty, and still have a next; only `next == None` ends. A record that stays as it is
    /// while one pages is seen exactly once. Memory is bounded by the page's size. Without content the records' current
    /// failure is there all the same. One damaged record does not spoil the page: it comes as from
    /// [`find_batch`](Self::find_batch), and meets no condition that only its content could decide.
    ///
    /// # Errors
    /// Nothing was read. [`StorageErrorKind::Validation`] where the cursor is of another order.
    async fn page(&self, request: &PageRequest) -> StorageResult<Page>;

    /// How many records match, counted no further than `cap`.
    ///
    /// # Errors
    /// Nothing was counted.
    async fn count(&self, criteria: &QueryCriteria, cap: u64) -> StorageResult<Count>;

    /// Leases records to a worker: each to one, with content. A record whose content is not what was written is put on
    /// hold instead: it must never be sent. See [`ClaimRequest`] for what is chosen and what a claim
    /// fixes.
    ///
    /// # Errors
    /// Records may have been leased: they come due again when the lease ends.
    async fn claim(&self, request: &ClaimRequest) -> StorageResult<Vec<DlqRecord>>;

    /// Renews, completes or releases leases; one answer each, in order.
    ///
    /// - A settlement shows its fencing token; one older than the record's is refused ([`StorageErrorKind::Fenced`]).
    /// - The same operation settled again answers what it answered first, whatever became of the record since.
    /// - A record that came back while it was out is answered [`Settled::returned`], and keeps the return's failure.
    /// - A lease that ran out but was not claimed by another still settles.
    ///
    /// # Errors
    /// The outcome of the whole call is unknown.
    async fn settle(&self, settlements: Vec<Settlement>) -> StorageResult<Vec<StorageResult<Settled>>>;

    /// Moves a watermark and counts what was captured below it, if it stands where the caller believes.
    ///
    /// # Errors
    /// Whether it moved is unknown; the same advance again does no harm.
    async fn advance(&self, advance: &Advance) -> StorageResult<Advanced>;

    /// Where the watermarks of these partitions stand, in the order asked; `None` where nothing was ever captured.
    ///
    /// # Errors
    /// Nothing was read.
    async fn watermarks(&self, partitions: &[SourcePartition]) -> StorageResult<Vec<Option<Watermark>>>;

    /// Every watermark there is, by cluster, topic and partition.
    ///
    /// # Errors
    /// Nothing was read.
    async fn all_watermarks(&self) -> StorageResult<Vec<(SourcePartition, Watermark)>>;

    /// The books: what arrived, and what became of it. Reads counters, never records.
    ///
    /// # Errors
    /// Nothing was read.
    async fn account(&self) -> StorageResult<Account>;

    /// Counts by one dimension. Reads counters, never records; a key whose every count is zero is left out.
    ///
    /// # Errors
    /// Nothing was read.
    async fn statistics(&self, by: Dimension) -> StorageResult<Vec<Tally>>;

    /// The changes of one record, oldest first; none for a record that has not changed or is not there.
    ///
    /// # Errors
    /// Nothing was read.
    async fn history(&self, id: RecordId) -> StorageResult<Vec<HistoryEntry>>;

    /// Whether the store can be reached and written; what an operator should know about it.
    ///
    /// # Errors
    /// It cannot be reached or written.
    async fn health(&self) -> StorageResult<Vec<String>>;

    /// Ends the use of the store, once what is under way has ended: what it kept open is closed, and what it put off is
    /// written where it belongs. Later calls may answer an error. A store that is never closed loses nothing.
    async fn close(&self) {}

    /// The small second contract: documents under compare-and-set.
    fn documents(&self) -> &dyn DlqDocuments;
}

const _: fn(&dyn DlqStorage) = |_| {};
