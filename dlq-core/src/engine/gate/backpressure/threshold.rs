//! [`Threshold`]: limits of your own.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Relief;
use crate::engine::gate::{Pressure, Rule, Verdict, Wait};
use crate::invalid::{Invalid, ensure};

/// How long one waits for a processor or a storage to do better before asking again: nobody tells when they do.
const ASK_AGAIN: Duration = Duration::from_millis(250);

/// Limits of your own. A limit counts as soon as it is reached; without one, only what is full is beyond.
///
/// ```
/// use dlq_core::engine::gate::{Backpressure, Gate, Pressure, Relief, Rule, Threshold, Verdict};
///
/// let limits = Threshold { cpu: Some(0.9), beyond: Relief::DropNewest, ..Threshold::default() };
/// let gate = Gate::new(Backpressure::Threshold(limits))?;
/// let busy = Pressure { cpu: Some(0.95), ..Pressure::of(1, 100) };
/// assert_eq!(gate.check(&busy), Verdict::Refuse { rule: Rule::Cpu });
/// # Ok::<(), dlq_core::Invalid>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Threshold {
    /// How many may be pending; 1 or more. Default: as many as there are places.
    pub pending: Option<usize>,
    /// How many bytes they may hold; 1 or more. Default: as many as the pressure says.
    pub bytes: Option<usize>,
    /// Which share of its cores this process may keep busy: more than 0, to 1. Default: whatever it likes.
    pub cpu: Option<f64>,
    /// Which share of tries may fail: more than 0, to 1. Default: all.
    pub error_rate: Option<f64>,
    /// What is done beyond a limit. Default: it waits.
    pub beyond: Relief,
}

impl Threshold {
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        let some = |limit: Option<usize>| limit != Some(0);
        ensure(some(self.pending), "threshold.pending", &self.pending, "1 or more, or none")?;
        ensure(some(self.bytes), "threshold.bytes", &self.bytes, "1 or more, or none")?;
        let allowed = "a share of more than 0, to 1, or none";
        ensure(self.cpu.is_none_or(is_share), "threshold.cpu", &self.cpu, allowed)?;
        ensure(self.error_rate.is_none_or(is_share), "threshold.error_rate", &self.error_rate, allowed)
    }

    pub(super) fn decide(&self, pressure: &Pressure) -> Verdict {
        match self.beyond_which(pressure) {
            None => Verdict::Pass,
            Some(rule @ (Rule::Cpu | Rule::ErrorRate)) => self.beyond.verdict(rule, Wait::at_most(ASK_AGAIN)),
            Some(rule) => self.beyond.verdict(rule, Wait::UNTIL_GIVEN_BACK),
        }
    }

    fn beyond_which(&self, pressure: &Pressure) -> Option<Rule> {
        if self.pending.is_some_and(|limit| pressure.pending >= limit) {
            return Some(Rule::Pending);
        }
        if self.bytes.is_some_and(|limit| pressure.bytes >= limit) {
            return Some(Rule::Bytes);
        }
        let reached = |value: Option<f64>, limit: Option<f64>| value.zip(limit).is_some_and(|(v, l)| v >= l);
        if reached(pressure.error_rate, self.error_rate) {
            return Some(Rule::ErrorRate);
        }
        if reached(pressure.cpu, self.cpu) {
            return Some(Rule::Cpu);
        }
        pressure.full()
    }
}

/// Whether it is more than nothing and not more than all.
pub(super) fn is_share(value: f64) -> bool {
    value > 0.0 && value <= 1.0
}
