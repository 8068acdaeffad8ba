//! [`Filler`]: the seat that one worker at a time takes to fill its next batch from the queue.

use std::time::Instant;

use tokio::time::timeout_at;

use super::ring::Outlet;
use super::ticket::Stub;
use super::{Accumulator, BatchConfig, BatchSink};

/// What waits in the queue.
pub(super) struct Entry<T, O, E> {
    pub(super) item: T,
    pub(super) slip: Slip<O, E>,
    pub(super) bytes: usize,
}

/// The entries of a sink.
pub(super) type EntryOf<T, S> = Entry<T, <S as BatchSink<T>>::Outcome, <S as BatchSink<T>>::Error>;

/// What is known of an item beside it.
pub(super) struct Slip<O, E> {
    pub(super) arrived: Instant,
    pub(super) stub: Option<Stub<O, E>>,
}

/// A batch: its items, and as many slips in the same order.
pub(super) struct Filled<T, O, E> {
    pub(super) items: Vec<T>,
    pub(super) slips: Vec<Slip<O, E>>,
    /// How many items it might have held.
    pub(super) room: usize,
}

impl<T, O, E> Default for Filled<T, O, E> {
    fn default() -> Self {
        Self { items: Vec::new(), slips: Vec::new(), room: 0 }
    }
}

/// Fills batches in the order of arrival. What it has begun to fill stays here if the worker gives up its seat.
pub(super) struct Filler<T, O, E> {
    outlet: Outlet<Entry<T, O, E>>,
    accumulator: Accumulator<T>,
    slips: Vec<Slip<O, E>>,
}

impl<T, O, E> Filler<T, O, E> {
    pub(super) fn new(outlet: Outlet<Entry<T, O, E>>, config: &BatchConfig) -> Self {
        let accumulator = Accumulator::new(config.size.max(), config.linger).with_bytes_max(config.bytes_max);
        Self { outlet, accumulator, slips: Vec::new() }
    }

    /// Fills a batch of at most `size` items: until it is full, or due, or the queue is closed. Its memory is that of
    /// `batch`. Answers `false` once the queue is closed and empty.
    pub(super) async fn fill(&mut self, batch: &mut Filled<T, O, E>, size: usize) -> bool {
        self.accumulator.resize(size);
        let deadline = loop {
            match self.accumulator.deadline() {
                Some(deadline) => break deadline,
                None if self.take_in().await => {}
                None => return false,
            }
        };
        // In time or not: what is there is the batch.
        timeout_at(deadline.into(), self.fill_up()).await.ok();
        batch.room = size;
        batch.items = self.accumulator.take(std::mem::take(&mut batch.items));
        batch.slips.clear();
        std::mem::swap(&mut batch.slips, &mut self.slips);
        true
    }

    async fn fill_up(&mut self) {
        while self.accumulator.full().is_none() && self.take_in().await {}
    }

    /// Takes what there is, and what there is room for; waits if there is nothing. Answers `false` once the queue is
    /// closed and empty. Given up while it waits, it has taken nothing.
    async fn take_in(&mut self) -> bool {
        let Self { outlet, accumulator, slips } = self;
        let taken = outlet.work(accumulator.room(), |slot| {
            if let Some(Entry { item, slip, bytes }) = slot.take() {
                accumulator.push(item, bytes, slip.arrived);
                slips.push(slip);
            }
        });
        taken.await.is_ok_and(|taken| taken > 0)
    }

    /// Everything that has not become a batch. The queue is closed.
    pub(super) async fn left(&mut self) -> Vec<T> {
        self.slips.clear();
        let mut left = self.accumulator.take(Vec::new());
        let outlet = &mut self.outlet;
        let mut rest =
            async || outlet.work(usize::MAX, |slot| left.extend(slot.take().map(|entry| entry.item))).await;
        while rest().await.is_ok_and(|taken| taken > 0) {}
        left
    }
}
