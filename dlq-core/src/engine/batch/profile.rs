//! [`BatchConfig`]: the numbers of a batch processor, and profiles that name what they are for.

use std::time::Duration;

use super::BatchSizing;
use crate::invalid::{Invalid, ensure};

/// The numbers of a [`BatchProcessor`](super::BatchProcessor). Plain data: checked when a processor starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BatchConfig {
    /// How many items travel together: 1 to 100 000.
    pub size: BatchSizing,
    /// How long an item waits for company, counted from its submission: up to 60 s.
    pub linger: Duration,
    /// Closes a batch, too, once its items weigh so many bytes, by what the sink says: at least 1. None: never.
    pub bytes_max: Option<usize>,
    /// How many batches are filled or written side by side: 1 to 64. With one, batches are written in the order in which
    /// their items arrived; with more they are filled in that order, and may overtake each other when written.
    pub workers: usize,
    /// How many items may wait to be taken into a batch: a power of two from 2 to 16 777 216, and at least as many as a
    /// batch may hold. The memory for them is taken at the start.
    pub queue: usize,
}

impl BatchConfig {
    /// Full batches where there is much to do, and no item kept waiting where there is little: up to 1000 items, as many as
    /// are written within 250 ms, and 5 ms for company. SQLite and PostgreSQL are near their best from 500 items a
    /// transaction; a second writer keeps them busy while the first batch is on its way.
    pub const DEFAULT: Self = Self {
        size: BatchSizing::Adaptive { min: 100, max: 1_000, target: Duration::from_millis(250) },
        linger: Duration::from_millis(5),
        bytes_max: None,
        workers: 2,
        queue: 4_096,
    };

    /// An answer soon: up to 200 items, and 1 ms for company. Up to that size PostgreSQL answers the slowest of a hundred
    /// batches within 10 ms; batches much smaller cost it more than they spare, and what lags would fall behind.
    pub const LOW_LATENCY: Self = Self {
        size: BatchSizing::Adaptive { min: 100, max: 200, target: Duration::from_millis(10) },
        linger: Duration::from_millis(1),
        bytes_max: None,
        workers: 4,
        queue: 1_024,
    };

    /// As much as the sink takes: up to 5000 items, as many as are written within 500 ms, and 20 ms for company. More
    /// writers and a longer queue, so that neither a slow commit nor a burst empties the other's hands.
    pub const HIGH_THROUGHPUT: Self = Self {
        size: BatchSizing::Adaptive { min: 1_000, max: 5_000, target: Duration::from_millis(500) },
        linger: Duration::from_millis(20),
        bytes_max: None,
        workers: 4,
        queue: 32_768,
    };

    /// Checks every number.
    ///
    /// # Errors
    /// The first that is not allowed: its field, the value, and what is allowed.
    pub fn validate(&self) -> Result<(), Invalid> {
        let sizes = 1..=100_000;
        match &self.size {
            BatchSizing::Fixed(size) => ensure(sizes.contains(size), "size", size, "1 to 100000")?,
            BatchSizing::Adaptive { min, max, target } => {
                ensure(sizes.contains(max), "size.max", max, "1 to 100000")?;
                ensure((1..=*max).contains(min), "size.min", min, "1 to size.max")?;
                ensure(!target.is_zero(), "size.target", target, "more than nothing")?;
            }
        }
        ensure(self.linger <= Duration::from_secs(60), "linger", &self.linger, "up to 60s")?;
        ensure(self.bytes_max != Some(0), "bytes_max", &self.bytes_max, "at least 1, or none")?;
        ensure((1..=64).contains(&self.workers), "workers", &self.workers, "1 to 64")?;
        let queue = (2..=1 << 24).contains(&self.queue) && self.queue.is_power_of_two();
        ensure(queue, "queue", &self.queue, "a power of two from 2 to 16777216")?;
        ensure(self.queue >= self.size.max(), "queue", &self.queue, "at least as many as a batch may hold")
    }
}

impl Default for BatchConfig {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(config: BatchConfig) -> String {
        config.validate().unwrap_err().to_string()
    }

    #[test]
    fn the_profiles_are_valid() {
        for profile in [BatchConfig::DEFAULT, BatchConfig::LOW_LATENCY, BatchConfig::HIGH_THROUGHPUT] {
            assert_eq!(profile.validate(), Ok(()));
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        let config = BatchConfig::DEFAULT;
        let sized = |size| refusal(BatchConfig { size, ..config });
        let target = Duration::from_millis(1);
        assert_eq!(sized(BatchSizing::Fixed(0)), "size = 0: allowed: 1 to 100000");
        assert_eq!(
            sized(BatchSizing::Adaptive { min: 0, max: 9, target }),
            "size.min = 0: allowed: 1 to size.max"
        );
        assert_eq!(
            sized(BatchSizing::Adaptive { min: 10, max: 9, target }),
            "size.min = 10: allowed: 1 to size.max"
        );
        let never = BatchSizing::Adaptive { min: 1, max: 9, target: Duration::ZERO };
        assert_eq!(sized(never), "size.target = 0ns: allowed: more than nothing");
        assert_eq!(refusal(BatchConfig { workers: 0, ..config }), "workers = 0: allowed: 1 to 64");
        assert_eq!(
            refusal(BatchConfig { queue: 1000, ..config }),
            "queue = 1000: allowed: a power of two from 2 to 16777216"
        );
        assert_eq!(
            refusal(BatchConfig { queue: 512, ..config }),
            "queue = 512: allowed: at least as many as a batch may hold"
        );
        let linger = Duration::from_secs(61);
        assert_eq!(refusal(BatchConfig { linger, ..config }), "linger = 61s: allowed: up to 60s");
        let bytes_max = Some(0);
        assert_eq!(
            refusal(BatchConfig { bytes_max, ..config }),
            "bytes_max = Some(0): allowed: at least 1, or none"
        );
    }
}
