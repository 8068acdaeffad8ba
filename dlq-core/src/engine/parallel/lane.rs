//! A lane: a queue that one worker at a time works on.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::Answer;

/// Where the answer goes; `None` if nobody asked for it.
pub(super) type Reply<T, R> = Option<oneshot::Sender<Answer<T, R>>>;

/// An item, and where its answer goes.
#[derive(Debug)]
pub(super) struct Job<T, R> {
    pub(super) item: T,
    pub(super) reply: Reply<T, R>,
}

/// The items of a lane, oldest first. What keeps them in order and apart is `scheduled`: a lane stands in at most one
/// deque or is in the hands of one worker, never both, and whoever sets the flag puts it there.
#[derive(Debug)]
pub(super) struct LaneQueue<T, R>(Mutex<State<T, R>>);

#[derive(Debug)]
struct State<T, R> {
    jobs: VecDeque<Job<T, R>>,
    /// In a deque or in a worker's hands.
    scheduled: bool,
    /// Nothing more is taken in.
    closed: bool,
    handled: u64,
    failed: u64,
}

/// The numbers of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LaneCount {
    pub(super) queued: usize,
    pub(super) handled: u64,
    pub(super) failed: u64,
}

impl<T, R> LaneQueue<T, R> {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(State {
            jobs: VecDeque::new(),
            scheduled: false,
            closed: false,
            handled: 0,
            failed: 0,
        }))
    }

    /// Adds a job behind the others. True if the lane became ready: the caller then puts it before the workers. A
    /// closed lane hands the job back.
    pub(super) fn push(&self, job: Job<T, R>) -> Result<bool, Job<T, R>> {
        let mut state = self.state();
        if state.closed {
            return Err(job);
        }
        state.jobs.push_back(job);
        Ok(!std::mem::replace(&mut state.scheduled, true))
    }

    /// Takes the oldest.
    pub(super) fn pop(&self) -> Option<Job<T, R>> {
        self.state().jobs.pop_front()
    }

    /// Looks at the oldest.
    pub(super) fn peek<K>(&self, look: impl FnOnce(&T) -> K) -> Option<K> {
        self.state().jobs.front().map(|job| look(&job.item))
    }

    /// Counts what a worker did.
    pub(super) fn count(&self, handled: u64, failed: u64) {
        let mut state = self.state();
        state.handled += handled;
        state.failed += failed;
    }

    /// Lets go of the lane if it is empty; whoever fills it next makes it ready again. False if items wait in it.
    pub(super) fn release(&self) -> bool {
        let mut state = self.state();
        state.scheduled = !state.jobs.is_empty();
        !state.scheduled
    }

    /// Takes in nothing more, and hands out what waits.
    pub(super) fn close(&self) -> VecDeque<Job<T, R>> {
        let mut state = self.state();
        state.closed = true;
        std::mem::take(&mut state.jobs)
    }

    pub(super) fn counts(&self) -> LaneCount {
        let state = self.state();
        LaneCount { queued: state.jobs.len(), handled: state.handled, failed: state.failed }
    }

    /// No code of others runs under this lock, so nothing that it guards is ever half done.
    fn state(&self) -> MutexGuard<'_, State<T, R>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
