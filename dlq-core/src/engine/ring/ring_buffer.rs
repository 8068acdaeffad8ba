//! What all ends of a ring share.

use std::fmt;
use std::sync::PoisonError;

use super::buffer::Slots;
use super::error::Failure;
use super::head::Head;
use super::sync::{AtomicBool, Mutex, Ordering};
use super::wait::{Bell, Task, WaitStrategy};

/// A ring buffer; see the [module's page](super). Made by [`RingBuffer::builder`], and from then on held by its
/// producers and consumers.
pub struct RingBuffer<T, W = Task> {
    pub(crate) slots: Slots<T>,
    pub(crate) head: Head,
    pub(crate) wait: W,
    /// Where consumers wait for items.
    pub(crate) items: Bell,
    /// Where producers wait for room.
    pub(crate) room: Bell,
    failed: AtomicBool,
    failure: Mutex<Option<Failure>>,
}

impl<T, W: WaitStrategy> RingBuffer<T, W> {
    pub(crate) fn new(slots: Slots<T>, head: Head, wait: W) -> Self {
        Self {
            slots,
            head,
            wait,
            items: Bell::for_all(),
            room: Bell::for_one_after_another(),
            failed: AtomicBool::new(false),
            failure: Mutex::new(None),
        }
    }

    /// Something was published, or released to those who come after.
    #[inline]
    pub(crate) fn signal_items(&self) {
        if W::PARKS {
            self.items.ring();
        }
    }

    /// Slots were released by those who came last.
    #[inline]
    pub(crate) fn signal_room(&self) {
        if W::PARKS {
            self.room.ring();
        }
    }

    fn signal_everybody(&self) {
        if W::PARKS {
            self.items.ring_all();
            self.room.ring_all();
        }
    }

    /// No more comes: producers are refused, consumers end when they have had everything.
    pub(crate) fn close(&self) {
        self.head.close();
        self.signal_everybody();
    }

    /// Ends the ring for everybody. Of several failures the first is kept.
    pub(crate) fn fail(&self, failure: Failure) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
        self.failed.store(true, Ordering::Release);
        self.signal_everybody();
    }

    /// What ended the ring, if something did.
    #[inline]
    pub(crate) fn failure(&self) -> Option<Failure> {
        if self.failed.load(Ordering::Acquire) { self.told_failure() } else { None }
    }

    #[cold]
    fn told_failure(&self) -> Option<Failure> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<T, W: fmt::Debug> fmt::Debug for RingBuffer<T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RingBuffer")
            .field("capacity", &self.slots.capacity())
            .field("head", &self.head)
            .field("wait", &self.wait)
            .finish_non_exhaustive()
    }
}
