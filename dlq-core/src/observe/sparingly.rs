//! [`Sparingly`]: what goes on for hours is said every so often.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Says at once that something is to be told, and then only every so often.
#[derive(Debug)]
pub struct Sparingly {
    every: Duration,
    told: Mutex<Option<Instant>>,
}

impl Sparingly {
    /// At once, and then so often.
    #[must_use]
    pub const fn every(every: Duration) -> Self {
        Self { every, told: Mutex::new(None) }
    }

    /// Whether it is to be told at this moment; it then counts as told.
    pub fn is_due(&self, now: Instant) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let due = told.is_none_or(|told| now.saturating_duration_since(told) >= self.every);
        if due {
            *told = Some(now);
        }
        due
    }

    /// Ends what went on; answers whether it had been told at all. If it comes back it is told at once.
    pub fn end(&self) -> bool {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_once_then_every_so_often_and_at_once_again_when_it_comes_back() {
        let (sparingly, begin) = (Sparingly::every(Duration::from_secs(30)), Instant::now());
        let at = |seconds| sparingly.is_due(begin + Duration::from_secs(seconds));
        assert!(!sparingly.end());
        assert_eq!([0, 1, 29, 30, 31, 60].map(at), [true, false, false, true, false, true]);
        assert!(sparingly.end() && !sparingly.end());
        assert!(at(61));
    }
}
