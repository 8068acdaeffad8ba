//! Which slots are published, when many producers finish in any order.

use crossbeam_utils::CachePadded;

use super::cursor::distance;
use super::sync::{AtomicU64, Ordering};

/// One bit a slot, turned over by each lap that publishes it: in even laps a set bit means published, in odd laps a
/// clear one. So publishing a run is one atomic step for each word of 64 slots, and nobody ever wipes a bit.
///
/// A bit tells two neighbouring laps apart, no more. That is enough: who asks for a sequence has consumed the lap
/// before it, and no producer is a lap ahead of a consumer.
#[derive(Debug)]
pub(crate) struct Available {
    words: Box<[CachePadded<AtomicU64>]>,
    slots_per_word: u64,
    /// By how much a slot is shifted to get its word's number: a division for each run would be felt.
    word_shift: u32,
    capacity: u64,
}

impl Available {
    /// Of as many slots as a power of two says.
    pub(crate) fn new(capacity: usize) -> Self {
        let capacity = capacity as u64;
        let slots_per_word = capacity.min(u64::from(u64::BITS));
        // In lap 0 a set bit means published: they begin clear.
        let words = (0..capacity / slots_per_word).map(|_| CachePadded::new(AtomicU64::new(0))).collect();
        Self { words, slots_per_word, word_shift: slots_per_word.ilog2(), capacity }
    }

    /// The word of a sequence, and how far into it the sequence's bit stands.
    #[inline]
    fn place(&self, sequence: u64) -> (&AtomicU64, u64) {
        let slot = sequence & (self.capacity - 1);
        (&self.words[distance(0, slot >> self.word_shift)], slot & (self.slots_per_word - 1))
    }

    /// Release: who finds these published sees what was written into them.
    pub(crate) fn publish(&self, from: u64, to: u64) {
        let mut at = from;
        while at < to {
            let (word, bit) = self.place(at);
            let run = (to - at).min(self.slots_per_word - bit);
            word.fetch_xor(ones(run) << bit, Ordering::Release);
            at += run;
        }
    }

    /// The end of what is published without a gap, from `from` on and not beyond `limit`.
    #[inline]
    pub(crate) fn published(&self, from: u64, limit: u64) -> u64 {
        let mut at = from;
        while at < limit {
            let (word, bit) = self.place(at);
            let even_lap = (at & self.capacity) == 0;
            let turned = word.load(Ordering::Acquire);
            let published = if even_lap { turned } else { !turned };
            let in_word = self.slots_per_word - bit;
            let run = u64::from((published >> bit).trailing_ones()).min(in_word);
            at += run;
            if run < in_word {
                break;
            }
        }
        at.min(limit)
    }
}

/// That many bits set, from the lowest on; 1 to 64.
#[inline]
fn ones(count: u64) -> u64 {
    u64::MAX >> (u64::from(u64::BITS) - count)
}
