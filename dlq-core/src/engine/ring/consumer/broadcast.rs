#![allow(unsafe_code)]

use std::fmt;

use super::failure::{guarded, to_the_end};
use crate::engine::ring::barrier::{Barrier, Stage};
use crate::engine::ring::cursor::distance;
use crate::engine::ring::error::Failure;
use crate::engine::ring::ring_buffer::RingBuffer;
use crate::engine::ring::sync::Arc;
use crate::engine::ring::wait::{Task, ThreadWait, WaitStrategy};

/// How many slots [`Consumer::run`] handles before it lets go of them.
const RUN_MAX: usize = 256;

/// A consumer that sees every item, in order.
///
/// Its handler gets the item, its sequence, and whether it is the last of those at hand: the moment to flush.
/// Dropping it before the ring has ended is a [`Failure`].
pub struct Consumer<T, W: WaitStrategy = Task> {
    barrier: Barrier<T, W>,
    stage: Arc<Stage>,
    /// The sequence it reads next.
    next: u64,
}

impl<T, W: WaitStrategy> Consumer<T, W> {
    pub(crate) fn new(barrier: Barrier<T, W>, stage: Arc<Stage>) -> Self {
        Self { barrier, stage, next: 0 }
    }

    pub(crate) fn stage(&self) -> &Arc<Stage> {
        &self.stage
    }

    pub(crate) fn is_of(&self, ring: &Arc<RingBuffer<T, W>>) -> bool {
        Arc::ptr_eq(&self.barrier.ring, ring)
    }

    /// Handles what is there, at most `max`, which is taken as 1 if it is 0. Says how many; 0 if there is nothing.
    ///
    /// # Errors
    /// The ring has failed, and everything that came through before has been handled.
    pub fn try_read(&mut self, max: usize, handler: impl FnMut(&T, u64, bool)) -> Result<usize, Failure> {
        match self.barrier.ask(self.next, max) {
            Some(end) => end.map(|end| self.handle(end, handler)),
            None => Ok(0),
        }
    }

    /// Whether the ring is closed and everything handled.
    pub fn is_ended(&self) -> bool {
        self.barrier.ring.head.ended(self.next)
    }

    fn handle(&mut self, end: u64, mut handler: impl FnMut(&T, u64, bool)) -> usize {
        let Self { barrier: Barrier { ring, .. }, stage, next } = self;
        guarded(ring, stage.number, || {
            // SAFETY: `ask` said that all below `end` was published, and released by those who come before, by
            // acquiring loads. No producer comes back to these slots before our cursor, or that of one who comes
            // after us, has passed them; no worker writes beside us, as a group comes after or before every consumer.
            unsafe {
                ring.slots.read(*next..end, |item, sequence| handler(item, sequence, sequence + 1 == end))
            };
        });
        let handled = distance(*next, end);
        *next = end;
        stage.cursor.advance_to(end);
        stage.signal(ring);
        handled
    }
}

/// For threads, which wait for items as the strategy says.
impl<T, W: ThreadWait> Consumer<T, W> {
    /// Handles what is there, at most `max`, which is taken as 1 if it is 0; waits if there is nothing. Says how
    /// many; 0 when the ring has ended.
    ///
    /// # Errors
    /// The ring has failed, and everything that came through before has been handled.
    pub fn read(&mut self, max: usize, handler: impl FnMut(&T, u64, bool)) -> Result<usize, Failure> {
        let Barrier { ring, .. } = &self.barrier;
        let end = ring.wait.until(&ring.items, || self.barrier.ask(self.next, max))?;
        Ok(self.handle(end, handler))
    }

    /// Handles everything until the ring ends, on this thread.
    ///
    /// # Errors
    /// The ring has failed, perhaps because `handler` panicked: the panic ends here and goes no further.
    pub fn run(mut self, mut handler: impl FnMut(&T, u64, bool)) -> Result<(), Failure> {
        let ring = Arc::clone(&self.barrier.ring);
        to_the_end(&ring, move || {
            while self.read(RUN_MAX, &mut handler)? > 0 {}
            Ok(())
        })
    }
}

/// For tasks.
impl<T> Consumer<T, Task> {
    /// Handles what is there, at most `max`, which is taken as 1 if it is 0; waits if there is nothing. Says how
    /// many; 0 when the ring has ended. A future that is dropped before it is ready has handled nothing.
    ///
    /// # Errors
    /// The ring has failed, and everything that came through before has been handled.
    pub async fn read(&mut self, max: usize, handler: impl FnMut(&T, u64, bool)) -> Result<usize, Failure> {
        let end = Task::until(&self.barrier.ring.items, || self.barrier.ask(self.next, max)).await?;
        Ok(self.handle(end, handler))
    }
}

impl<T, W: WaitStrategy> Drop for Consumer<T, W> {
    fn drop(&mut self) {
        if !self.is_ended() {
            self.barrier.ring.fail(Failure::ConsumerDropped { consumer: self.stage.number });
        }
    }
}

impl<T, W: WaitStrategy> fmt::Debug for Consumer<T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer")
            .field("number", &self.stage.number)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}
