//! The third, small contract: a store as a whole, so that it can be moved into another.

use std::fmt::{self, Write};

use async_trait::async_trait;
use xxhash_rust::xxh3::Xxh3;

use super::account::{Account, Watermark};
use super::error::{StorageError, StorageErrorKind, StorageResult};
use super::transition::Delivery;
use super::write::SaveOutcome;
use crate::record::{Captured, DlqRecord, HistoryEntry, RecordId, SourcePartition};

/// A record with all that a store keeps of it.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The record, with content, at its version.
    pub record: DlqRecord,
    /// Its changes, oldest first.
    pub history: Vec<HistoryEntry>,
    /// Where its attempts were delivered, by attempt and place.
    pub deliveries: Vec<Delivery>,
    /// The arrivals that were its returns, by id, each with the attempt that came back.
    pub returns: Vec<(RecordId, u32)>,
}

impl Whole {
    /// A checksum over all of it, the content's bytes among it: two stores keep the same if they agree in these.
    #[must_use]
    pub fn checksum(&self) -> u128 {
        let Self { record: DlqRecord { id, version, captured, progress }, history, deliveries, returns } =
            self;
        let Captured { from, content, origin, provenance, failure } = &**captured;
        let content = content.as_ref().map(|content| (content.block().len(), content.checksum()));
        let mut hash = Hashed(Xxh3::new());
        // How values are shown for debugging names every field: one that is new cannot be forgotten here.
        let shown = format_args!(
            "{id:?} {version} {content:?} {from:?} {origin:?} {provenance:?} {failure:?} {progress:?} {history:?} \
             {deliveries:?} {returns:?}"
        );
        hash.write_fmt(shown).map_or(0, |()| hash.0.digest128())
    }

    /// Brings it into the one form: deliveries by attempt and place, returns by id, and no more history than the record's version.
    pub fn sort(&mut self) {
        let version = self.record.version;
        self.history.retain(|entry| entry.version <= version);
        self.deliveries
            .sort_by(|one, other| (one.attempt, &one.position).cmp(&(other.attempt, &other.position)));
        self.returns.sort_unstable();
    }

    /// Whether it may be restored over what stands: `true` where that is older, or nothing; `false` where it is the same.
    ///
    /// # Errors
    /// It has no content, or what stands is of a later version.
    pub fn goes_over(&self, standing: Option<u64>) -> StorageResult<bool> {
        let (id, expected) = (self.record.id, self.record.version);
        if self.record.captured.content.is_none() {
            let message = "content none: a record is restored with its content";
            return Err(
                StorageError::new(StorageErrorKind::Validation, "restore", message).with("record", id)
            );
        }
        match standing {
            Some(actual) if actual > expected => {
                let kind = StorageErrorKind::Conflict { expected, actual };
                let message = "the record was changed here as well";
                Err(StorageError::new(kind, "restore", message).with("record", id))
            }
            standing => Ok(standing != Some(expected)),
        }
    }
}

struct Hashed(Xxh3);

impl Write for Hashed {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

/// What moves a store into another. Both are at rest meanwhile: nobody captures, claims or changes anything.
#[async_trait]
pub trait DlqTransfer: Send + Sync {
    /// The records of these ids with all that is kept of them, in the order asked; `None` where there is none. A damaged
    /// record comes without content, as from [`find_batch`](super::DlqStorage::find_batch).
    ///
    /// # Errors
    /// Nothing was read.
    async fn wholes(&self, ids: &[RecordId]) -> StorageResult<Vec<Option<Whole>>>;

    /// Makes records stand as they stood elsewhere: with version, history, deliveries and returns; one answer each, in
    /// order.
    ///
    /// - A record that is not there is stored, and one that stands at an older version is brought up to this one:
    ///   [`SaveOutcome::Stored`]. At the same version it is left as it is: [`SaveOutcome::AlreadyThere`]. One that stands
    ///   at a later version is refused with a conflict.
    /// - It counts by its status, and once as stored; how it once arrived, the [books](Self::open_books) tell.
    /// - Of two of one id in one batch, the second meets the first.
    ///
    /// # Errors
    /// The outcome of the whole batch is unknown; again does no harm.
    async fn restore(&self, wholes: Vec<Whole>) -> StorageResult<Vec<StorageResult<SaveOutcome>>>;

    /// Raises the entries of the books that the records themselves do not tell — submitted, imported, stored, returned,
    /// purged, evicted — to these, and puts these watermarks in the place of all that stand. What the account says of
    /// captured, quarantined and statuses is not looked at: it follows from watermarks and records.
    ///
    /// # Errors
    /// [`StorageErrorKind::Validation`] where an entry stands higher: the store was not empty, or is in use. Any other leaves
    /// the outcome unknown; again does no harm.
    async fn open_books(
        &self,
        account: &Account,
        watermarks: &[(SourcePartition, Watermark)],
    ) -> StorageResult<()>;

    /// The kinds of which there are documents, sorted.
    ///
    /// # Errors
    /// Nothing was read.
    async fn document_kinds(&self) -> StorageResult<Vec<String>>;
}
