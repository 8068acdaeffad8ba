//! How a processor ends: it drains, and hands back what it had no time for.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

use super::BatchSink;
use super::worker::{Shared, lock};

/// What was left when a processor stopped: nothing, if there was time enough.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "what is left was not written"]
pub struct Left<T> {
    /// Items whose write had not begun, in the order in which they arrived.
    pub waiting: Vec<T>,
    /// Items whose write had begun and was broken off: they may be written, or not.
    pub in_doubt: Vec<T>,
    /// How many items are in a write that did not let go of its thread: they may be written, and cannot be handed back.
    pub stuck: usize,
}

impl<T> Left<T> {
    /// How many items were left.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len() + self.in_doubt.len() + self.stuck
    }

    /// Whether every item has its fate.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How long a write that is broken off may take to let go.
const LETTING_GO: Duration = Duration::from_secs(1);

impl<T: Send + Sync + 'static, S: BatchSink<T>> Shared<T, S> {
    /// Waits until all is written, or `time` is up. The queue is closed.
    pub(super) async fn drain(self: Arc<Self>, workers: &mut JoinSet<()>, time: Duration) -> Left<T> {
        if timeout(time, ended(workers)).await.is_err() {
            self.out_of_time.cancel();
            if timeout(LETTING_GO, ended(workers)).await.is_err() {
                workers.abort_all();
                workers.detach_all();
            }
        }
        let waiting = self.seat.lock().await.left().await;
        let in_doubt = std::mem::take(&mut *lock(&self.in_doubt));
        Left { waiting, in_doubt, stuck: self.writing.load(Ordering::Relaxed) }
    }
}

async fn ended(workers: &mut JoinSet<()>) {
    while let Some(worker) = workers.join_next().await {
        if let Err(error) = worker {
            tracing::error!(%error, "a worker of a batch processor ended before its time");
        }
    }
}
