//! [`SlidingWindow`]: never more than so many in any window of time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::{Limiter, Rate, Throttled};
use crate::invalid::Invalid;

/// Into how many parts a window is divided. What was taken within one part leaves the window together, with the last of
/// it, so that memory stays the same whatever the rate.
const PARTS: u32 = 64;

/// Never lets more than so many through in any window of time, wherever it begins; what is asked for in one go and is
/// more than that passes alone.
///
/// A permit is free again when its window is over, at most a 64th of the window later.
///
/// ```
/// use dlq_core::engine::gate::{Limiter, Rate, SlidingWindow};
/// use std::num::NonZeroU32;
/// use std::time::{Duration, Instant};
///
/// let now = Instant::now();
/// let mut window = SlidingWindow::new(Rate::per_second(NonZeroU32::new(10).ok_or("zero")?))?;
/// assert!(window.try_acquire(10, now).is_ok());
/// let later = now + Duration::from_millis(600);
/// let throttled = window.try_acquire(1, later).unwrap_err();
/// assert_eq!(throttled.wait, Duration::from_millis(400));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SlidingWindow {
    rate: Rate,
    /// What was taken, the oldest first.
    parts: VecDeque<Part>,
    taken: u64,
    latest: Option<Instant>,
}

/// What was taken within one part of the window.
#[derive(Clone, Copy, Debug)]
struct Part {
    first: Instant,
    last: Instant,
    permits: u64,
}

impl SlidingWindow {
    /// A window in which nothing was taken.
    ///
    /// # Errors
    /// A rate that is not allowed.
    pub fn new(rate: Rate) -> Result<Self, Invalid> {
        rate.validate()?;
        Ok(Self { rate, parts: VecDeque::new(), taken: 0, latest: None })
    }

    /// Moves the window on; answers the time, which never goes back.
    fn slide(&mut self, now: Instant) -> Instant {
        let now = self.latest.map_or(now, |latest| latest.max(now));
        self.latest = Some(now);
        let per = self.rate.per;
        while let Some(part) = self.parts.pop_front_if(|part| now.saturating_duration_since(part.last) >= per)
        {
            self.taken -= part.permits;
        }
        now
    }

    fn take(&mut self, permits: u64, now: Instant) {
        self.taken += permits;
        let grain = self.rate.per / PARTS;
        match self.parts.back_mut() {
            Some(part) if now.saturating_duration_since(part.first) < grain => {
                part.last = now;
                part.permits += permits;
            }
            _ => self.parts.push_back(Part { first: now, last: now, permits }),
        }
    }

    /// How long until no more than so many are taken.
    fn until_down_to(&self, goal: u64, now: Instant) -> Duration {
        let mut left = self.taken;
        for part in &self.parts {
            left -= part.permits;
            if left <= goal {
                return self.rate.per.saturating_sub(now.saturating_duration_since(part.last));
            }
        }
        Duration::ZERO
    }
}

impl Limiter for SlidingWindow {
    fn try_acquire(&mut self, permits: u32, now: Instant) -> Result<(), Throttled> {
        let now = self.slide(now);
        let goal = u64::from(self.rate.permits.get().saturating_sub(permits));
        if permits == 0 {
            return Ok(());
        }
        if self.taken <= goal {
            self.take(u64::from(permits), now);
            return Ok(());
        }
        Err(Throttled { wait: self.until_down_to(goal, now) })
    }

    /// What has left the old window is not called back into a longer one.
    fn set_rate(&mut self, rate: Rate, now: Instant) -> Result<(), Invalid> {
        rate.validate()?;
        self.slide(now);
        self.rate = rate;
        Ok(())
    }
}
