//! Hybrid mode: records are stored in batches, and handled by lane.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::Instant;

use super::LeftOver;
use super::batch::{NotKept, left_over};
use super::parallel::{invalid, lane_of};
use crate::engine::batch::{BatchConfig, BatchProcessor, BatchSink, BatchStats};
use crate::engine::parallel::{ParallelConfig, ParallelProcessor, ParallelStatistics, in_runs_async};
use crate::handler::desk::{Desk, Stored, answer};
use crate::handler::submission::Submission;
use crate::invalid::Invalid;

type Lanes = Arc<ParallelProcessor<Stored, ()>>;

/// Stores batches, and puts what is stored into its lanes; waits while these are full.
#[derive(Debug)]
pub(super) struct StoreThenHandle {
    desk: Arc<Desk>,
    lanes: Lanes,
}

impl BatchSink<Submission> for StoreThenHandle {
    type Outcome = ();
    type Error = NotKept;

    async fn write(&self, items: &[Submission]) -> Vec<Result<(), NotKept>> {
        let fates = self.desk.store(items).await;
        let mut to_handle = Vec::with_capacity(items.len());
        let mut kept = Vec::with_capacity(items.len());
        for (item, fate) in items.iter().zip(fates) {
            kept.push(if fate.is_lost() { Err(NotKept) } else { Ok(()) });
            if fate.is_stored() {
                let stored = Stored { record: item.record().clone(), fate, reply: item.settle() };
                to_handle.push((lane_of(&self.lanes, item.record()), stored));
            } else {
                answer(item.settle(), fate);
            }
        }
        if let Err(late) = self.lanes.post_batch(to_handle).await {
            late.into_inner().into_iter().for_each(|(_, stored)| stored.stays_due());
        }
        kept
    }
}

/// Hybrid mode at work.
#[derive(Debug)]
pub(in crate::handler) struct HybridMode {
    processor: BatchProcessor<Submission, StoreThenHandle>,
    lanes: Lanes,
}

impl HybridMode {
    /// Batches are written one after another, so that they reach the lanes in order.
    pub(super) fn start(
        batch: BatchConfig,
        lanes: &ParallelConfig,
        desk: &Arc<Desk>,
    ) -> Result<Self, Invalid> {
        let (at_most, handler) = (lanes.turn, Arc::clone(desk));
        let handle = move |stored: Vec<Stored>| {
            let desk = Arc::clone(&handler);
            async move {
                let answers = vec![(); stored.len()];
                desk.handle(stored).await;
                answers
            }
        };
        let lanes = ParallelProcessor::on_tokio(lanes, &Handle::current(), in_runs_async(at_most, handle));
        let lanes = Arc::new(lanes.map_err(invalid)?);
        let sink = StoreThenHandle { desk: Arc::clone(desk), lanes: Arc::clone(&lanes) };
        let processor = BatchProcessor::start(BatchConfig { workers: 1, ..batch }, sink)?;
        Ok(Self { processor, lanes })
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
        let give_up = Instant::now() + timeout;
        let stored = left_over(self.processor.stop(timeout).await);
        let handled = self.lanes.stop(give_up.saturating_duration_since(Instant::now())).await;
        let unhandled = handled.returned.len() + handled.unfinished;
        handled.returned.into_iter().for_each(Stored::stays_due);
        LeftOver { unhandled, ..stored }
    }

    pub(super) fn batches(&self) -> BatchStats {
        self.processor.stats()
    }

    pub(super) fn lanes(&self) -> ParallelStatistics {
        self.lanes.statistics()
    }
}
