use std::collections::VecDeque;
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

use crate::engine::ring::sync::{AtomicUsize, Mutex, MutexGuard, Ordering, fence};

/// Where threads and tasks sleep until they are called.
///
/// A sleeper first enters its name and then looks again; who has something for it first makes it visible and then
/// looks for names. Between the two steps of either stands a sequentially consistent fence, so at least one of them
/// sees the other: no call is lost.
#[derive(Debug)]
pub struct Bell {
    /// How many names are entered; changed only while the list is locked.
    waiting: AtomicUsize,
    sleepers: Mutex<Sleepers>,
    /// Whether one is called at a time, who calls the next on leaving.
    one_after_another: bool,
}

#[derive(Debug, Default)]
struct Sleepers {
    entered: u64,
    list: VecDeque<(u64, Waker)>,
}

impl Bell {
    /// Calls everybody each time: for those who may all find something.
    pub(crate) fn for_all() -> Self {
        Self { waiting: AtomicUsize::new(0), sleepers: Mutex::default(), one_after_another: false }
    }

    /// Calls who has waited longest, who calls the next on leaving, until one finds nothing: for many who want the
    /// same few things.
    pub(crate) fn for_one_after_another() -> Self {
        Self { one_after_another: true, ..Self::for_all() }
    }

    /// To be called after what the sleepers ask for was made visible. Costs a fence and a load when nobody sleeps.
    #[inline]
    pub fn ring(&self) {
        fence(Ordering::SeqCst);
        if self.waiting.load(Ordering::Relaxed) > 0 {
            self.call(if self.one_after_another { 1 } else { usize::MAX });
        }
    }

    /// Calls everybody, this time.
    pub(crate) fn ring_all(&self) {
        fence(Ordering::SeqCst);
        self.call(usize::MAX);
    }

    #[cold]
    fn call(&self, most: usize) {
        let mut sleepers = self.lock();
        let called = most.min(sleepers.list.len());
        let called: Vec<_> = sleepers.list.drain(..called).collect();
        self.waiting.store(sleepers.list.len(), Ordering::Relaxed);
        drop(sleepers);
        for (_, waker) in called {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Sleepers> {
        self.sleepers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One sleeper's place at a bell, for as long as it waits.
pub(super) struct Place<'a> {
    bell: &'a Bell,
    /// Under which number it is entered, or was until it was called.
    entered: Option<u64>,
}

impl<'a> Place<'a> {
    pub(super) fn at(bell: &'a Bell) -> Self {
        Self { bell, entered: None }
    }

    pub(super) fn poll<R>(
        &mut self,
        context: &mut Context<'_>,
        ready: &mut impl FnMut() -> Option<R>,
    ) -> Poll<R> {
        if let Some(answer) = ready() {
            return Poll::Ready(answer);
        }
        self.enter(context.waker());
        fence(Ordering::SeqCst);
        ready().map_or(Poll::Pending, Poll::Ready)
    }

    /// Whose waker is dropped may run anything, so none is while the list is locked.
    fn enter(&mut self, waker: &Waker) {
        let mut waker = waker.clone();
        let mut sleepers = self.bell.lock();
        let before = self.entered.and_then(|id| sleepers.list.iter_mut().find(|(other, _)| *other == id));
        if let Some((_, known)) = before {
            std::mem::swap(known, &mut waker);
            return;
        }
        let id = sleepers.entered;
        sleepers.entered += 1;
        // Who was called in vain does not lose its turn.
        match self.entered.replace(id) {
            Some(_) => sleepers.list.push_front((id, waker)),
            None => sleepers.list.push_back((id, waker)),
        }
        self.bell.waiting.store(sleepers.list.len(), Ordering::Relaxed);
    }

    /// Crosses the name out, if nobody has yet.
    fn leave(&self, id: u64) -> Option<(u64, Waker)> {
        let mut sleepers = self.bell.lock();
        let at = sleepers.list.iter().position(|(other, _)| *other == id)?;
        let left = sleepers.list.remove(at);
        self.bell.waiting.store(sleepers.list.len(), Ordering::Relaxed);
        left
    }
}

impl Drop for Place<'_> {
    /// Who was called calls the next, whether it found something or was given up.
    fn drop(&mut self) {
        let Some(id) = self.entered else { return };
        let was_called = self.leave(id).is_none();
        if was_called && self.bell.one_after_another {
            self.bell.ring();
        }
    }
}
