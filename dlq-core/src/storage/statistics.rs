//! Numbers that do not scan.

use crate::clock::Timestamp;
use crate::record::{DlqStatus, ErrorType, Fingerprint, RecordId};

/// By what to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// All records together.
    All,
    /// By the origin's topic, or the dead-letter topic where that is unknown.
    Topic,
    /// By the current failure's type.
    ErrorType,
    /// By the current failure's fingerprint.
    Fingerprint,
}

/// What a [`Tally`] counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TallyKey {
    /// All records.
    All,
    /// The records of a topic; `None` where no topic is known.
    Topic(Option<String>),
    /// The records that failed in this way.
    ErrorType(ErrorType),
    /// The records of one failure group.
    Fingerprint(Fingerprint),
}

/// The records of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Which records.
    pub key: TallyKey,
    /// How many of each status, in the order of [`DlqStatus::ALL`].
    pub by_status: [u64; 7],
    /// When the first of them was made.
    pub first_seen: Timestamp,
    /// When the last of them was made.
    pub last_seen: Timestamp,
    /// One of them, as an example; it may be gone.
    pub sample: RecordId,
}

impl Tally {
    /// How many records there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.by_status.iter().sum()
    }

    /// How many of them have this status.
    #[must_use]
    pub fn with_status(&self, status: DlqStatus) -> u64 {
        self.by_status[usize::from(status.code())]
    }
}

/// A count that stops somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// How many, at most the cap.
    pub records: u64,
    /// There may be more than the cap.
    pub capped: bool,
}
