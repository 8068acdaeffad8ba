//! What the workers and the lanes did.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;

use super::Lane;
use super::pool::Pool;

/// What one worker did. Only it writes here, so that no two cores fight for the line.
#[derive(Debug, Default)]
pub(super) struct WorkerCount {
    handled: AtomicU64,
    failed: AtomicU64,
    turns: AtomicU64,
    stolen: AtomicU64,
    parks: AtomicU64,
    busy_nanos: AtomicU64,
}

impl WorkerCount {
    pub(super) fn turn(&self, handled: u64, failed: u64, busy: Duration) {
        add(&self.handled, handled);
        add(&self.failed, failed);
        add(&self.turns, 1);
        add(&self.busy_nanos, u64::try_from(busy.as_nanos()).unwrap_or(u64::MAX));
    }

    pub(super) fn steal(&self, lanes: u64) {
        add(&self.stolen, lanes);
    }

    pub(super) fn park(&self) {
        add(&self.parks, 1);
    }

    fn snapshot(&self) -> WorkerStatistics {
        WorkerStatistics {
            handled: self.handled.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            turns: self.turns.load(Ordering::Relaxed),
            stolen: self.stolen.load(Ordering::Relaxed),
            parks: self.parks.load(Ordering::Relaxed),
            busy: Duration::from_nanos(self.busy_nanos.load(Ordering::Relaxed)),
        }
    }
}

/// There is one writer, so nothing is lost between load and store, and no bus is locked.
fn add(count: &AtomicU64, more: u64) {
    count.store(count.load(Ordering::Relaxed).wrapping_add(more), Ordering::Relaxed);
}

/// What a processor has done since its start. A turn is counted when it ends, so an answer may be there before it is
/// counted; and the numbers are read one by one while the workers go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ParallelStatistics {
    /// Items that were let in and have no answer yet, in lanes and in handlers.
    pub pending: usize,
    /// Worker by worker.
    pub workers: Vec<WorkerStatistics>,
    /// The lanes that ever had an item, by number.
    pub lanes: Vec<LaneStatistics>,
}

/// What one worker did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WorkerStatistics {
    /// Items that got an answer.
    pub handled: u64,
    /// Items whose handler panicked, gave no answer or was cut short.
    pub failed: u64,
    /// Turns at lanes.
    pub turns: u64,
    /// Lanes that it took from another worker's deque.
    pub stolen: u64,
    /// How often it lay down to sleep.
    pub parks: u64,
    /// The time in handlers, waiting within them included.
    pub busy: Duration,
}

/// What one lane had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LaneStatistics {
    /// Its number.
    pub lane: Lane,
    /// Items that wait in it.
    pub pending: usize,
    /// Items that got an answer.
    pub handled: u64,
    /// Items whose handler panicked, gave no answer or was cut short.
    pub failed: u64,
}

impl ParallelStatistics {
    pub(super) fn read<T, R>(pool: &Pool<T, R>) -> Self {
        let lanes = pool.queues().map(|(lane, queue)| LaneStatistics::of(lane, queue.counts()));
        Self {
            pending: pool.pending(),
            workers: pool.workers.iter().map(|count| count.snapshot()).collect(),
            lanes: lanes.filter(|lane| lane.pending > 0 || lane.handled > 0 || lane.failed > 0).collect(),
        }
    }

    /// Items that got an answer.
    #[must_use]
    pub fn handled(&self) -> u64 {
        self.workers.iter().map(|worker| worker.handled).sum()
    }

    /// Items whose handler panicked, gave no answer or was cut short.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.workers.iter().map(|worker| worker.failed).sum()
    }
}

impl LaneStatistics {
    const fn of(lane: Lane, counts: super::lane::LaneCount) -> Self {
        Self { lane, pending: counts.queued, handled: counts.handled, failed: counts.failed }
    }
}
