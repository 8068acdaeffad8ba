//! [`Accumulator`]: a batch that fills until it is large enough, heavy enough or old enough.

use std::time::{Duration, Instant};

/// Fills a batch. It knows no clock: whoever pushes says when an item arrived, and whoever waits asks for the
/// [`deadline`](Self::deadline).
#[derive(Debug)]
pub struct Accumulator<T> {
    items: Vec<T>,
    /// The sum of what the items weigh.
    bytes: usize,
    /// When the batch is due; none while it is empty.
    deadline: Option<Instant>,
    size: usize,
    bytes_max: Option<usize>,
    linger: Duration,
}

/// Why a batch takes no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// It holds as many items as it may.
    Size,
    /// Its items weigh as much as they may, or more by less than the last of them.
    Bytes,
}

impl<T> Accumulator<T> {
    /// An empty batch of at most `size` items, at least one, that is due `linger` after its first item arrived.
    #[must_use]
    pub fn new(size: usize, linger: Duration) -> Self {
        Self { items: Vec::new(), bytes: 0, deadline: None, size: size.max(1), bytes_max: None, linger }
    }

    /// Closes a batch, too, once its items weigh so many bytes. Default: never.
    #[must_use]
    pub fn with_bytes_max(mut self, bytes_max: Option<usize>) -> Self {
        self.bytes_max = bytes_max;
        self
    }

    /// How many items this batch and those after it may hold, at least one.
    pub fn resize(&mut self, size: usize) {
        self.size = size.max(1);
    }

    /// Adds an item that weighs `bytes` and arrived at `now`. It is taken in any case: whoever pushes on after an answer
    /// overfills the batch.
    pub fn push(&mut self, item: T, bytes: usize, now: Instant) -> Option<Full> {
        if self.deadline.is_none() {
            self.deadline = now.checked_add(self.linger).or(Some(now));
        }
        self.items.push(item);
        self.bytes = self.bytes.saturating_add(bytes);
        self.full()
    }

    /// Why it takes no more, if so.
    #[must_use]
    pub fn full(&self) -> Option<Full> {
        if self.items.len() >= self.size {
            Some(Full::Size)
        } else if self.bytes_max.is_some_and(|max| self.bytes >= max) {
            Some(Full::Bytes)
        } else {
            None
        }
    }

    /// How many items it takes surely before it has to be asked again whether it is full.
    #[must_use]
    pub fn room(&self) -> usize {
        match (self.full(), self.bytes_max) {
            (Some(_), _) => 0,
            (None, Some(_)) => 1,
            (None, None) => self.size - self.items.len(),
        }
    }

    /// When the batch is due, full or not; `None` while it is empty.
    #[must_use]
    pub const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// How many items wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether no item waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The items, in the order in which they were pushed. The next batch fills `spare`, whose memory is used again, and
    /// whose items, if any, are dropped.
    pub fn take(&mut self, mut spare: Vec<T>) -> Vec<T> {
        spare.clear();
        self.bytes = 0;
        self.deadline = None;
        std::mem::replace(&mut self.items, spare)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINGER: Duration = Duration::from_millis(10);

    #[test]
    fn a_batch_is_full_by_size_or_by_bytes() {
        let now = Instant::now();
        let mut batch = Accumulator::new(3, LINGER).with_bytes_max(Some(100));
        assert_eq!(batch.push('a', 10, now), None);
        assert_eq!(batch.push('b', 90, now), Some(Full::Bytes));
        assert_eq!((batch.room(), batch.take(Vec::new())), (0, vec!['a', 'b']));
        assert_eq!([batch.push('c', 1, now), batch.push('d', 1, now)], [None, None]);
        assert_eq!(batch.push('e', 1, now), Some(Full::Size));
    }

    #[test]
    fn the_deadline_is_that_of_the_first_item_and_ends_with_the_batch() {
        let now = Instant::now();
        let mut batch = Accumulator::new(3, LINGER);
        assert_eq!(batch.deadline(), None);
        batch.push('a', 0, now);
        batch.push('b', 0, now + LINGER / 2);
        assert_eq!(batch.deadline(), Some(now + LINGER));
        batch.take(Vec::new());
        assert_eq!((batch.deadline(), batch.is_empty()), (None, true));
        batch.push('c', 0, now + LINGER);
        assert_eq!(batch.deadline(), Some(now + 2 * LINGER));
    }

    #[test]
    fn the_memory_of_a_spare_is_used_again() {
        let mut batch = Accumulator::new(8, LINGER);
        let spare = Vec::with_capacity(64);
        let place: *const char = spare.as_ptr();
        batch.take(spare);
        batch.push('a', 0, Instant::now());
        let taken = batch.take(Vec::new());
        assert_eq!(taken.as_ptr(), place);
    }

    #[test]
    fn a_batch_that_shrank_below_what_it_holds_is_full() {
        let mut batch = Accumulator::new(8, LINGER);
        batch.push('a', 0, Instant::now());
        batch.push('b', 0, Instant::now());
        batch.resize(1);
        assert_eq!((batch.full(), batch.room(), batch.len()), (Some(Full::Size), 0, 2));
    }
}
