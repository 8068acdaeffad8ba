//! A sequence that one side moves and others watch.

use crossbeam_utils::CachePadded;

use super::sync::{AtomicU64, Ordering};

/// How far somebody came: all sequences below it are behind them.
///
/// Alone on its cache line, so that those who move their own do not slow down those who read another. Whoever loads
/// a value sees all that happened before it was stored: that is how slots change hands (*LMAX Disruptor*, 2011,
/// sections 2.4 and 4.3: counters instead of locks, each with one writer where possible).
#[derive(Debug)]
pub(crate) struct Cursor(CachePadded<AtomicU64>);

impl Cursor {
    pub(crate) fn new(sequence: u64) -> Self {
        Self(CachePadded::new(AtomicU64::new(sequence)))
    }

    #[inline]
    pub(crate) fn load(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// For a cursor that one thread at a time moves.
    #[inline]
    pub(crate) fn advance_to(&self, sequence: u64) {
        self.0.store(sequence, Ordering::Release);
    }

    /// For a cursor that many move: whether it still stood at `from`, and now stands at `to`.
    #[inline]
    pub(crate) fn claim(&self, from: u64, to: u64) -> bool {
        self.0.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    pub(crate) fn set_bits(&self, bits: u64) {
        self.0.fetch_or(bits, Ordering::AcqRel);
    }
}

/// How many sequences lie between two that are at most a ring apart.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "a ring has no more slots than a usize counts")]
pub(crate) fn distance(from: u64, to: u64) -> usize {
    to.saturating_sub(from) as usize
}

/// The sequence at most `max` beyond `from`.
#[inline]
pub(crate) fn beyond(from: u64, max: usize) -> u64 {
    from.saturating_add(max as u64)
}
