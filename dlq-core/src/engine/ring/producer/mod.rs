//! Those who fill slots: one alone, or many.

mod batch;
mod multi;
mod single;

use super::barrier::{Stage, slowest};
use super::cursor::{Cursor, beyond, distance};
use super::ring_buffer::RingBuffer;
use super::sync::Arc;
use super::wait::WaitStrategy;

pub use multi::MultiProducer;
pub use single::SingleProducer;

/// The producers' hold on a ring. When the last of it is dropped, nothing more comes.
pub(crate) struct Inlet<T, W: WaitStrategy>(pub(crate) Arc<RingBuffer<T, W>>);

impl<T, W: WaitStrategy> Drop for Inlet<T, W> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// How far producers may go before they would run into those who come last.
pub(crate) struct Room<T, W: WaitStrategy> {
    inlet: Inlet<T, W>,
    /// The stages that no other comes after.
    last: Box<[Arc<Stage>]>,
    /// As last seen: it only gets more, and asking costs cache lines that consumers write to.
    end: Cursor,
}

impl<T, W: WaitStrategy> Room<T, W> {
    pub(crate) fn new(inlet: Inlet<T, W>, last: Box<[Arc<Stage>]>) -> Self {
        let end = Cursor::new(inlet.0.slots.capacity() as u64);
        Self { inlet, last, end }
    }

    fn ring(&self) -> &RingBuffer<T, W> {
        &self.inlet.0
    }

    /// Asks the consumers how far one may go.
    fn look(&self) -> u64 {
        let reached = slowest(&self.last).unwrap_or(0);
        beyond(reached, self.ring().slots.capacity())
    }

    /// How much room there is from `next` on.
    fn remaining(&self, next: u64) -> usize {
        distance(next, self.look())
    }
}
