//! [`Backpressure`], a strategy as data, and the [`Gate`] that follows it.

mod adaptive;
mod threshold;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::adaptive::Adaptive;
use self::adaptive::Strain;
pub use self::threshold::Threshold;
use super::{Pressure, Rule, Verdict, Wait};
use crate::invalid::Invalid;

/// What is done when more comes than is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backpressure {
    /// Callers wait while all places or bytes are taken.
    #[default]
    Block,
    /// What has waited longest makes room.
    DropOldest,
    /// What comes is refused.
    DropNewest,
    /// By utilisation, and by how well the storage does.
    Adaptive(Adaptive),
    /// By limits of your own.
    Threshold(Threshold),
}

/// What may be done about something that cannot simply pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relief {
    /// It waits; nothing is lost.
    #[default]
    Wait,
    /// What has waited longest is dropped.
    DropOldest,
    /// It is refused.
    DropNewest,
}

impl Relief {
    const fn verdict(self, rule: Rule, wait: Wait) -> Verdict {
        match self {
            Self::Wait => Verdict::Wait { rule, wait },
            Self::DropOldest => Verdict::DropOldest { rule },
            Self::DropNewest => Verdict::Refuse { rule },
        }
    }

    /// What is done while nothing more fits.
    fn when_full(self, pressure: &Pressure) -> Verdict {
        pressure.full().map_or(Verdict::Pass, |rule| self.verdict(rule, Wait::UNTIL_GIVEN_BACK))
    }
}

/// Follows a [`Backpressure`] strategy; everyone may ask at once.
///
/// ```
/// use dlq_core::engine::gate::{Backpressure, Gate, Pressure, Rule, Verdict};
///
/// let gate = Gate::new(Backpressure::DropNewest)?;
/// assert_eq!(gate.check(&Pressure::of(99, 100)), Verdict::Pass);
/// assert_eq!(gate.check(&Pressure::of(100, 100)), Verdict::Refuse { rule: Rule::Pending });
/// # Ok::<(), dlq_core::Invalid>(())
/// ```
#[derive(Debug)]
pub struct Gate {
    strategy: Backpressure,
    strain: Strain,
}

impl Gate {
    /// A gate for a strategy.
    ///
    /// # Errors
    /// The first value of [`Adaptive`] or [`Threshold`] that is not allowed: their docs list what is.
    pub fn new(strategy: Backpressure) -> Result<Self, Invalid> {
        match &strategy {
            Backpressure::Adaptive(adaptive) => adaptive.validate()?,
            Backpressure::Threshold(threshold) => threshold.validate()?,
            Backpressure::Block | Backpressure::DropOldest | Backpressure::DropNewest => {}
        }
        Ok(Self { strategy, strain: Strain::default() })
    }

    /// What it follows.
    #[must_use]
    pub const fn strategy(&self) -> Backpressure {
        self.strategy
    }

    /// Whether one more may pass; nothing is taken, so those who ask at once get the same answer. While nothing is pending it may, whatever else is the matter: nobody else would find
    /// out that all is well again.
    pub fn check(&self, pressure: &Pressure) -> Verdict {
        let verdict = match &self.strategy {
            Backpressure::Block => Relief::Wait.when_full(pressure),
            Backpressure::DropOldest => Relief::DropOldest.when_full(pressure),
            Backpressure::DropNewest => Relief::DropNewest.when_full(pressure),
            Backpressure::Adaptive(adaptive) => adaptive.decide(&self.strain, pressure),
            Backpressure::Threshold(threshold) => threshold.decide(pressure),
        };
        if pressure.pending == 0 { Verdict::Pass } else { verdict }
    }
}
