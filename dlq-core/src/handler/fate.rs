//! [`Fate`]: what became of one record.

use crate::engine::gate::Rule;
use crate::engine::intercept::RecordOutcome;
use crate::storage::{SaveOutcome, StorageError, StorageResult};

/// What became of one record, once nobody asks again.
#[derive(Debug)]
pub enum Fate {
    /// The storage has it, for the first time or before.
    Kept(SaveOutcome),
    /// The storage refuses it, and quarantine keeps it.
    Quarantined {
        /// Why the storage refuses it.
        reason: String,
    },
    /// The storage refuses it for good, and nobody keeps it.
    Refused(Box<StorageError>),
    /// It was dropped to make room for others.
    Dropped(Rule),
    /// It is stored, and was handled well.
    Handled,
    /// It is stored, and its handler failed on it; the retry policy decides about it.
    HandlingFailed {
        /// Why.
        reason: String,
    },
}

impl Fate {
    /// Whether the storage has the record.
    #[must_use]
    pub const fn is_stored(&self) -> bool {
        matches!(self, Self::Kept(_) | Self::Handled | Self::HandlingFailed { .. })
    }

    /// Whether nobody has the record.
    #[must_use]
    pub const fn is_lost(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Dropped(_))
    }

    pub(super) fn refusal(&self) -> Option<&StorageError> {
        if let Self::Refused(error) = self { Some(&**error) } else { None }
    }

    /// Shows an interceptor what became of a record.
    pub(super) fn tell<T>(&self, hear: impl FnOnce(&RecordOutcome<'_>) -> T) -> T {
        let reason = self.refusal().map(ToString::to_string).unwrap_or_default();
        hear(&match self {
            Self::Kept(SaveOutcome::Stored { .. }) => RecordOutcome::Stored,
            Self::Kept(SaveOutcome::AlreadyThere) => RecordOutcome::AlreadyThere,
            Self::Kept(SaveOutcome::Returned { .. }) => RecordOutcome::Returned,
            Self::Quarantined { .. } => RecordOutcome::Quarantined,
            Self::Refused(_) => RecordOutcome::Refused { reason: &reason },
            Self::Dropped(rule) => RecordOutcome::Dropped { rule: rule.as_str() },
            Self::Handled => RecordOutcome::Handled,
            Self::HandlingFailed { reason } => RecordOutcome::HandlingFailed { reason },
        })
    }
}

impl From<StorageResult<SaveOutcome>> for Fate {
    fn from(answer: StorageResult<SaveOutcome>) -> Self {
        answer.map_or_else(|error| Self::Refused(Box::new(error)), Self::Kept)
    }
}
