//! What a dead letter is: [`DlqRecord`], its id and its two halves.
//!
//! What was captured never changes; only progress does. [`Captured`] is written once and is wide; [`Progress`] changes
//! often and is narrow.

mod arena;
mod builder;
mod captured;
pub mod classify;
mod content;
mod details;
mod error_type;
mod failure;
mod fingerprint;
mod headers;
mod history;
mod id;
mod json;
mod lengths;
mod metadata;
mod name;
mod origin;
mod packer;
mod progress;
mod restore;
mod shared;
mod span;
mod status;
pub mod trace;
mod view;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

pub use arena::Arenas;
pub use builder::DlqRecordBuilder;
pub use captured::{Captured, DialectName, Hop, HopRef, Provenance};
pub use content::{Body, Content, ContentError};
pub use error_type::{ErrorType, InvalidErrorType};
pub use failure::{
    CLASS_BYTES_MAX, CapturedFailure, Cause, FailureContext, FailureSummary, MESSAGE_BYTES_MAX,
};
pub use fingerprint::{Fingerprint, FingerprintInput, InvalidFingerprint};
pub use headers::{Header, Headers};
pub use history::{Action, Change, HistoryEntry, OperationId};
pub use id::{InvalidRecordId, RecordId};
pub use json::InvalidRecordJson;
pub use metadata::ProcessingMetadata;
pub use name::Name;
pub use origin::{
    CapturedFrom, InvalidTopicName, KnownBy, Origin, PartitionId, Position, SourcePartition, TopicName,
};
pub use packer::ContentPacker;
pub use progress::{Attempt, Delivered, Lease, Notes, Progress, RedriveId, WorkerId};
pub use shared::Shared;
pub use span::Span;
pub use status::{DlqStatus, InvalidStatus};
pub use view::RecordView;

use crate::clock::Timestamp;

/// One dead letter. Two are the same if their ids are.
#[derive(Clone, Debug)]
pub struct DlqRecord {
    /// Its name.
    pub id: RecordId,
    /// Raised by every change, from 1.
    pub version: u64,
    /// What never changes.
    pub captured: Arc<Captured>,
    /// What does; records that have not changed yet may share one.
    pub progress: Shared<Progress>,
}

impl DlqRecord {
    /// A record captured at `captured.from`, or submitted where that is `None`; pending since `now`.
    #[must_use]
    pub fn new(captured: Captured, now: Timestamp) -> Self {
        Self::with_progress(captured, Progress::new(now))
    }

    /// The same with a progress that it may share with others: records of one batch begin alike.
    ///
    /// ```
    /// use dlq_core::record::{Captured, Progress, Shared};
    /// use dlq_core::{DlqRecord, DlqStatus, Timestamp};
    ///
    /// let begins = Shared::from(Progress::new(Timestamp::from_millis(7)));
    /// let mut one = DlqRecord::with_progress(Captured::default(), begins.clone());
    /// one.progress.status = DlqStatus::OnHold;
    /// assert_eq!(begins.status, DlqStatus::Pending);
    /// ```
    #[must_use]
    pub fn with_progress(captured: Captured, progress: impl Into<Shared<Progress>>) -> Self {
        let id = captured.from.as_ref().map_or_else(RecordId::submitted, RecordId::captured);
        Self { id, version: 1, captured: Arc::new(captured), progress: progress.into() }
    }

    /// The current failure: the captured one until an attempt or a return brought another.
    #[must_use]
    pub fn failure(&self) -> FailureSummary<'_> {
        match (&self.progress.failure, &self.captured.content) {
            (Some(failure), _) => failure.clone(),
            (None, Some(content)) => self.captured.failure.summary(content),
            (None, None) => FailureSummary {
                error_type: self.captured.failure.error_type,
                fingerprint: self.captured.failure.fingerprint,
                ..FailureSummary::default()
            },
        }
    }

    /// Type and fingerprint of the current failure, whose texts need not be read for them.
    pub(crate) fn kind_of_failure(&self) -> (ErrorType, Fingerprint) {
        let captured = &self.captured.failure;
        let captured = (captured.error_type, captured.fingerprint);
        self.progress.failure.as_ref().map_or(captured, |failure| (failure.error_type, failure.fingerprint))
    }

    /// What it weighs in memory, in bytes: its content and the record around it.
    #[must_use]
    pub fn weight(&self) -> usize {
        let content = self.captured.content.as_ref().map_or(0, |content| content.block().len());
        content + size_of::<Self>() + size_of::<Captured>()
    }
}

impl PartialEq for DlqRecord {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for DlqRecord {}

impl Hash for DlqRecord {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A million of them wait where a storage is away: what a record weighs beside its bytes decides how many fit.
    #[test]
    fn a_record_takes_no_more_room_than_it_must() {
        let sizes = [size_of::<Captured>(), size_of::<Progress>(), size_of::<DlqRecord>()];
        assert_eq!(sizes, [176, 344, 40]);
    }
}
