//! Tells of each call.

use async_trait::async_trait;
use tokio::time::Instant;

use super::{Call, StorageLayer};
use crate::observe::{DlqEvent, Observers};
use crate::storage::{StorageErrorKind, StorageResult};

/// Tells each call to observers.
#[derive(Debug)]
pub(super) struct Observed {
    pub(super) observers: Observers,
}

/// A call on its way. Dropped without an answer, it is told as one that nobody waited for.
struct Asked<'a> {
    observers: &'a Observers,
    operation: &'static str,
    begun: Instant,
    error: Option<&'static str>,
}

/// What is told of a call in place of an error's kind where whoever asked did not wait for the answer.
const ABANDONED: &str = "abandoned";

#[async_trait]
impl StorageLayer for Observed {
    async fn carry<A: Clone + Send + Sync + 'static, T: Send + 'static>(
        &self,
        call: Call<A, T>,
    ) -> StorageResult<T> {
        let (observers, operation) = (&self.observers, call.operation);
        let mut asked = Asked { observers, operation, begun: Instant::now(), error: Some(ABANDONED) };
        let answer = call.ask_once().await;
        asked.error = answer.as_ref().err().map(|error| StorageErrorKind::as_str(error.kind()));
        answer
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        let (operation, error) = (self.operation, self.error);
        self.observers.tell(&DlqEvent::StorageAsked { operation, took: self.begun.elapsed(), error });
    }
}
