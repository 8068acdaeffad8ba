//! A turn at a lane, as its handler sees it.

use std::collections::VecDeque;
use std::time::Instant;

use super::lane::{Job, LaneQueue, Reply};
use super::partition::Lane;
use super::pool::Pool;
use super::{Answer, NotHandled};

/// A turn at one lane: its items, oldest first, to be taken one by one or several at once, and to be answered in the
/// order in which they were taken.
///
/// What was taken and not answered has failed when the handler comes to its end; what was not taken stays in the lane.
#[derive(Debug)]
pub struct Run<'a, T, R> {
    pool: &'a Pool<T, R>,
    worker: usize,
    lane: Lane,
    queue: &'a LaneQueue<T, R>,
    /// How many items the turn still allows.
    left: usize,
    /// Whether the handler ever asked for an item.
    asked: bool,
    /// The taken items that have no answer yet.
    unanswered: VecDeque<Reply<T, R>>,
    handled: u64,
    failed: u64,
    began: Instant,
}

impl<'a, T, R> Run<'a, T, R> {
    pub(super) fn new(pool: &'a Pool<T, R>, worker: usize, lane: Lane) -> Self {
        Self {
            pool,
            worker,
            lane,
            queue: pool.queue(lane),
            left: pool.turn,
            asked: false,
            unanswered: VecDeque::new(),
            handled: 0,
            failed: 0,
            began: Instant::now(),
        }
    }

    /// The lane.
    #[must_use]
    pub const fn lane(&self) -> Lane {
        self.lane
    }

    /// Takes the next item; `None` when the lane is empty or the turn is over.
    #[expect(
        clippy::should_implement_trait,
        reason = "to be answered between the items, it must not be borrowed"
    )]
    pub fn next(&mut self) -> Option<T> {
        self.asked = true;
        self.left = self.left.checked_sub(1)?;
        let Job { item, reply } = self.queue.pop()?;
        self.unanswered.push_back(reply);
        Some(item)
    }

    /// Takes as many as there are, at most `at_most` and as many as the turn allows.
    pub fn take(&mut self, at_most: usize) -> Vec<T> {
        std::iter::from_fn(|| self.next()).take(at_most).collect()
    }

    /// Answers for the first of the taken items that has no answer yet; ignored if there is none.
    pub fn answer(&mut self, answer: R) {
        if let Some(reply) = self.unanswered.pop_front() {
            self.handled += 1;
            send(reply, Ok(answer));
        }
    }

    /// The handler came to its end: what it left unanswered failed. If it never asked for any, the first item fails too: or
    /// the lane would be offered to it for ever.
    pub(super) fn end(&mut self, why: impl Fn() -> NotHandled<T>) {
        if !self.asked {
            drop(self.next());
        }
        for reply in self.unanswered.drain(..) {
            self.failed += 1;
            send(reply, Err(why()));
        }
    }
}

/// The books are kept here, so that they are right also when the worker is cut short in the middle of a handler.
impl<T, R> Drop for Run<'_, T, R> {
    fn drop(&mut self) {
        self.failed += self.unanswered.drain(..).map(|_| 1).sum::<u64>();
        self.queue.count(self.handled, self.failed);
        self.pool.settle(self.worker, self.handled, self.failed, self.began.elapsed());
    }
}

/// Nobody may be waiting any more.
fn send<T, R>(reply: Reply<T, R>, answer: Answer<T, R>) {
    if let Some(reply) = reply {
        drop(reply.send(answer));
    }
}
