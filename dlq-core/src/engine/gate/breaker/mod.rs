//! [`CircuitBreaker`]: does not ask what fails anyway.
//!
//! ```text
//!            too many failures                    a while later
//!  closed ───────────────────────► open ─────────────────────────► half-open
//!    ▲                              ▲                                │    │
//!    │                              └──────── a probe failed ────────┘    │
//!    └──────────────────────── enough probes succeeded ───────────────────┘
//! ```

mod config;
mod state;
mod window;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

pub use self::config::{BreakerConfig, BreakerWindow, TripOn};
pub use self::state::{BreakerOpen, BreakerPhase};
use self::state::{Outcome, State};
use crate::invalid::Invalid;

/// Does not ask what fails anyway: calls are refused while too many of them fail, and a few are let through now and then
/// to see whether that is over. Clones are the same breaker.
///
/// A probe that never ends keeps it half-open: what it guards needs a deadline of its own.
///
/// ```
/// use dlq_core::engine::gate::{BreakerConfig, BreakerPhase, CircuitBreaker, TripOn};
/// use std::time::Instant;
///
/// let trip_on = TripOn::ConsecutiveFailures(2);
/// let breaker = CircuitBreaker::new(BreakerConfig { trip_on, ..BreakerConfig::default() })?;
/// let now = Instant::now();
/// for _ in 0..2 {
///     breaker.begin(now)?.failed(now);
/// }
/// let open = breaker.begin(now).unwrap_err();
/// let until = open.until.ok_or("after a trip the time is known")?;
/// breaker.begin(until)?.succeeded(until);
/// assert_eq!(breaker.phase(), BreakerPhase::Closed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct CircuitBreaker {
    state: Arc<Mutex<State>>,
}

impl CircuitBreaker {
    /// A closed breaker.
    ///
    /// # Errors
    /// The first value that is not allowed.
    pub fn new(config: BreakerConfig) -> Result<Self, Invalid> {
        config.validate()?;
        Ok(Self { state: Arc::new(Mutex::new(State::new(config))) })
    }

    /// Begins a call. Its result is told to the [`Call`]; dropped without one, it counts for nothing, and if it was a
    /// probe, another may go in its place.
    ///
    /// # Errors
    /// The breaker is open, or as many probes as may are out.
    pub fn begin(&self, now: Instant) -> Result<Call, BreakerOpen> {
        let era = self.state().begin(now)?;
        Ok(Call { breaker: self.clone(), era, outcome: Outcome::Abandoned })
    }

    /// Where it stands.
    #[must_use]
    pub fn phase(&self) -> BreakerPhase {
        self.state().phase()
    }

    /// Opens it, as if too many calls had failed.
    pub fn trip(&self, now: Instant) {
        self.state().trip(now);
    }

    /// Closes it and forgets what failed.
    pub fn close(&self) {
        self.state().close();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that a [`CircuitBreaker`] let through. What became of it counts only if the breaker stands as it stood when the
/// call began: late news neither closes nor opens it.
#[derive(Debug)]
#[must_use = "dropped, the call counts as never made"]
pub struct Call {
    breaker: CircuitBreaker,
    era: u64,
    outcome: Outcome,
}

impl Call {
    /// It succeeded.
    pub fn succeeded(mut self, now: Instant) {
        self.outcome = Outcome::Succeeded(now);
    }

    /// It failed.
    pub fn failed(mut self, now: Instant) {
        self.outcome = Outcome::Failed(now);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.breaker.state().end(self.era, self.outcome);
    }
}
