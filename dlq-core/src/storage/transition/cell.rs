//! What is counted together.

use std::hash::{Hash, Hasher};

use crate::clock::Timestamp;
use crate::record::{DlqRecord, DlqStatus, ErrorType, Fingerprint, RecordId, TopicName};
use crate::storage::statistics::{Dimension, TallyKey};

/// What is counted together: every [`Dimension`] is a sum over cells.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// The origin's topic, or the dead-letter topic where that is unknown.
    pub topic: Option<TopicName>,
    /// The current failure's type.
    pub error_type: ErrorType,
    /// The current failure's fingerprint.
    pub fingerprint: Fingerprint,
    /// The status.
    pub status: DlqStatus,
}

/// How many records came into a cell, less those that left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delta {
    /// How many.
    pub records: i64,
    /// When the first that came or left was made.
    pub first_seen: Timestamp,
    /// When the last that came or left was made.
    pub last_seen: Timestamp,
    /// One of them.
    pub sample: RecordId,
}

// A fingerprint is taken of topic and failure: there is nothing to gain from going through the topic's name once more.
impl Hash for Cell {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.fingerprint, self.status).hash(state);
    }
}

impl Cell {
    /// The cell in which a record is counted.
    #[must_use]
    pub fn of(record: &DlqRecord) -> Self {
        let (error_type, fingerprint) = record.kind_of_failure();
        Self {
            topic: record.captured.topic().cloned(),
            error_type,
            fingerprint,
            status: record.progress.status,
        }
    }

    pub(super) fn key(&self, by: Dimension) -> TallyKey {
        match by {
            Dimension::All => TallyKey::All,
            Dimension::Topic => TallyKey::Topic(self.topic.as_ref().map(ToString::to_string)),
            Dimension::ErrorType => TallyKey::ErrorType(self.error_type),
            Dimension::Fingerprint => TallyKey::Fingerprint(self.fingerprint),
        }
    }
}

impl Delta {
    /// So many more that were made when this record was.
    #[must_use]
    pub fn of(record: &DlqRecord, records: i64) -> Self {
        let made = record.progress.created_at;
        Self { records, first_seen: made, last_seen: made, sample: record.id }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.records += other.records;
        self.first_seen = self.first_seen.min(other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
    }
}
