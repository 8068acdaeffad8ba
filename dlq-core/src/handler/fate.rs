//! [`Fate`]: what became of one record of a batch.

use crate::storage::{SaveOutcome, StorageError, StorageResult};

/// What became of one record, once nobody asks the storage again.
#[derive(Debug)]
pub(super) enum Fate {
    /// The storage has it.
    Kept,
    /// The storage refuses it, and quarantine keeps it.
    Quarantined,
    /// The storage refuses it, and nobody else keeps it.
    Refused(StorageError),
}

impl Fate {
    pub(super) fn refusal(&self) -> Option<&StorageError> {
        match self {
            Self::Refused(error) => Some(error),
            Self::Kept | Self::Quarantined => None,
        }
    }
}

impl From<StorageResult<SaveOutcome>> for Fate {
    fn from(answer: StorageResult<SaveOutcome>) -> Self {
        answer.map_or_else(Self::Refused, |_| Self::Kept)
    }
}
