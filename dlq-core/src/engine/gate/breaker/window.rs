//! What a closed breaker remembers of its calls.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::{BreakerWindow, TripOn};

/// Into how many steps a window of time is divided.
const STEPS: u32 = 10;

/// What a closed breaker remembers of its calls: a row of failures, or a share of them.
#[derive(Debug)]
pub(super) enum Window {
    Row { failures: u32, max: u32 },
    Share { rate: f64, calls_min: u32, calls: Calls },
}

/// The calls that a share is taken of: the last ones, each with whether it failed, or those of the last steps of time.
#[derive(Debug)]
pub(super) enum Calls {
    Last { failed: VecDeque<bool>, failures: u64, most: usize },
    Lately { steps: VecDeque<Step>, step: Duration, origin: Option<Instant> },
}

/// What ended within one step of time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    number: u128,
    calls: u64,
    failures: u64,
}

impl Window {
    pub(super) fn new(trip_on: TripOn) -> Self {
        match trip_on {
            TripOn::ConsecutiveFailures(max) => Self::Row { failures: 0, max },
            TripOn::FailureRate { rate, window, calls_min } => {
                Self::Share { rate, calls_min, calls: Calls::new(window) }
            }
        }
    }

    pub(super) fn succeeded(&mut self, now: Instant) {
        match self {
            Self::Row { failures, .. } => *failures = 0,
            Self::Share { calls, .. } => calls.remember(false, now),
        }
    }

    /// Remembers a failure; answers whether that is too much.
    pub(super) fn failed(&mut self, now: Instant) -> bool {
        match self {
            Self::Row { failures, max } => {
                *failures += 1;
                failures >= max
            }
            Self::Share { rate, calls_min, calls } => {
                calls.remember(true, now);
                let (failures, all) = calls.count();
                all >= u64::from(*calls_min) && failures as f64 >= *rate * all as f64
            }
        }
    }
}

impl Calls {
    fn new(window: BreakerWindow) -> Self {
        match window {
            BreakerWindow::Calls(most) => {
                let most = usize::try_from(most).unwrap_or(usize::MAX);
                Self::Last { failed: VecDeque::new(), failures: 0, most }
            }
            BreakerWindow::Time(span) => {
                Self::Lately { steps: VecDeque::new(), step: span / STEPS, origin: None }
            }
        }
    }

    fn remember(&mut self, failure: bool, now: Instant) {
        match self {
            Self::Last { failed, failures, most } => {
                if failed.len() >= *most {
                    *failures -= u64::from(failed.pop_front().unwrap_or(false));
                }
                failed.push_back(failure);
                *failures += u64::from(failure);
            }
            Self::Lately { steps, step, origin } => {
                let since = now.saturating_duration_since(*origin.get_or_insert(now));
                remember_in_step(steps, since.as_nanos() / step.as_nanos(), failure);
            }
        }
    }

    /// How many failed, and how many there were.
    fn count(&self) -> (u64, u64) {
        match self {
            Self::Last { failed, failures, .. } => (*failures, failed.len() as u64),
            Self::Lately { steps, .. } => {
                (steps.iter().map(|step| step.failures).sum(), steps.iter().map(|step| step.calls).sum())
            }
        }
    }
}

/// Counts in the newest step, also what ended a little before it: threads do not tell their results in order.
fn remember_in_step(steps: &mut VecDeque<Step>, number: u128, failure: bool) {
    let number = steps.back().map_or(number, |newest| newest.number.max(number));
    while steps.pop_front_if(|oldest| oldest.number + u128::from(STEPS) <= number).is_some() {}
    if steps.back().is_none_or(|newest| newest.number < number) {
        steps.push_back(Step { number, calls: 0, failures: 0 });
    }
    if let Some(newest) = steps.back_mut() {
        newest.calls += 1;
        newest.failures += u64::from(failure);
    }
}
