//! Batch mode: records wait for company, and are stored together.

use std::sync::Arc;
use std::time::Duration;

use super::LeftOver;
use crate::engine::batch::{BatchConfig, BatchProcessor, BatchSink, BatchStats, Left};
use crate::handler::desk::{Desk, answer};
use crate::handler::submission::Submission;
use crate::invalid::Invalid;

/// Neither the storage nor quarantine keeps it; why was told to its ticket.
#[derive(Debug)]
pub(super) struct NotKept;

/// Stores batches.
#[derive(Debug)]
pub(super) struct StoreSink {
    desk: Arc<Desk>,
}

impl BatchSink<Submission> for StoreSink {
    type Outcome = ();
    type Error = NotKept;

    async fn write(&self, items: &[Submission]) -> Vec<Result<(), NotKept>> {
        let fates = self.desk.store(items).await;
        let settled = items.iter().zip(fates).map(|(item, fate)| {
            let kept = if fate.is_lost() { Err(NotKept) } else { Ok(()) };
            answer(item.settle(), fate);
            kept
        });
        settled.collect()
    }
}

/// Batch mode at work.
#[derive(Debug)]
pub(in crate::handler) struct BatchMode {
    processor: BatchProcessor<Submission, StoreSink>,
}

impl BatchMode {
    pub(super) fn start(config: BatchConfig, desk: &Arc<Desk>) -> Result<Self, Invalid> {
        let sink = StoreSink { desk: Arc::clone(desk) };
        Ok(Self { processor: BatchProcessor::start(config, sink)? })
    }

    pub(super) async fn submit(&self, item: Submission) -> Result<(), Submission> {
        self.processor.submit(item).await.map_err(|stopped| stopped.0)
    }

    pub(super) async fn submit_batch(&self, items: Vec<Submission>) -> Result<(), Vec<Submission>> {
        self.processor.submit_batch(items).await.map_err(|stopped| stopped.0)
    }

    pub(super) fn take_oldest(&self) -> Option<Submission> {
        self.processor.take_oldest()
    }

    pub(super) async fn stop(&self, timeout: Duration) -> LeftOver {
        left_over(self.processor.stop(timeout).await)
    }

    pub(super) fn stats(&self) -> BatchStats {
        self.processor.stats()
    }
}

pub(super) fn left_over(left: Left<Submission>) -> LeftOver {
    let submissions = left.in_doubt.into_iter().chain(left.waiting).collect();
    LeftOver { submissions, stuck: left.stuck, unhandled: 0 }
}
