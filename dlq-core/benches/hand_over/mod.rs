//! The same items through the ring and through its peers, each as its own documentation would have it.

pub(crate) mod ours;
pub(crate) mod peers;

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Slots of a ring, and places in a channel.
pub(crate) const CAPACITY: usize = 1024;

/// How many are published together, where they are.
pub(crate) const BATCH: usize = 64;

/// As large as a captured record's own fields.
#[derive(Clone, Copy)]
pub(crate) struct Record {
    pub(crate) number: u64,
    pub(crate) fields: [u64; 37],
}

impl Record {
    pub(crate) const fn new(number: u64) -> Self {
        Self { number, fields: [number; 37] }
    }
}

pub(crate) trait Item: Copy + Send + Sync + 'static {
    fn new(number: u64) -> Self;
    /// Looks at the item, so that nobody can skip it.
    fn look(&self) -> u64;
}

impl Item for u64 {
    fn new(number: u64) -> Self {
        number
    }

    fn look(&self) -> u64 {
        *self
    }
}

impl Item for Record {
    fn new(number: u64) -> Self {
        Self::new(number)
    }

    fn look(&self) -> u64 {
        self.number + self.fields[36]
    }
}

/// Adds up what passes; its sum is looked at when all have.
#[derive(Default)]
pub(crate) struct Sum(u64);

impl Sum {
    pub(crate) fn add(&mut self, item: &impl Item) {
        self.0 = self.0.wrapping_add(item.look());
    }
}

impl Drop for Sum {
    fn drop(&mut self) {
        black_box(self.0);
    }
}

pub(crate) fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}
