//! The memory of the ring: values made once, reached by sequence, reused lap after lap.
#![allow(unsafe_code)]

use super::cursor::distance;
use super::sync::UnsafeCell;

/// As many values as a power of two says. They live as long as the ring, so nothing here is ever uninitialised,
/// leaked or dropped twice; all that can go wrong is two threads at one slot, and cursors see to that.
#[derive(Debug)]
pub(crate) struct Slots<T> {
    cells: Box<[UnsafeCell<T>]>,
    mask: u64,
}

// SAFETY: a thread that reaches a slot through `&Slots` does so by `read` or `write`, whose callers promise to keep
// `&mut T` exclusive; a `&mut T` from another thread's memory asks for `T: Send`. That `&T` is given to several
// threads at once only when `T: Sync` is seen to by `Stages::broadcast`, the only maker of consumers that share.
unsafe impl<T: Send> Sync for Slots<T> {}

impl<T> Slots<T> {
    /// `capacity` is a power of two.
    pub(crate) fn new(capacity: usize, mut factory: impl FnMut() -> T) -> Self {
        debug_assert!(capacity.is_power_of_two());
        let cells = (0..capacity).map(|_| UnsafeCell::new(factory())).collect();
        Self { cells, mask: capacity as u64 - 1 }
    }

    pub(crate) fn capacity(&self) -> usize {
        self.cells.len()
    }

    #[inline]
    fn cell(&self, sequence: u64) -> &UnsafeCell<T> {
        // SAFETY: the mask is the number of cells less one, and that number a power of two: what it leaves of a
        // sequence is below the number of cells.
        unsafe { self.cells.get_unchecked(distance(0, sequence & self.mask)) }
    }

    /// # Safety
    /// Until `access` returns, nobody has `write` access to this slot, and the last that had it happened before.
    #[inline]
    pub(crate) unsafe fn read<R>(&self, sequence: u64, access: impl FnOnce(&T) -> R) -> R {
        // SAFETY: the pointer is that of a live cell, and the caller keeps writers away.
        self.cell(sequence).with(|slot| access(unsafe { &*slot }))
    }

    /// # Safety
    /// Until `access` returns, nobody else has access to this slot, and the last that had it happened before.
    #[inline]
    pub(crate) unsafe fn write<R>(&self, sequence: u64, access: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: the pointer is that of a live cell, and the caller keeps everybody else away.
        self.cell(sequence).with_mut(|slot| access(unsafe { &mut *slot }))
    }
}
