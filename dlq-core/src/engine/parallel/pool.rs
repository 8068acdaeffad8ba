//! What submitters and workers share.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crossbeam_utils::CachePadded;
use tokio::sync::Semaphore;

use super::lane::{Job, LaneQueue};
use super::partition::Lane;
use super::statistics::WorkerCount;
use super::steal::{Deque, Ready};
use super::{NotHandled, ParallelConfig};

/// The lanes, which of them are ready, and how much there is still room for.
#[derive(Debug)]
pub(super) struct Pool<T, R> {
    /// A power of two of them.
    lanes: Box<[CachePadded<LaneQueue<T, R>>]>,
    pub(super) ready: Ready,
    /// How many items a turn allows.
    pub(super) turn: usize,
    /// Where submitters wait: a permit for each item that may still come.
    pub(super) room: Semaphore,
    /// Items that were let in and have no answer yet.
    pending: CachePadded<AtomicUsize>,
    closing: AtomicBool,
    pub(super) workers: Box<[CachePadded<WorkerCount>]>,
}

impl<T, R> Pool<T, R> {
    pub(super) fn new(config: &ParallelConfig) -> (Self, Vec<Deque>) {
        let (ready, deques) = Ready::new(config.workers);
        let lanes = config.lanes.next_power_of_two();
        let pool = Self {
            lanes: std::iter::repeat_with(|| CachePadded::new(LaneQueue::new())).take(lanes).collect(),
            ready,
            turn: config.turn,
            room: Semaphore::new(config.pending_max),
            pending: CachePadded::default(),
            closing: AtomicBool::new(false),
            workers: std::iter::repeat_with(CachePadded::default).take(config.workers).collect(),
        };
        (pool, deques)
    }

    /// The queue of a lane; its number is folded to those that there are.
    pub(super) fn queue(&self, lane: Lane) -> &LaneQueue<T, R> {
        &self.lanes[lane.number() as usize & (self.lanes.len() - 1)]
    }

    /// Every lane with its number, in order.
    pub(super) fn queues(&self) -> impl Iterator<Item = (Lane, &LaneQueue<T, R>)> {
        (0..).map(Lane::new).zip(self.lanes.iter().map(|queue| &**queue))
    }

    /// Lets items in for which there is room. False if the pool closes.
    ///
    /// It is counted first and asked second, and [`is_over`](Self::is_over) asks first and counts second: so no worker
    /// has left when what is let in arrives.
    pub(super) fn let_in(&self, items: usize) -> bool {
        self.pending.fetch_add(items, Ordering::SeqCst);
        let open = !self.closing.load(Ordering::SeqCst);
        if !open {
            self.let_out(items);
        }
        open
    }

    /// Items have got their answers.
    pub(super) fn let_out(&self, items: usize) {
        self.room.add_permits(items);
        if self.pending.fetch_sub(items, Ordering::SeqCst) == items && self.is_over() {
            self.ready.idle.wake_all();
        }
    }

    /// Puts an item that was let in into its lane. True if the lane became ready; the caller wakes a worker. Handed
    /// back if it has been swept.
    pub(super) fn push(&self, lane: Lane, job: Job<T, R>) -> Result<bool, T> {
        match self.queue(lane).push(job) {
            Ok(false) => Ok(false),
            Ok(true) => {
                self.ready.push(lane);
                Ok(true)
            }
            Err(job) => {
                self.let_out(1);
                Err(job.item)
            }
        }
    }

    /// Takes out, of the items that wait in the lanes, the one of the least `age`.
    pub(super) fn take_least<K: Ord>(&self, age: impl Fn(&T) -> K) -> Option<T> {
        let heads = self.lanes.iter().filter_map(|queue| Some((queue.peek(&age)?, queue)));
        let (_, queue) = heads.min_by(|(one, _), (other, _)| one.cmp(other))?;
        // Somebody may have been quicker: then the next one of that lane is as good.
        let Job { item, .. } = queue.pop()?;
        self.let_out(1);
        Some(item)
    }

    /// A turn has ended.
    pub(super) fn settle(&self, worker: usize, handled: u64, failed: u64, busy: Duration) {
        if let Some(count) = self.workers.get(worker) {
            count.turn(handled, failed, busy);
        }
        self.let_out(usize::try_from(handled + failed).unwrap_or(usize::MAX));
    }

    /// Lets nothing more in. What is in will be handled; then the workers leave.
    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
        self.room.close();
        self.ready.idle.wake_all();
    }

    /// Whether there is nothing left to do, for ever.
    pub(super) fn is_over(&self) -> bool {
        self.closing.load(Ordering::SeqCst) && self.pending() == 0
    }

    /// Items in lanes and in handlers.
    pub(super) fn pending(&self) -> usize {
        self.pending.load(Ordering::SeqCst)
    }

    /// Hands back what waits in the lanes: to its ticket, or, where nobody holds one, to the caller.
    pub(super) fn sweep(&self) -> Vec<T> {
        let mut returned = Vec::new();
        for queue in &self.lanes {
            let jobs = queue.close();
            let swept = jobs.len();
            returned.extend(jobs.into_iter().filter_map(hand_back));
            self.let_out(swept);
        }
        returned
    }
}

/// The item, if its ticket is gone.
fn hand_back<T, R>(Job { item, reply }: Job<T, R>) -> Option<T> {
    let Some(reply) = reply else { return Some(item) };
    match reply.send(Err(NotHandled::Stopped(item))) {
        Err(Err(NotHandled::Stopped(item))) => Some(item),
        _ => None,
    }
}
