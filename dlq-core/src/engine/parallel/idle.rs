//! Who sleeps, and how to wake one without losing the call.

use std::sync::atomic::{AtomicUsize, Ordering, fence};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// The workers that sleep. No call is lost, for both sides first write and then read: a worker enters its name and then
/// looks for a ready lane once more; whoever makes a lane ready does so and then looks whether anyone sleeps.
#[derive(Debug, Default)]
pub(super) struct Idle {
    /// Those who sleep, the latest last: it is woken first, its cache is the warmest.
    sleepers: Mutex<Vec<(usize, Waker)>>,
    /// How many they are, so that nobody takes the lock to find that all are awake.
    count: AtomicUsize,
}

impl Idle {
    /// Enters the worker's name. It must look for work once more before it sleeps.
    pub(super) fn enter(&self, worker: usize, waker: &Waker) {
        let mut sleepers = self.sleepers();
        sleepers.retain(|(other, _)| *other != worker);
        sleepers.push((worker, waker.clone()));
        self.count.store(sleepers.len(), Ordering::Relaxed);
        drop(sleepers);
        fence(Ordering::SeqCst);
    }

    /// Strikes the worker's name: it has found work by itself, or was woken.
    pub(super) fn leave(&self, worker: usize) {
        let mut sleepers = self.sleepers();
        sleepers.retain(|(other, _)| *other != worker);
        self.count.store(sleepers.len(), Ordering::Relaxed);
    }

    /// Wakes at most so many, after something became ready.
    pub(super) fn wake(&self, at_most: usize) {
        fence(Ordering::SeqCst);
        for _ in 0..at_most {
            let Some(waker) = self.latest() else { return };
            waker.wake();
        }
    }

    pub(super) fn wake_all(&self) {
        self.wake(usize::MAX);
    }

    fn latest(&self) -> Option<Waker> {
        if self.count.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let mut sleepers = self.sleepers();
        let latest = sleepers.pop();
        self.count.store(sleepers.len(), Ordering::Relaxed);
        latest.map(|(_, waker)| waker)
    }

    fn sleepers(&self) -> MutexGuard<'_, Vec<(usize, Waker)>> {
        self.sleepers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
