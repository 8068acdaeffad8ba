//! How far producers came, and whether more may come.

use super::available::Available;
use super::cursor::Cursor;

/// Set in the sequence itself, so that closing and claiming cannot both succeed: a claim against a closed head finds
/// another value than it expects. Sequences never grow that far.
const CLOSED: u64 = 1 << 63;

/// The producers' end of the ring.
#[derive(Debug)]
pub(crate) struct Head {
    /// Of one producer: how far it has published. Of many: how far they have claimed.
    cursor: Cursor,
    /// Of many: what they have published of their claims.
    available: Option<Available>,
}

impl Head {
    pub(crate) fn single() -> Self {
        Self { cursor: Cursor::new(0), available: None }
    }

    pub(crate) fn multi(capacity: usize) -> Self {
        Self { cursor: Cursor::new(0), available: Some(Available::new(capacity)) }
    }

    /// By the single producer: all below `to` is published.
    #[inline]
    pub(crate) fn publish_to(&self, to: u64) {
        self.cursor.advance_to(to);
    }

    /// What the next claim of one of many begins with, or nothing once closed.
    #[inline]
    pub(crate) fn claimed(&self) -> Option<u64> {
        Some(self.cursor.load()).filter(|claimed| claimed & CLOSED == 0)
    }

    /// Whether `from..to` now belongs to the caller, one producer of many.
    #[inline]
    pub(crate) fn claim(&self, from: u64, to: u64) -> bool {
        self.cursor.claim(from, to)
    }

    /// By one producer of many, of its claim.
    #[inline]
    pub(crate) fn publish_claim(&self, from: u64, to: u64) {
        if let Some(available) = &self.available {
            available.publish(from, to);
        }
    }

    /// The end of what is published without a gap, from `from` on and not beyond `limit`.
    #[inline]
    pub(crate) fn published(&self, from: u64, limit: u64) -> u64 {
        match &self.available {
            None => (self.cursor.load() & !CLOSED).min(limit),
            Some(available) => available.published(from, limit),
        }
    }

    pub(crate) fn close(&self) {
        self.cursor.set_bits(CLOSED);
    }

    /// Whether `at` is the end, and nothing will ever be published there.
    pub(crate) fn ended(&self, at: u64) -> bool {
        self.cursor.load() == at | CLOSED
    }
}
