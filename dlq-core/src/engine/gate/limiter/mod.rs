//! How fast: a [`Limiter`] lets through what its [`Rate`] allows.

mod sliding_window;
mod token_bucket;

#[cfg(test)]
mod tests;

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

pub use self::sliding_window::SlidingWindow;
pub use self::token_bucket::TokenBucket;
use super::Wait;
use crate::invalid::{Invalid, ensure};

/// So many in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// How many; 1 or more.
    pub permits: NonZeroU32,
    /// In how long; more than nothing, at most a day.
    pub per: Duration,
}

const PER_MAX: Duration = Duration::from_secs(24 * 60 * 60);

impl Rate {
    /// So many in a second.
    #[must_use]
    pub const fn per_second(permits: NonZeroU32) -> Self {
        Self { permits, per: Duration::from_secs(1) }
    }

    fn validate(self) -> Result<(), Invalid> {
        let allowed = "more than nothing, at most a day";
        ensure(!self.per.is_zero() && self.per <= PER_MAX, "rate.per", &self.per, allowed)
    }
}

/// Asked for more than its rate, a limiter says how long it takes until there will be enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rate allows it in {wait:?}")]
pub struct Throttled {
    /// How long until there will be enough, if nobody else takes it.
    pub wait: Duration,
}

impl From<Throttled> for Wait {
    fn from(throttled: Throttled) -> Self {
        Self::at_most(throttled.wait)
    }
}

/// Lets through what its rate allows.
///
/// - What is taken is taken at once or not at all; nothing can always be taken.
/// - More than it ever holds passes alone: when nothing else was taken lately. What follows then waits for longer.
/// - A time before one it was already told counts as that one.
pub trait Limiter: std::fmt::Debug + Send {
    /// Takes so many permits.
    ///
    /// # Errors
    /// How long until there will be enough; nothing was taken.
    fn try_acquire(&mut self, permits: u32, now: Instant) -> Result<(), Throttled>;

    /// Changes the rate from now on: what was saved or used until now stays so.
    ///
    /// # Errors
    /// A rate that is not allowed; the old one stays.
    fn set_rate(&mut self, rate: Rate, now: Instant) -> Result<(), Invalid>;
}

const _: Option<&dyn Limiter> = None;
