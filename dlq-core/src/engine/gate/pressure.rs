//! [`Pressure`]: how much there is to do, and how well it goes.

use std::time::Duration;

use super::Rule;

/// How much there is to do, and how well it goes. What nobody measured is `None`, and holds nothing up.
///
/// ```
/// use dlq_core::engine::gate::Pressure;
///
/// let pressure = Pressure { bytes: 900, bytes_max: Some(1000), ..Pressure::of(20, 100) };
/// assert_eq!(pressure.utilisation(), 0.9, "the scarcer of places and bytes");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pressure {
    /// How many were let in and are not done.
    pub pending: usize,
    /// How many may be.
    pub capacity: usize,
    /// How many bytes they hold.
    pub bytes: usize,
    /// How many bytes they may hold; `None` if that is not limited.
    pub bytes_max: Option<usize>,
    /// This process's share of the cores it may use, 0 to 1: a [`CpuMeter`](super::CpuMeter) tells.
    pub cpu: Option<f64>,
    /// The share of late tries that failed, 0 to 1.
    pub error_rate: Option<f64>,
    /// How long the storage lately took to answer.
    pub store_latency: Option<Duration>,
}

impl Pressure {
    /// So many places taken of so many; nothing else is known.
    #[must_use]
    pub const fn of(pending: usize, capacity: usize) -> Self {
        Self {
            pending,
            capacity,
            bytes: 0,
            bytes_max: None,
            cpu: None,
            error_rate: None,
            store_latency: None,
        }
    }

    /// The share that is taken, of places or of bytes, whichever is more: 0 to 1, and beyond where more was let in.
    #[must_use]
    pub fn utilisation(&self) -> f64 {
        let bytes = self.bytes_max.map_or(0.0, |max| share(self.bytes, max));
        share(self.pending, self.capacity).max(bytes)
    }

    /// What there is no more of, if nothing more fits.
    #[must_use]
    pub fn full(&self) -> Option<Rule> {
        if self.pending >= self.capacity {
            return Some(Rule::Pending);
        }
        self.bytes_max.filter(|max| self.bytes >= *max).map(|_| Rule::Bytes)
    }
}

/// Of nothing, all is taken.
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}
