#![allow(unsafe_code)]

use std::fmt;

use super::failure::{guarded, to_the_end};
use crate::engine::ring::barrier::{Barrier, Stage};
use crate::engine::ring::cursor::distance;
use crate::engine::ring::error::Failure;
use crate::engine::ring::ring_buffer::RingBuffer;
use crate::engine::ring::sync::{Arc, Ordering};
use crate::engine::ring::wait::{Task, ThreadWait, WaitStrategy};

/// How many slots [`Worker::run`] claims at a time.
const RUN_MAX: usize = 64;

/// One worker of a group: each item goes to exactly one of them, in runs that are claimed together.
///
/// A worker that holds no run holds back nobody, so one may be kept just to take now and then what is oldest.
/// Dropping a worker leaves the rest to the others; dropping the last before the ring has ended is a [`Failure`].
pub struct Worker<T, W: WaitStrategy = Task> {
    barrier: Arc<Barrier<T, W>>,
    stage: Arc<Stage>,
    /// Which of the group's workers this is.
    place: usize,
}

/// As many workers as the stage was made for.
pub(crate) fn workers<T, W: WaitStrategy>(barrier: Barrier<T, W>, stage: &Arc<Stage>) -> Vec<Worker<T, W>> {
    let barrier = Arc::new(barrier);
    let worker = |place| Worker { barrier: Arc::clone(&barrier), stage: Arc::clone(stage), place };
    (0..stage.held.len()).map(worker).collect()
}

impl<T, W: WaitStrategy> Worker<T, W> {
    /// Handles what is there, at most `max`, which is taken as 1 if it is 0. Says how many; 0 if there is nothing.
    ///
    /// # Errors
    /// The ring has failed, and everything that came through before has been claimed.
    pub fn try_work(&mut self, max: usize, handler: impl FnMut(&mut T)) -> Result<usize, Failure> {
        self.claim(max).map_or(Ok(0), |run| run.map(|run| run.handle(handler)))
    }

    /// Whether the ring is closed and everything claimed by some worker.
    pub fn is_ended(&self) -> bool {
        self.ring().head.ended(self.stage.cursor.load())
    }

    /// How many items are there that no worker has claimed, at this moment.
    pub fn waiting(&self) -> usize {
        let from = self.stage.cursor.load();
        self.barrier.ask(from, usize::MAX).map_or(0, |to| to.map_or(0, |to| distance(from, to)))
    }

    fn ring(&self) -> &RingBuffer<T, W> {
        &self.barrier.ring
    }

    /// The oldest run that nobody has claimed, at most `max` long; an empty one when the ring has ended. `None` is:
    /// not yet.
    fn claim(&self, max: usize) -> Option<Result<Run<'_, T, W>, Failure>> {
        loop {
            let from = self.stage.cursor.load();
            let to = match self.barrier.ask(from, max)? {
                Ok(to) => to,
                Err(failure) => return Some(Err(failure)),
            };
            // Said before it is claimed: whoever sees the claim must see who holds it.
            self.stage.hold(self.place, from);
            let run = Run { worker: self, from, to };
            if to == from || self.stage.cursor.claim(from, to) {
                return Some(Ok(run));
            }
            // Another was quicker. For a moment we seemed to hold its run: those who saw that must look again.
            run.let_go();
        }
    }
}

/// Slots that belong to one worker until it lets go.
struct Run<'w, T, W: WaitStrategy> {
    worker: &'w Worker<T, W>,
    from: u64,
    to: u64,
}

impl<T, W: WaitStrategy> Run<'_, T, W> {
    /// A run whose handler panics is never let go: nobody who comes after may take it for handled.
    fn handle(self, mut handler: impl FnMut(&mut T)) -> usize {
        let (ring, number) = (self.worker.ring(), self.worker.stage.number);
        guarded(ring, number, || {
            // SAFETY: the claim gave this run to us alone of the group; a group comes after or before every other
            // stage, those before are done with it, by acquiring loads, and those after, like the producers, come
            // no further than where the run that we hold begins.
            unsafe { ring.slots.write(self.from..self.to, &mut handler) };
        });
        self.let_go();
        distance(self.from, self.to)
    }

    fn let_go(&self) {
        let Worker { stage, place, .. } = self.worker;
        stage.let_go(*place);
        stage.signal(self.worker.ring());
    }
}

