//! The rules of a breaker, for one thread and without a clock.

use std::fmt;
use std::time::Instant;

use super::BreakerConfig;
use super::window::Window;

/// Where a breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BreakerPhase {
    /// Calls go through.
    Closed,
    /// Calls are refused.
    Open,
    /// A few calls go through as probes.
    HalfOpen,
}

impl BreakerPhase {
    /// Its name, as a metric's label has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

impl fmt::Display for BreakerPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A breaker refuses a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the circuit breaker is open: too many calls failed")]
pub struct BreakerOpen {
    /// When a probe may go through; `None` if as many as may are out, and their results decide.
    pub until: Option<Instant>,
}

/// What became of a call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome {
    Succeeded(Instant),
    Failed(Instant),
    Abandoned,
}

#[derive(Debug)]
pub(super) struct State {
    config: BreakerConfig,
    phase: Phase,
    /// Counts the phases, so that a call is known to have begun in an earlier one.
    era: u64,
}

#[derive(Debug)]
enum Phase {
    Closed(Window),
    /// Until then, or for ever where a clock cannot show the time.
    Open(Option<Instant>),
    HalfOpen {
        out: u32,
        succeeded: u32,
    },
}

impl State {
    pub(super) fn new(config: BreakerConfig) -> Self {
        Self { config, phase: Phase::Closed(Window::new(config.trip_on)), era: 0 }
    }

    pub(super) const fn phase(&self) -> BreakerPhase {
        match self.phase {
            Phase::Closed(_) => BreakerPhase::Closed,
            Phase::Open(_) => BreakerPhase::Open,
            Phase::HalfOpen { .. } => BreakerPhase::HalfOpen,
        }
    }

    /// Lets a call begin; answers the era in which it did.
    pub(super) fn begin(&mut self, now: Instant) -> Result<u64, BreakerOpen> {
        if let Phase::Open(until) = self.phase {
            if until.is_none_or(|until| now < until) {
                return Err(BreakerOpen { until });
            }
            self.enter(Phase::HalfOpen { out: 0, succeeded: 0 });
        }
        if let Phase::HalfOpen { out, succeeded } = &mut self.phase {
            if *out + *succeeded >= self.config.probes {
                return Err(BreakerOpen { until: None });
            }
            *out += 1;
        }
        Ok(self.era)
    }

    pub(super) fn end(&mut self, era: u64, outcome: Outcome) {
        if era != self.era {
            return;
        }
        match (&mut self.phase, outcome) {
            (Phase::Closed(window), Outcome::Succeeded(now)) => window.succeeded(now),
            (Phase::Closed(window), Outcome::Failed(now)) => {
                if window.failed(now) {
                    self.trip(now);
                }
            }
            (Phase::HalfOpen { .. }, Outcome::Failed(now)) => self.trip(now),
            (Phase::HalfOpen { out, succeeded }, Outcome::Succeeded(_)) => {
                *out -= 1;
                *succeeded += 1;
                if *succeeded >= self.config.probes {
                    self.close();
                }
            }
            (Phase::HalfOpen { out, .. }, Outcome::Abandoned) => *out -= 1,
            (Phase::Closed(_), Outcome::Abandoned) | (Phase::Open(_), _) => {}
        }
    }

    pub(super) fn trip(&mut self, now: Instant) {
        self.enter(Phase::Open(now.checked_add(self.config.open_for)));
    }

    pub(super) fn close(&mut self) {
        self.enter(Phase::Closed(Window::new(self.config.trip_on)));
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.era += 1;
    }
}
