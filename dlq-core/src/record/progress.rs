//! [`Progress`]: the half of a record that changes.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::failure::FailureSummary;
use super::history::OperationId;
use super::metadata::ProcessingMetadata;
use super::origin::{PartitionId, TopicName};
use super::{DlqStatus, RecordId};
use crate::clock::Timestamp;

/// All of a record that may change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// Where the record stands.
    pub status: DlqStatus,
    /// When to act next; `None` while nothing is scheduled.
    pub due_at: Option<Timestamp>,
    /// How many attempts have ended.
    pub retry_count: u32,
    /// When the last of them ended.
    pub last_retry_at: Option<Timestamp>,
    /// When the record's time runs out.
    pub expires_at: Option<Timestamp>,
    /// The current failure; `None` while it is the captured one.
    pub failure: Option<FailureSummary<'static>>,
    /// The latest attempt.
    pub attempt: Option<Attempt>,
    /// Who holds the record now.
    pub lease: Option<Lease>,
    /// The fencing token: raised by every claim, never lowered.
    pub fence: u64,
    /// Claims since the last outcome.
    pub unsettled_claims: u32,
    /// What people and handlers noted.
    pub notes: Notes,
    /// The revision of the content, 0 for what was captured.
    pub revision: u32,
    /// The operation that changed the record last.
    pub operation: Option<OperationId>,
    /// When the record was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Progress {
    /// The progress of a record that has just arrived.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self { created_at: now, updated_at: now, ..Self::default() }
    }
}

/// One try to bring a record home. It is fixed when the record is claimed; release and the lease's end leave it open
/// under the same redrive id, completing closes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// The name under which everything of this attempt is sent.
    pub redrive_id: RedriveId,
    /// The topic to which it goes; `None` where no one could say yet.
    pub target: Option<TopicName>,
    /// Where it was delivered, once it was and the broker said so.
    pub delivered: Option<Delivered>,
    /// No outcome yet.
    pub open: bool,
}

/// The place in the attempt's target topic to which a record was delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// The partition.
    pub partition: PartitionId,
    /// The offset.
    pub offset: i64,
}

/// Names one attempt on the wire, so that a consumer can tell a repeat.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RedriveId(pub Uuid);

impl RedriveId {
    /// A new id.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for RedriveId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for RedriveId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A hold on a record for a while. After `until` anyone may claim it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The worker that holds the record.
    pub owner: WorkerId,
    /// When the hold ends, by the store's clock.
    pub until: Timestamp,
    /// What the holder shows when it settles.
    pub token: u64,
}

/// Names a worker: unique among all that claim from one store.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkerId(pub String);

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What people and handlers noted about a record.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notes {
    /// What the last handler noted; boxed, for few records have any and every record is moved often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Box<ProcessingMetadata>>,
    /// Words to find it by; sorted, each once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Why it is on hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_reason: Option<String>,
    /// Records that have to do with this one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<RecordId>,
}

impl Notes {
    /// Whether nothing is noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds a tag, once.
    pub fn add_tag(&mut self, tag: &str) {
        if let Err(place) = self.tags.binary_search_by(|known| known.as_str().cmp(tag)) {
            self.tags.insert(place, tag.to_owned());
        }
    }
}
