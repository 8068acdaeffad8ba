//! [`TokenBucket`]: a burst at once, then an even flow.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use super::{Limiter, Rate, Throttled};
use crate::invalid::Invalid;

/// A burst at once, then an even flow: in any span of time it lets through a burst and what the rate allows, or, where
/// more than a burst is asked for in one go, that in place of the burst.
///
/// Timers wake late, by a millisecond or more: a burst that the rate fills sooner than that holds the flow below the rate.
///
/// ```
/// use dlq_core::engine::gate::{Limiter, Rate, TokenBucket};
/// use std::num::NonZeroU32;
/// use std::time::{Duration, Instant};
///
/// let ten = NonZeroU32::new(10).ok_or("zero")?;
/// let now = Instant::now();
/// let mut bucket = TokenBucket::new(Rate::per_second(ten), ten, now)?;
/// assert!(bucket.try_acquire(10, now).is_ok(), "a burst");
/// let throttled = bucket.try_acquire(1, now).unwrap_err();
/// assert_eq!(throttled.wait, Duration::from_millis(100));
/// assert!(bucket.try_acquire(1, now + throttled.wait).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TokenBucket {
    rate: Rate,
    burst: NonZeroU32,
    /// What may be taken, below zero where more than a burst was. One permit is as many as `rate.per` has nanoseconds, so
    /// that each nanosecond adds `rate.permits`, and no fraction is ever lost.
    credit: i128,
    /// Until when credit was added.
    until: Instant,
}

impl TokenBucket {
    /// A bucket that begins with a whole burst.
    ///
    /// # Errors
    /// A rate that is not allowed.
    pub fn new(rate: Rate, burst: NonZeroU32, now: Instant) -> Result<Self, Invalid> {
        rate.validate()?;
        let mut bucket = Self { rate, burst, credit: 0, until: now };
        bucket.credit = bucket.full();
        Ok(bucket)
    }

    fn price(&self, permits: u32) -> i128 {
        i128::from(permits) * nanos(self.rate.per)
    }

    fn full(&self) -> i128 {
        self.price(self.burst.get())
    }

    fn fill(&mut self, now: Instant) {
        let added = nanos(now.saturating_duration_since(self.until)) * i128::from(self.rate.permits.get());
        self.credit = self.credit.saturating_add(added).min(self.full());
        self.until = self.until.max(now);
    }
}

impl Limiter for TokenBucket {
    fn try_acquire(&mut self, permits: u32, now: Instant) -> Result<(), Throttled> {
        self.fill(now);
        let price = self.price(permits);
        let missing = price.min(self.full()) - self.credit;
        if missing <= 0 || permits == 0 {
            self.credit -= price;
            return Ok(());
        }
        let each = i128::from(self.rate.permits.get());
        Err(Throttled { wait: span((missing + each - 1) / each) })
    }

    fn set_rate(&mut self, rate: Rate, now: Instant) -> Result<(), Invalid> {
        rate.validate()?;
        self.fill(now);
        let (old, new) = (nanos(self.rate.per), nanos(rate.per));
        self.credit = (self.credit * new).div_euclid(old);
        self.rate = rate;
        Ok(())
    }
}

fn nanos(span: Duration) -> i128 {
    i128::try_from(span.as_nanos()).unwrap_or(i128::MAX)
}

fn span(nanos: i128) -> Duration {
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}
