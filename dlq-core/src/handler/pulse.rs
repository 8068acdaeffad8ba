//! [`Pulse`]: how well the storage does, by what it answers.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::engine::gate::{BreakerPhase, CircuitBreaker};
use crate::observe::{DlqEvent, Observer};

/// Listens to how the storage answers: how quickly, how often not, and, where there is a breaker, whether to go on asking.
#[derive(Debug)]
pub(super) struct Pulse {
    breaker: Option<CircuitBreaker>,
    recent: Mutex<Recent>,
}

/// What was lately; each answer moves it an eighth of the way, so that some twenty answers are remembered.
#[derive(Debug, Default)]
struct Recent {
    latency_s: Option<f64>,
    error_rate: Option<f64>,
}

const WEIGHT: f64 = 0.125;

impl Recent {
    fn answered(&mut self, took: Duration) {
        move_to(&mut self.latency_s, took.as_secs_f64());
        move_to(&mut self.error_rate, 0.0);
    }

    fn failed(&mut self) {
        move_to(&mut self.error_rate, 1.0);
    }
}

fn move_to(value: &mut Option<f64>, latest: f64) {
    let before = value.unwrap_or(latest);
    *value = Some(before + (latest - before) * WEIGHT);
}

impl Pulse {
    pub(super) fn new(breaker: Option<CircuitBreaker>) -> Self {
        Self { breaker, recent: Mutex::default() }
    }

    /// Whether the breaker is open: what comes is then refused. The writes that go on are its probes.
    pub(super) fn is_open(&self) -> bool {
        self.breaker.as_ref().is_some_and(|breaker| breaker.phase() == BreakerPhase::Open)
    }

    pub(super) fn breaker(&self) -> Option<BreakerPhase> {
        self.breaker.as_ref().map(CircuitBreaker::phase)
    }

    pub(super) fn latency(&self) -> Option<Duration> {
        self.recent().latency_s.map(Duration::from_secs_f64)
    }

    pub(super) fn error_rate(&self) -> Option<f64> {
        self.recent().error_rate
    }

    fn recent(&self) -> std::sync::MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Pulse {
    fn on(&self, event: &DlqEvent<'_>) {
        let now = Instant::now();
        let call = || self.breaker.as_ref().and_then(|breaker| breaker.begin(now).ok());
        match event {
            DlqEvent::Stored { took, .. } => {
                self.recent().answered(*took);
                if let Some(call) = call() {
                    call.succeeded(now);
                }
            }
            DlqEvent::StoreUnavailable { .. } => {
                self.recent().failed();
                if let Some(call) = call() {
                    call.failed(now);
                }
            }
            _ => {}
        }
    }
}
