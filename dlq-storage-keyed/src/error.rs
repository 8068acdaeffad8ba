//! What was read is not what was written.

use dlq_core::storage::{StorageError, StorageErrorKind};

/// What was read is not what was written.
pub(crate) fn corrupt(operation: &'static str, message: &str) -> StorageError {
    StorageError::new(StorageErrorKind::Corrupt, operation, message)
}
