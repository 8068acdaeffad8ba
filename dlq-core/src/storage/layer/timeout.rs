//! A deadline for each call, which is made to its end all the same.

use std::time::Duration;

use async_trait::async_trait;

use super::{Call, StorageLayer};
use crate::storage::{StorageError, StorageErrorKind, StorageResult, in_time};

/// Waits so long for an answer.
#[derive(Debug)]
pub(super) struct Timeout {
    pub(super) deadline: Duration,
}

#[async_trait]
impl StorageLayer for Timeout {
    async fn carry<A: Clone + Send + Sync + 'static, T: Send + 'static>(
        &self,
        call: Call<A, T>,
    ) -> StorageResult<T> {
        let operation = call.operation;
        // In a task of its own, so that it runs on when nobody waits any more.
        let call = tokio::spawn(call.ask_once());
        let answered = async { call.await.unwrap_or_else(|error| Err(ended_early(operation, error))) };
        in_time(self.deadline, operation, answered).await
    }
}

fn ended_early(operation: &'static str, error: tokio::task::JoinError) -> StorageError {
    StorageError::new(StorageErrorKind::Unexpected, operation, "the call ended before its end")
        .caused_by(error)
}
