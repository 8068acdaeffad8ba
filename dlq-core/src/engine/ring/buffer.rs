//! The memory of the ring: values made once, reached by sequence, reused lap after lap.
#![allow(unsafe_code)]

use std::ops::Range;

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

    /// Shows the values of a run, each with its sequence.
    ///
    /// # Safety
    /// Until this returns, nobody has write access to these slots, and the last that had it happened before.
    #[inline]
    pub(crate) unsafe fn read(&self, run: Range<u64>, mut access: impl FnMut(&T, u64)) {
        self.each(run, |cell, sequence| {
            // SAFETY: the pointer is that of a live cell, and the caller keeps writers away.
            cell.with(|slot| access(unsafe { &*slot }, sequence));
        });
    }

    /// Gives the values of a run to be changed.
    ///
    /// # Safety
    /// Until this returns, nobody else has access to these slots, and the last that had it happened before.
    #[inline]
    pub(crate) unsafe fn write(&self, run: Range<u64>, mut access: impl FnMut(&mut T)) {
        self.each(run, |cell, _| {
            // SAFETY: the pointer is that of a live cell, and the caller keeps everybody else away.
            cell.with_mut(|slot| access(unsafe { &mut *slot }));
        });
    }

    /// Where the cells are is looked up once a run: for all the compiler knows, whatever is done with a slot could
    /// change it, so it would be looked up again for each.
    #[inline]
    fn each(&self, run: Range<u64>, mut access: impl FnMut(&UnsafeCell<T>, u64)) {
        let (cells, mask) = (&*self.cells, self.mask);
        for sequence in run {
            // SAFETY: the mask is the number of cells less one, and that number a power of two: what it leaves of a
            // sequence is below the number of cells.
            let cell = unsafe { cells.get_unchecked(distance(0, sequence & mask)) };
            access(cell, sequence);
        }
    }
}