/// Slots that may be empty: values move out.
impl<V, W: WaitStrategy> Worker<Option<V>, W> {
    /// Moves what is there to the end of `out`, at most `max`, which is taken as 1 if it is 0. Says how many; 0 if
    /// there is nothing.
    ///
    /// # Errors
    /// The ring has failed, and everything that came through before has been claimed.
    pub fn try_take(&mut self, out: &mut Vec<V>, max: usize) -> Result<usize, Failure> {
        self.claim(max).map_or(Ok(0), |run| run.map(|run| take_all(run, out)))
    }
}

/// Empties a run into `out`. The number is that of its slots: one may have been published empty.
fn take_all<V, W: WaitStrategy>(run: Run<'_, Option<V>, W>, out: &mut Vec<V>) -> usize {
    run.handle(|slot| out.extend(slot.take()))
}

/// For threads, which wait for items as the strategy says.
impl<T, W: ThreadWait> Worker<T, W> {
    /// Handles what is there, at most `max`, which is taken as 1 if it is 0; waits if there is nothing. Says how
    /// many; 0 when the ring has ended.
    ///
    /// # Errors
    /// The ring has failed, and everything that came through before has been claimed.
    pub fn work(&mut self, max: usize, handler: impl FnMut(&mut T)) -> Result<usize, Failure> {
        self.await_run(max).map(|run| run.handle(handler))
    }

    /// Handles its share until the ring ends, on this thread.
    ///
    /// # Errors
    /// The ring has failed, perhaps because `handler` panicked: the panic ends here and goes no further.
    pub fn run(mut self, mut handler: impl FnMut(&mut T)) -> Result<(), Failure> {
        let ring = Arc::clone(&self.barrier.ring);
        to_the_end(&ring, move || {
            while self.work(RUN_MAX, &mut handler)? > 0 {}
            Ok(())
        })
    }

    fn await_run(&self, max: usize) -> Result<Run<'_, T, W>, Failure> {
        let ring = self.ring();
        ring.wait.until(&ring.items, || self.claim(max))
    }
}

/// For threads, and slots that may be empty.
impl<V, W: ThreadWait> Worker<Option<V>, W> {
    /// Moves what is there to the end of `out`, at most `max`, which is taken as 1 if it is 0; waits if there is
    /// nothing. Says how many; 0 when the ring has ended.
    ///
    /// # Errors
    /// The ring has failed, and everything that came through before has been claimed.
    pub fn take(&mut self, out: &mut Vec<V>, max: usize) -> Result<usize, Failure> {
        self.await_run(max).map(|run| take_all(run, out))
    }
}

/// For tasks.
impl<T> Worker<T, Task> {
    /// Handles what is there, at most `max`, which is taken as 1 if it is 0; waits if there is nothing. Says how
    /// many; 0 when the ring has ended. A future that is dropped before it is ready has claimed nothing.
    ///
    /// # Errors
    /// The ring has failed, and everything that came through before has been claimed.
    pub async fn work(&mut self, max: usize, handler: impl FnMut(&mut T)) -> Result<usize, Failure> {
        Task::until(&self.ring().items, || self.claim(max)).await.map(|run| run.handle(handler))
    }
}

/// For tasks, and slots that may be empty.
impl<V> Worker<Option<V>, Task> {
    /// Moves what is there to the end of `out`, at most `max`, which is taken as 1 if it is 0; waits if there is
    /// nothing. Says how many; 0 when the ring has ended. A future that is dropped before it is ready has taken
    /// nothing.
    ///
    /// # Errors
    /// The ring has failed, and everything that came through before has been claimed.
    pub async fn take(&mut self, out: &mut Vec<V>, max: usize) -> Result<usize, Failure> {
        Task::until(&self.ring().items, || self.claim(max)).await.map(|run| take_all(run, out))
    }
}

impl<T, W: WaitStrategy> Drop for Worker<T, W> {
    fn drop(&mut self) {
        let was_last = self.stage.members.fetch_sub(1, Ordering::AcqRel) == 1;
        if was_last && !self.is_ended() {
            self.ring().fail(Failure::ConsumerDropped { consumer: self.stage.number });
        }
    }
}

impl<T, W: WaitStrategy> fmt::Debug for Worker<T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("number", &self.stage.number)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}
