//! Deadlines stand on the handle: a storage runs what it begins to its end, whether or not anyone waits for it.

use std::time::Duration;

use super::error::{StorageError, StorageErrorKind, StorageResult};

/// What a call answers, unless it does not within `deadline`: what became of it is then unknown, and asking again is
/// safe.
///
/// # Errors
/// What the call answers, or [`StorageErrorKind::Timeout`].
///
/// # Panics
/// Outside of a Tokio runtime with a timer.
pub async fn in_time<T>(
    deadline: Duration,
    operation: &'static str,
    call: impl Future<Output = StorageResult<T>>,
) -> StorageResult<T> {
    tokio::time::timeout(deadline, call).await.unwrap_or_else(|_| {
        let message = format!("no answer within {deadline:?}: what became of it is unknown");
        Err(StorageError::new(StorageErrorKind::Timeout, operation, message))
    })
}
