//! [`BreakerConfig`]: when a breaker opens, and for how long.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::invalid::{Invalid, ensure};

/// The most calls that a window or a row of failures may span.
const CALLS_MAX: u32 = 100_000;

/// When a breaker opens, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BreakerConfig {
    /// What opens it. Default: half of the last 100 calls, once there were 10.
    pub trip_on: TripOn,
    /// How long it stays open before it lets probes through; more than nothing. Default 2 s.
    pub open_for: Duration,
    /// How many probes must succeed before it closes, and how many may be out at once; 1 to 100 000. Default 1.
    pub probes: u32,
}

/// What opens a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TripOn {
    /// So many failures without a success between them; 1 to 100 000.
    ConsecutiveFailures(u32),
    /// Too large a share of failures.
    FailureRate {
        /// From which share on: more than 0, to 1.
        rate: f64,
        /// Of which calls.
        window: BreakerWindow,
        /// It stays closed while there were fewer; 1 or more, and no more than a window of calls holds.
        calls_min: u32,
    },
}

/// Which calls a share is taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakerWindow {
    /// The last so many; 1 to 100 000.
    Calls(u32),
    /// Those that ended in the last so long, in steps of a tenth of it; 1 ms or more.
    Time(Duration),
}

impl Default for BreakerConfig {
    fn default() -> Self {
        let window = BreakerWindow::Calls(100);
        Self {
            trip_on: TripOn::FailureRate { rate: 0.5, window, calls_min: 10 },
            open_for: Duration::from_secs(2),
            probes: 1,
        }
    }
}

impl BreakerConfig {
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        let calls = |calls: u32| (1..=CALLS_MAX).contains(&calls);
        ensure(!self.open_for.is_zero(), "breaker.open_for", &self.open_for, "more than nothing")?;
        ensure(calls(self.probes), "breaker.probes", &self.probes, "1 to 100000")?;
        let (rate, window, calls_min) = match self.trip_on {
            TripOn::ConsecutiveFailures(failures) => {
                return ensure(calls(failures), "breaker.consecutive_failures", &failures, "1 to 100000");
            }
            TripOn::FailureRate { rate, window, calls_min } => (rate, window, calls_min),
        };
        let share = "a share of more than 0, to 1";
        ensure(rate > 0.0 && rate <= 1.0, "breaker.failure_rate", &rate, share)?;
        let (right, min_right, allowed) = match window {
            BreakerWindow::Calls(last) => (calls(last), calls_min <= last, "1 to 100000 calls"),
            BreakerWindow::Time(span) => (span >= Duration::from_millis(1), true, "1 ms or more"),
        };
        ensure(right, "breaker.window", &window, allowed)?;
        let allowed = "1 or more, and no more than the window holds";
        ensure(calls_min >= 1 && min_right, "breaker.calls_min", &calls_min, allowed)
    }
}
