//! How wide, how long a turn, how much may wait.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use super::Partitioning;
use crate::invalid::{Invalid, ensure};

/// How a [`ParallelProcessor`](super::ParallelProcessor) works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParallelConfig {
    /// How many lanes are worked on at once: threads, or tasks of tokio. 1 to 65 536.
    pub workers: usize,
    /// How many lanes there are, rounded up to a power of two; many more than workers, so that few keys share one by
    /// chance. From the number of workers to 2²⁰; default 64 for each worker.
    pub lanes: usize,
    /// What must stay in order; default: what has the same key.
    pub partitioning: Partitioning,
    /// How many items of a lane a worker takes before it looks whether another lane waits. At least 1, default 16.
    pub turn: usize,
    /// How many items may be pending, in a lane or in a handler, before submitters wait. At least 1, default 100 000.
    pub pending_max: usize,
    /// Whether each thread asks for a core of its own. What came of it is told by
    /// [`pinning`](super::ParallelProcessor::pinning). Default: no, for it harms where the CPU is shared or has a quota.
    pub pin: bool,
}

const LANES_MAX: usize = 1 << 20;

impl ParallelConfig {
    /// The defaults, for so many workers.
    #[must_use]
    pub fn new(workers: usize) -> Self {
        Self {
            workers,
            lanes: workers.saturating_mul(64).min(LANES_MAX),
            partitioning: Partitioning::default(),
            turn: 16,
            pending_max: 100_000,
            pin: false,
        }
    }

    pub(super) fn validate(&self) -> Result<(), Invalid> {
        ensure((1..=1 << 16).contains(&self.workers), "workers", &self.workers, "1 to 65536")?;
        let lanes = self.workers..=LANES_MAX;
        ensure(lanes.contains(&self.lanes), "lanes", &self.lanes, "from the number of workers to 1048576")?;
        ensure(self.turn > 0, "turn", &self.turn, "1 or more")?;
        let pending = 1..=Semaphore::MAX_PERMITS;
        ensure(pending.contains(&self.pending_max), "pending_max", &self.pending_max, "1 to 2^61 - 1")
    }
}

impl Default for ParallelConfig {
    /// As many workers as the machine has cores to give.
    fn default() -> Self {
        Self::new(std::thread::available_parallelism().map_or(1, NonZeroUsize::get))
    }
}

/// Why a processor did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A value of the configuration is not allowed.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The machine gave no thread.
    #[error("no thread for a worker")]
    NoThread(#[source] std::io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_value_is_refused_by_name() {
        let good = ParallelConfig::new(2);
        assert!(good.validate().is_ok());
        for (bad, told) in [
            (ParallelConfig { workers: 0, ..good.clone() }, "workers = 0: allowed: 1 to 65536"),
            (
                ParallelConfig { lanes: 1, ..good.clone() },
                "lanes = 1: allowed: from the number of workers to 1048576",
            ),
            (ParallelConfig { turn: 0, ..good.clone() }, "turn = 0: allowed: 1 or more"),
            (ParallelConfig { pending_max: 0, ..good.clone() }, "pending_max = 0: allowed: 1 to 2^61 - 1"),
        ] {
            assert_eq!(bad.validate().unwrap_err().to_string(), told);
        }
    }
}
