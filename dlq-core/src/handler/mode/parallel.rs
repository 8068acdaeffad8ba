//! Parallel mode: records are stored, and handled, by lane.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::LeftOver;
use crate::engine::parallel::{
    Lane, ParallelConfig, ParallelProcessor, ParallelStatistics, Place, Refused, StartError, in_runs_async,
};
use crate::handler::desk::{Desk, Stored, answer};
use crate::handler::submission::Submission;
use crate::invalid::Invalid;
use crate::record::{DlqRecord, TopicName};

/// How long workers that are cut short may take to let go of what they hold.
const LETTING_GO: Duration = Duration::from_secs(1);

/// Parallel mode at work.
#[derive(Debug)]
pub(in crate::handler) struct ParallelMode {
    lanes: ParallelProcessor<Submission, ()>,
    desk: Arc<Desk>,
}

impl ParallelMode {
    pub(super) fn start(config: &ParallelConfig, at_most: usize, desk: &Arc<Desk>) -> Result<Self, Invalid> {
        let shared = Arc::clone(desk);
        let store = move |items: Vec<Submission>| {
            let mut held = Held { items, desk: Arc::clone(&shared) };
            async move {
                let answers = vec![(); held.items.len()];
                held.store_and_handle().await;
                answers
            }
        };
        let lanes = ParallelProcessor::on_tokio(config, &Handle::current(), in_runs_async(at_most, store));
        Ok(Self { lanes: lanes.map_err(invalid)?, desk: Arc::clone(desk) })
    }

    pub(super) async fn submit(&self, item: Submission) -> Result<(), Submission> {
        self.lanes.post(lane_of(&self.lanes, item.record()), item).await.map_err(Refused::into_inner)
    }

    pub(super) async fn submit_batch(&self, items: Vec<Submission>) -> Result<(), Vec<Submission>> {
        let laned = |item: Submission| (lane_of(&self.lanes, item.record()), item);
        let items = items.into_iter().map(laned).collect();
        let posted = self.lanes.post_batch(items).await;
        posted.map_err(|refused| refused.into_inner().into_iter().map(|(_, item)| item).collect())
    }

    pub(super) fn take_oldest(&self) -> Option<Submission> {
        self.lanes.take_oldest(|item| item.since)
    }

    pub(super) async fn stop(&self, timeout: Duration) -> LeftOver {
        let mut left = self.lanes.stop(timeout).await;
        if left.unfinished > 0 {
            left.unfinished = self.lanes.stop(LETTING_GO).await.unfinished;
        }
        let mut submissions = self.desk.take_doubts();
        submissions.append(&mut left.returned);
        LeftOver { submissions, stuck: left.unfinished, unhandled: 0 }
    }

    pub(super) fn stats(&self) -> ParallelStatistics {
        self.lanes.statistics()
    }
}

/// Submissions in a worker's hands. Cut short in the middle of a write, they are in doubt, not lost.
struct Held {
    items: Vec<Submission>,
    desk: Arc<Desk>,
}

impl Held {
    async fn store_and_handle(&mut self) {
        let fates = self.desk.store(&self.items).await;
        let mut stored = Vec::new();
        for (item, fate) in std::mem::take(&mut self.items).into_iter().zip(fates) {
            let reply = item.settle();
            if fate.is_stored() && self.desk.attempts.is_some() {
                stored.push(Stored { record: item.record().clone(), fate, reply });
            } else {
                answer(reply, fate);
            }
        }
        if !stored.is_empty() {
            self.desk.handle(stored).await;
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.desk.doubt(std::mem::take(&mut self.items));
    }
}

/// The lane of a record: by the place where it failed, or, where that is unknown, where it was captured.
pub(super) fn lane_of<T: Send + 'static>(lanes: &ParallelProcessor<T, ()>, record: &DlqRecord) -> Lane {
    let captured = &record.captured;
    lanes.lane(&Place {
        topic: captured.topic().map_or("", TopicName::as_str),
        partition: captured.origin.partition.or(captured.from.as_ref().map(|from| from.source.partition)),
        key: captured.content.as_ref().and_then(|content| content.key().bytes()),
    })
}

pub(super) fn invalid(error: StartError) -> Invalid {
    match error {
        StartError::Invalid(invalid) => invalid,
        StartError::NoThread(error) => {
            Invalid { field: "workers", value: error.to_string(), allowed: "tasks need no thread" }
        }
    }
}
