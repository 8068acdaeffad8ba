//! [`Mode`]: how records travel from their submitter to the storage and to their handler.

mod batch;
mod hybrid;
mod parallel;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use self::batch::BatchMode;
use self::hybrid::HybridMode;
use self::parallel::ParallelMode;
use super::desk::Desk;
use super::submission::Submission;
use crate::engine::batch::{BatchConfig, BatchStats};
use crate::engine::parallel::{ParallelConfig, ParallelStatistics};
use crate::invalid::Invalid;

/// How records travel.
///
/// | mode | stored | handled, where there is a [`RecordHandler`](super::RecordHandler) | choose it for |
/// |---|---|---|---|
/// | `batch` | in batches, several side by side | not at all | throughput: the default |
/// | `parallel` | by lane, in runs of a few | right after, in the same lane | order from the first step on, and a store that answers at once |
/// | `hybrid` | in batches, one after another | by lane, once stored | a handler that keeps order, over a store that likes batches |
///
/// A lane is what has the same key, or whatever else [`Partitioning`](crate::engine::parallel::Partitioning) says: within
/// one, records keep the order in which they were submitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// In batches, to the storage only.
    #[default]
    Batch,
    /// By lane: stored and handled side by side.
    Parallel,
    /// In batches to the storage, by lane to the handler.
    Hybrid,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Batch, Self::Parallel, Self::Hybrid];

    /// Its name in text, JSON and configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Parallel => "parallel",
            Self::Hybrid => "hybrid",
        }
    }
}

impl std::fmt::Display for Mode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// A mode at work.
#[derive(Debug)]
pub(super) enum Way {
    Batch(BatchMode),
    Parallel(ParallelMode),
    Hybrid(HybridMode),
}

/// What was left when the time for stopping was up.
#[derive(Debug, Default)]
pub(super) struct LeftOver {
    /// Not stored, as far as anyone knows.
    pub(super) submissions: Vec<Submission>,
    /// Being written, and out of reach.
    pub(super) stuck: usize,
    /// Stored, and not handled: they are due, and stay so.
    pub(super) unhandled: usize,
}

impl Way {
    pub(super) fn start(
        mode: Mode,
        batch: BatchConfig,
        lanes: &ParallelConfig,
        desk: &Arc<Desk>,
    ) -> Result<Self, Invalid> {
        Ok(match mode {
            Mode::Batch => Self::Batch(BatchMode::start(batch, desk)?),
            Mode::Parallel => Self::Parallel(ParallelMode::start(lanes, batch.size.max(), desk)?),
            Mode::Hybrid => Self::Hybrid(HybridMode::start(batch, lanes, desk)?),
        })
    }

    /// Takes a submission; hands it back where it came too late.
    pub(super) async fn submit(&self, item: Submission) -> Result<(), Submission> {
        match self {
            Self::Batch(mode) => mode.submit(item).await,
            Self::Parallel(mode) => mode.submit(item).await,
            Self::Hybrid(mode) => mode.submit(item).await,
        }
    }

    /// Takes submissions, in order; hands back those that came too late, which are the last ones.
    pub(super) async fn submit_batch(&self, items: Vec<Submission>) -> Result<(), Vec<Submission>> {
        match self {
            Self::Batch(mode) => mode.submit_batch(items).await,
            Self::Parallel(mode) => mode.submit_batch(items).await,
            Self::Hybrid(mode) => mode.submit_batch(items).await,
        }
    }

    /// Takes out what has waited longest, if anything waits.
    pub(super) fn take_oldest(&self) -> Option<Submission> {
        match self {
            Self::Batch(mode) => mode.take_oldest(),
            Self::Parallel(mode) => mode.take_oldest(),
            Self::Hybrid(mode) => mode.take_oldest(),
        }
    }

    pub(super) async fn stop(&self, timeout: Duration) -> LeftOver {
        match self {
            Self::Batch(mode) => mode.stop(timeout).await,
            Self::Parallel(mode) => mode.stop(timeout).await,
            Self::Hybrid(mode) => mode.stop(timeout).await,
        }
    }

    pub(super) fn batches(&self) -> Option<BatchStats> {
        match self {
            Self::Batch(mode) => Some(mode.stats()),
            Self::Parallel(_) => None,
            Self::Hybrid(mode) => Some(mode.batches()),
        }
    }

    pub(super) fn lanes(&self) -> Option<ParallelStatistics> {
        match self {
            Self::Batch(_) => None,
            Self::Parallel(mode) => Some(mode.stats()),
            Self::Hybrid(mode) => Some(mode.lanes()),
        }
    }
}
