//! A worker: finds a ready lane, gives it a turn, and sleeps when there is none. It is a future, so that a thread of its
//! own can drive it as well as tokio.

use std::any::Any;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::FutureExt;

use super::partition::Lane;
use super::pool::Pool;
use super::steal::Deque;
use super::{LaneHandler, NotHandled, Run};

/// Works until the pool is over.
pub(super) async fn work<T, R, H>(pool: Arc<Pool<T, R>>, deque: Deque, handler: Arc<H>)
where
    T: Send,
    R: Send,
    H: LaneHandler<T, R>,
{
    let mut worker = Worker { pool: &pool, deque, asleep: false };
    while let Some(lane) = poll_fn(|context| worker.poll_lane(context)).await {
        worker.work_on(lane, &*handler).await;
    }
}

struct Worker<'a, T, R> {
    pool: &'a Pool<T, R>,
    deque: Deque,
    /// Its name is among the sleepers', or was until someone woke it.
    asleep: bool,
}

impl<T: Send, R: Send> Worker<'_, T, R> {
    /// The next lane, as soon as there is one; `None` when the pool is over.
    fn poll_lane(&mut self, context: &Context<'_>) -> Poll<Option<Lane>> {
        let mut found = self.find();
        if found.is_none() && !self.pool.is_over() {
            self.pool.ready.idle.enter(self.deque.worker, context.waker());
            self.asleep = true;
            found = self.find();
            if found.is_none() && !self.pool.is_over() {
                self.count().park();
                return Poll::Pending;
            }
        }
        self.awake();
        Poll::Ready(found)
    }

    fn find(&self) -> Option<Lane> {
        let (lane, stolen) = self.pool.ready.next(&self.deque)?;
        self.count().steal(stolen);
        Some(lane)
    }

    /// Whoever woke it for one lane may have woken it in vain for the next: if more is ready, the next sleeper is woken.
    fn awake(&mut self) {
        if std::mem::take(&mut self.asleep) {
            self.pool.ready.idle.leave(self.deque.worker);
            if self.pool.ready.any() {
                self.pool.ready.idle.wake(1);
            }
        }
    }

    /// Gives the lane turns until it is empty, or another lane waits.
    async fn work_on(&mut self, lane: Lane, handler: &impl LaneHandler<T, R>) {
        loop {
            self.turn(lane, handler).await;
            if self.pool.queue(lane).release() {
                return;
            }
            if self.pool.ready.any_before(&self.deque) {
                self.pool.ready.push(lane);
                return self.pool.ready.idle.wake(1);
            }
        }
    }

    async fn turn(&mut self, lane: Lane, handler: &impl LaneHandler<T, R>) {
        let mut run = Run::new(self.pool, self.deque.worker, lane);
        match AssertUnwindSafe(async { handler.handle(&mut run).await }).catch_unwind().await {
            Ok(()) => run.end(|| NotHandled::Unanswered),
            Err(panic) => {
                let message = message(&*panic);
                tracing::error!(lane = lane.number(), message, "a handler panicked; its lane goes on");
                run.end(|| NotHandled::Panicked(message.to_owned()));
            }
        }
    }

    fn count(&self) -> &super::statistics::WorkerCount {
        &self.pool.workers[self.deque.worker]
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let literal = panic.downcast_ref::<&str>().copied();
    literal.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}
