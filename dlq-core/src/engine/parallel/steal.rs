//! Ready lanes: one line in which they become ready, a deque for each worker, and whole lanes stolen between them.

use crossbeam_deque::{Injector, Steal, Stealer, Worker};

use super::idle::Idle;
use super::partition::Lane;

/// The lanes that are ready, as all workers see them.
#[derive(Debug)]
pub(super) struct Ready {
    /// Lanes that became ready, and lanes whose turn is over, at its end.
    line: Injector<Lane>,
    /// The workers' deques, from the side of a thief.
    deques: Box<[Stealer<Lane>]>,
    pub(super) idle: Idle,
}

/// The lanes that one worker has before it.
#[derive(Debug)]
pub(super) struct Deque {
    pub(super) worker: usize,
    own: Worker<Lane>,
}

/// A lane that was found, and how many were stolen from another worker on the way, itself included.
pub(super) type Found = (Lane, u64);

impl Ready {
    pub(super) fn new(workers: usize) -> (Self, Vec<Deque>) {
        let deques: Vec<Deque> =
            (0..workers).map(|worker| Deque { worker, own: Worker::new_fifo() }).collect();
        let stealers = deques.iter().map(|deque| deque.own.stealer()).collect();
        (Self { line: Injector::new(), deques: stealers, idle: Idle::default() }, deques)
    }

    /// Puts a lane at the end of the line. The caller wakes somebody.
    pub(super) fn push(&self, lane: Lane) {
        self.line.push(lane);
    }

    /// Whether any lane waits for a worker.
    pub(super) fn any(&self) -> bool {
        !self.line.is_empty() || self.deques.iter().any(|deque| !deque.is_empty())
    }

    /// Whether a lane waits that this worker would take next.
    pub(super) fn any_before(&self, deque: &Deque) -> bool {
        !deque.own.is_empty() || !self.line.is_empty()
    }

    /// The next lane for this worker: its own, or several at once from the line, or half of another worker's.
    pub(super) fn next(&self, deque: &Deque) -> Option<Found> {
        deque.own.pop().map(|lane| (lane, 0)).or_else(|| self.take_several(deque))
    }

    /// Who takes more than it can run at once wakes the next to share it.
    fn take_several(&self, deque: &Deque) -> Option<Found> {
        let from_line = insist(|| self.line.steal_batch_and_pop(&deque.own)).map(|lane| (lane, 0));
        let found = from_line.or_else(|| self.rob(deque));
        if found.is_some() && !deque.own.is_empty() {
            self.idle.wake(1);
        }
        found
    }

    /// Takes half of the lanes of the first other worker that has any.
    fn rob(&self, deque: &Deque) -> Option<Found> {
        let (before, after) = self.deques.split_at(deque.worker);
        let others = after.iter().skip(1).chain(before);
        let lane = others
            .filter(|other| !other.is_empty())
            .find_map(|other| insist(|| other.steal_batch_and_pop(&deque.own)))?;
        Some((lane, 1 + u64::try_from(deque.own.len()).unwrap_or(u64::MAX)))
    }
}

/// Steals until it is told yes or no: another thief came between, so that one got on.
fn insist(steal: impl Fn() -> Steal<Lane>) -> Option<Lane> {
    std::iter::repeat_with(steal).find(|tried| !tried.is_retry()).and_then(Steal::success)
}
