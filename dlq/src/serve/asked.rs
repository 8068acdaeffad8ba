//! How a server asks its storage: with a deadline, with a breaker, and so that each call is seen.

use std::sync::Arc;
use std::time::Duration;

use dlq_core::engine::gate::{BreakerConfig, CircuitBreaker, TripOn};
use dlq_core::storage::layer::Layers;
use dlq_core::{DlqStorage, Invalid, Observers};

use crate::config::Config;

/// How many calls may fail one after the other before the storage is left alone for a while.
const FAILURES_MAX: u32 = 10;
/// For how long: short, for what was captured waits to be stored.
const LEFT_ALONE: Duration = Duration::from_secs(2);
/// The share of `capture.store_timeout` that a call may take. Writers wait for all of it: they are still there to be told,
/// and the breaker to count it.
const OF_THE_DEADLINE: f64 = 0.95;

/// The storage as a server asks it. Nothing is asked again here: writers write again until they are answered, and tell
/// so each time.
///
/// # Errors
/// The breaker cannot be as it is here.
pub(super) fn by_a_server(
    storage: Arc<dyn DlqStorage>,
    config: &Config,
    observers: Observers,
) -> Result<Arc<dyn DlqStorage>, Invalid> {
    let trip_on = TripOn::ConsecutiveFailures(FAILURES_MAX);
    let breaker = CircuitBreaker::new(BreakerConfig { trip_on, open_for: LEFT_ALONE, probes: 1 })?;
    let deadline = config.capture.store_timeout.0.mul_f64(OF_THE_DEADLINE);
    Ok(Layers::around(storage).timeout(deadline).breaker(breaker).observed(observers).build())
}
