//! Does not ask a storage that fails anyway.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use tokio::time::Instant;

use super::{Call, StorageLayer};
use crate::engine::gate::{BreakerOpen, CircuitBreaker};
use crate::storage::{StorageError, StorageErrorKind, StorageResult};

/// Lets calls through as a [`CircuitBreaker`] says.
#[derive(Debug)]
pub(super) struct Breaker {
    breaker: CircuitBreaker,
    /// Why the storage was found to fail, to be told to those that are not let through.
    last: Mutex<String>,
}

impl Breaker {
    pub(super) const fn of(breaker: CircuitBreaker) -> Self {
        Self { breaker, last: Mutex::new(String::new()) }
    }

    fn refuse(&self, operation: &'static str, open: BreakerOpen, now: std::time::Instant) -> StorageError {
        let message = match open.until {
            Some(until) => {
                format!("{open}; the storage is asked again in {:?}", until.saturating_duration_since(now))
            }
            None => format!("{open}; the storage is being asked whether it answers again"),
        };
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        StorageError::new(StorageErrorKind::Connection, operation, message).with("last", last).caused_by(open)
    }
}

#[async_trait]
impl StorageLayer for Breaker {
    async fn carry<A: Clone + Send + Sync + 'static, T: Send + 'static>(
        &self,
        call: Call<A, T>,
    ) -> StorageResult<T> {
        let now = Instant::now().into_std();
        let begun = self.breaker.begin(now).map_err(|open| self.refuse(call.operation, open, now))?;
        let answer = call.ask_once().await;
        let now = Instant::now().into_std();
        match &answer {
            Err(error) if is_failure(error) => {
                *self.last.lock().unwrap_or_else(PoisonError::into_inner) = error.to_string();
                begun.failed(now);
            }
            _ => begun.succeeded(now),
        }
        answer
    }
}

/// Whether the storage itself is in trouble. Whoever refuses, or gives a transaction up to another, has answered.
const fn is_failure(error: &StorageError) -> bool {
    use StorageErrorKind::{Connection, Timeout, Unexpected};
    matches!(error.kind(), Connection | Timeout | Unexpected)
}
