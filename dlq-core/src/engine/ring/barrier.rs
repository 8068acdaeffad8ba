//! How far may I go, and when do I give up?

use super::cursor::{Cursor, beyond};
use super::error::Failure;
use super::ring_buffer::RingBuffer;
use super::sync::{Arc, AtomicBool, AtomicUsize, Ordering};
use super::wait::WaitStrategy;

/// A worker that holds no run.
const NOTHING: u64 = u64::MAX;

/// One consumer, or the workers of one group, as seen by those who come after.
#[derive(Debug)]
pub(crate) struct Stage {
    /// The how-manieth of its ring, from 0.
    pub(crate) number: usize,
    /// Of a consumer that sees all: how far it came. Of a group: how far its workers have claimed.
    pub(crate) cursor: Cursor,
    /// Of a group: where each worker's run begins, while it has one.
    pub(crate) held: Box<[Cursor]>,
    /// How many handles there still are.
    pub(crate) members: AtomicUsize,
    /// Whether another stage waits for this one. Set while the ring is built, before anything moves.
    followed: AtomicBool,
}

impl Stage {
    pub(crate) fn broadcast(number: usize) -> Self {
        Self::new(number, 1, Box::default())
    }

    pub(crate) fn group(number: usize, workers: usize) -> Self {
        Self::new(number, workers, (0..workers).map(|_| Cursor::new(NOTHING)).collect())
    }

    fn new(number: usize, members: usize, held: Box<[Cursor]>) -> Self {
        let (cursor, members) = (Cursor::new(0), AtomicUsize::new(members));
        Self { number, cursor, held, members, followed: AtomicBool::new(false) }
    }

    /// All below it is done with. The claims are read first: who sees a claim also sees who holds it, as that was
    /// said before the claim was made.
    ///
    /// It may step back for a moment, when a worker was slow to find that another had been quicker; that worker
    /// signals when it has given way.
    #[inline]
    pub(crate) fn reached(&self) -> u64 {
        let claimed = self.cursor.load();
        self.held.iter().fold(claimed, |least, run| least.min(run.load()))
    }

    /// Worker `place` is about to claim the run that begins at `from`.
    pub(crate) fn hold(&self, place: usize, from: u64) {
        if let Some(held) = self.held.get(place) {
            held.advance_to(from);
        }
    }

    /// Worker `place` has none any more. Release: those who come after see what it did to the slots.
    pub(crate) fn let_go(&self, place: usize) {
        self.hold(place, NOTHING);
    }

    pub(crate) fn follow(&self) {
        self.followed.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_followed(&self) -> bool {
        self.followed.load(Ordering::Relaxed)
    }

    /// Tells those who come after that this stage moved.
    #[inline]
    pub(crate) fn signal<T, W: WaitStrategy>(&self, ring: &RingBuffer<T, W>) {
        if self.is_followed() {
            ring.signal_items();
        } else {
            ring.signal_room();
        }
    }
}

/// How far all of them came. `None` if there are none.
#[inline]
pub(crate) fn slowest(stages: &[Arc<Stage>]) -> Option<u64> {
    stages.iter().map(|stage| stage.reached()).min()
}

/// What a consumer waits at: the producers, or the stages it comes after.
pub(crate) struct Barrier<T, W> {
    pub(crate) ring: Arc<RingBuffer<T, W>>,
    pub(crate) after: Box<[Arc<Stage>]>,
}

impl<T, W: WaitStrategy> Barrier<T, W> {
    /// The end of what there is from `from` on, at most `max` further; `from` itself when there is nothing and never
    /// will be. `None` is: not yet.
    ///
    /// # Errors
    /// The ring failed, and nothing is left that was published before.
    #[inline]
    pub(crate) fn ask(&self, from: u64, max: usize) -> Option<Result<u64, Failure>> {
        let end = self.end(from, max);
        if end > from { Some(Ok(end)) } else { self.give_up(from, max) }
    }

    #[inline]
    fn end(&self, from: u64, max: usize) -> u64 {
        let limit = beyond(from, max.clamp(1, self.ring.slots.capacity()));
        match slowest(&self.after) {
            Some(reached) => reached.min(limit),
            None => self.ring.head.published(from, limit),
        }
    }

    fn give_up(&self, from: u64, max: usize) -> Option<Result<u64, Failure>> {
        if self.ring.head.ended(from) {
            return Some(Ok(from));
        }
        let failure = self.ring.failure()?;
        // Once more, now that it is known to have failed: what came before the failure is still handed out.
        let end = self.end(from, max);
        Some(if end > from { Ok(end) } else { Err(failure) })
    }
}
