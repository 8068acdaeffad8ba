//! [`BackoffStrategy`]: how long to wait before the next attempt.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::invalid::{Invalid, ensure};

/// How long to wait before the next attempt.
#[derive(Clone, Debug, PartialEq)]
pub enum BackoffStrategy {
    /// Not at all.
    None,
    /// The same time, whatever the attempt.
    Fixed(Duration),
    /// A little more each time.
    Linear {
        /// The first wait.
        initial: Duration,
        /// What each further one adds.
        increment: Duration,
        /// The longest.
        max: Duration,
    },
    /// Many times more each time.
    Exponential {
        /// The first wait.
        base: Duration,
        /// What each further one is multiplied by; 1 or more.
        multiplier: f64,
        /// The longest.
        max: Duration,
    },
    /// As [`Exponential`](Self::Exponential), but spread, so that what failed together does not come again together.
    ExponentialWithJitter {
        /// The first wait.
        base: Duration,
        /// What each further one is multiplied by; 1 or more.
        multiplier: f64,
        /// The longest.
        max: Duration,
        /// How far it is spread.
        jitter: Jitter,
    },
    /// As a function of your own says.
    Custom(CustomBackoff),
}

/// How far waits are spread. See [Exponential Backoff And
/// Jitter](https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Jitter {
    /// By this share of the wait, 0 to 1, to both sides.
    Partial(f64),
    /// Over all times from none to the wait.
    Full,
}

/// A function from the attempt's number, from 1, to the wait. Two are equal if they have the same name.
#[derive(Clone)]
pub struct CustomBackoff {
    name: Cow<'static, str>,
    wait: Arc<dyn Fn(u32) -> Duration + Send + Sync>,
}

impl CustomBackoff {
    /// A function, and the name under which messages and configuration know it. It must answer the same to the same
    /// question.
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        wait: impl Fn(u32) -> Duration + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), wait: Arc::new(wait) }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for CustomBackoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CustomBackoff({:?})", self.name)
    }
}

impl PartialEq for CustomBackoff {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl BackoffStrategy {
    /// How long to wait after attempt `attempt` failed, counted from 1. Whatever the attempt, nothing overflows.
    ///
    /// `seed` decides about the jitter: the same seed and attempt give the same wait, different seeds are spread evenly.
    /// A record's id makes a good one.
    #[must_use]
    pub fn wait(&self, attempt: u32, seed: u64) -> Duration {
        let before = attempt.saturating_sub(1);
        match *self {
            Self::None => Duration::ZERO,
            Self::Fixed(wait) => wait,
            Self::Linear { initial, increment, max } => {
                initial.saturating_add(increment.saturating_mul(before)).min(max)
            }
            Self::Exponential { base, multiplier, max } => exponential(base, multiplier, max, before),
            Self::ExponentialWithJitter { base, multiplier, max, jitter } => {
                let wait = exponential(base, multiplier, max, before);
                jitter.spread(wait, fraction(seed, attempt)).min(max)
            }
            Self::Custom(ref custom) => (custom.wait)(attempt.max(1)),
        }
    }

    /// Whether its numbers make sense.
    ///
    /// # Errors
    /// The first that does not: a longest wait below the first, a multiplier below 1, a share of jitter not within 0 to 1.
    pub fn check(&self) -> Result<(), Invalid> {
        let (first, max, multiplier) = match *self {
            Self::None | Self::Fixed(_) | Self::Custom(_) => return Ok(()),
            Self::Linear { initial, max, .. } => (initial, max, 1.0),
            Self::Exponential { base, multiplier, max } => (base, max, multiplier),
            Self::ExponentialWithJitter { base, multiplier, max, jitter } => {
                jitter.check()?;
                (base, max, multiplier)
            }
        };
        ensure(max >= first, "backoff.max", &max, "the first wait or more")?;
        let grows = multiplier.is_finite() && multiplier >= 1.0;
        ensure(grows, "backoff.multiplier", &multiplier, "1 or more")
    }
}

impl Jitter {
    fn spread(self, wait: Duration, fraction: f64) -> Duration {
        let (least, most) = match self {
            Self::Partial(share) => (1.0 - share, 1.0 + share),
            Self::Full => (0.0, 1.0),
        };
        times(wait, least + (most - least) * fraction)
    }

    fn check(self) -> Result<(), Invalid> {
        let right = match self {
            Self::Partial(share) => (0.0..=1.0).contains(&share),
            Self::Full => true,
        };
        ensure(right, "backoff.jitter", &self, "a share of 0 to 1")
    }
}

fn exponential(base: Duration, multiplier: f64, max: Duration, before: u32) -> Duration {
    let exponent = i32::try_from(before).unwrap_or(i32::MAX);
    if base.is_zero() { base } else { times(base, multiplier.powi(exponent)).min(max) }
}

/// A span so many times; the longest there is where it is longer than that, or the factor makes no sense.
fn times(span: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(span.as_secs_f64() * factor).unwrap_or(Duration::MAX)
}

/// A number from 0 to 1, evenly spread over seeds and attempts.
fn fraction(seed: u64, attempt: u32) -> f64 {
    let bits = xxh3_64_with_seed(&attempt.to_le_bytes(), seed) >> 32;
    f64::from(u32::try_from(bits).unwrap_or(u32::MAX)) / f64::from(u32::MAX)
}

#[cfg(test)]
#[path = "backoff_tests.rs"]
mod tests;
