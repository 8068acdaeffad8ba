//! [`Adaptive`]: waits while that helps, and drops, where that was allowed, while it does not.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Relief;
use super::threshold::is_share;
use crate::engine::gate::{Pressure, Rule, Verdict, Wait};
use crate::invalid::{Invalid, ensure};

/// Waits while that helps, and drops, where that was allowed, while it does not.
///
/// | | the storage does well | it is slow or failing |
/// |---|---|---|
/// | there is room | pass | pass: that is what the room is for |
/// | it is crowded | wait: there will be room soon | [`at_worst`](Self::at_worst) |
///
/// What has crossed its limit counts until it falls below [`recover`](Self::recover) of it, so that the answer does not
/// change with every record. What nobody measured is neither slow nor failing.
///
/// ```
/// use dlq_core::engine::gate::{Adaptive, Backpressure, Gate, Pressure, Relief, Rule, Verdict};
///
/// let adaptive = Adaptive { at_worst: Relief::DropOldest, ..Adaptive::default() };
/// let gate = Gate::new(Backpressure::Adaptive(adaptive))?;
/// let crowded = Pressure { error_rate: Some(0.0), ..Pressure::of(80, 100) };
/// assert!(matches!(gate.check(&crowded), Verdict::Wait { rule: Rule::Utilisation, .. }));
/// let failing = Pressure { error_rate: Some(0.9), ..crowded };
/// assert_eq!(gate.check(&failing), Verdict::DropOldest { rule: Rule::ErrorRate });
/// # Ok::<(), dlq_core::Invalid>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adaptive {
    /// From which share of places or bytes on it is crowded: more than 0, to 1. Default 0.8.
    pub utilisation: f64,
    /// From which time to answer on the storage is slow; more than nothing. Default 1 s.
    pub store_latency: Option<Duration>,
    /// From which share of failed tries on the storage is failing: more than 0, to 1. Default 0.5.
    pub error_rate: Option<f64>,
    /// Below which share of its limit something counts no longer: more than 0, to 1. Default 0.75.
    pub recover: f64,
    /// The worst that may be done. Default: it waits, and nothing is ever dropped.
    pub at_worst: Relief,
}

impl Default for Adaptive {
    fn default() -> Self {
        Self {
            utilisation: 0.8,
            store_latency: Some(Duration::from_secs(1)),
            error_rate: Some(0.5),
            recover: 0.75,
            at_worst: Relief::Wait,
        }
    }
}

impl Adaptive {
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        let share = "a share of more than 0, to 1";
        ensure(is_share(self.utilisation), "adaptive.utilisation", &self.utilisation, share)?;
        ensure(is_share(self.recover), "adaptive.recover", &self.recover, share)?;
        let latency = self.store_latency;
        let some = latency != Some(Duration::ZERO);
        ensure(some, "adaptive.store_latency", &latency, "more than nothing, or none")?;
        let rate = self.error_rate;
        ensure(
            rate.is_none_or(is_share),
            "adaptive.error_rate",
            &rate,
            "a share of more than 0, to 1, or none",
        )
    }

    pub(super) fn decide(&self, strain: &Strain, pressure: &Pressure) -> Verdict {
        let crosses = |latch: &Latch, value, limit| latch.look(value, limit, self.recover);
        let seconds = |span: Option<Duration>| span.map(|span| span.as_secs_f64());
        let crowded = crosses(&strain.crowded, Some(pressure.utilisation()), Some(self.utilisation));
        let slow = crosses(&strain.slow, seconds(pressure.store_latency), seconds(self.store_latency));
        let failing = crosses(&strain.failing, pressure.error_rate, self.error_rate);
        let (relief, rule) = match (crowded, failing, slow) {
            (false, ..) => return Verdict::Pass,
            (true, true, _) => (self.at_worst, Rule::ErrorRate),
            (true, false, true) => (self.at_worst, Rule::StoreLatency),
            (true, false, false) => (Relief::Wait, Rule::Utilisation),
        };
        relief.verdict(rule, Wait::UNTIL_GIVEN_BACK)
    }
}

/// What has crossed its limit and has not come back far enough.
#[derive(Debug, Default)]
pub(super) struct Strain {
    crowded: Latch,
    slow: Latch,
    failing: Latch,
}

/// Whether a value has crossed its limit and has not come back far enough. It guards nothing: where two look at once, the
/// later look stands.
#[derive(Debug, Default)]
struct Latch(AtomicBool);

impl Latch {
    fn look(&self, value: Option<f64>, limit: Option<f64>, recover: f64) -> bool {
        let held = self.0.load(Ordering::Relaxed);
        let bar = if held { recover } else { 1.0 };
        let crossed = value.zip(limit).is_some_and(|(value, limit)| value >= limit * bar);
        if crossed != held {
            self.0.store(crossed, Ordering::Relaxed);
        }
        crossed
    }
}
