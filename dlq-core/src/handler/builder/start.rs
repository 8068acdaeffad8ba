//! Numbers become machines.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::errors::Limit;
use super::{DlqHandlerBuilder, ErrorSection};
use crate::engine::batch::{BatchConfig, BatchSizing};
use crate::engine::gate::{
    Budget, CircuitBreaker, CpuMeter, Gate, Limiter, SlidingWindow, TokenBucket, Turnstile,
};
use crate::engine::intercept::Interceptors;
use crate::engine::parallel::{ParallelConfig, Partitioning};
use crate::handler::admission::Admission;
use crate::handler::attempt::Attempts;
use crate::handler::dedup::{Dedup, DedupWindow};
use crate::handler::desk::Desk;
use crate::handler::dlq_handler::{DlqHandler, Inner};
use crate::handler::intake::IntakeConfig;
use crate::handler::mode::{Mode, Way};
use crate::handler::pulse::Pulse;
use crate::handler::writer::Writer;
use crate::invalid::Invalid;
use crate::policy::config::{InvalidConfig, PerformanceConfig, ProcessingConfig};
use crate::storage::{DlqStorage, StorageError};

/// Why a handler did not start.
#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    /// Some values are not allowed.
    #[error(transparent)]
    Invalid(#[from] InvalidConfig),
    /// The storage does not answer, or is in no state to be used.
    #[error("the storage is not ready")]
    Storage(#[from] StorageError),
}

impl From<Invalid> for NotStarted {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(InvalidConfig(vec![invalid]))
    }
}

impl DlqHandlerBuilder<Arc<dyn DlqStorage>> {
    /// Starts the handler on the current Tokio runtime, once the storage has answered.
    ///
    /// # Errors
    /// Values that are not allowed, each with its field, the value, and what is allowed; or a storage that is not ready.
    ///
    /// # Panics
    /// Outside of a Tokio runtime with a timer.
    pub async fn start(self) -> Result<DlqHandler, NotStarted> {
        let (performance, processing) = (self.performance.build()?, self.processing.build()?);
        check_mode(self.mode, self.handler.is_some())?;
        for warning in self.storage.health().await? {
            tracing::warn!(warning, "the storage");
        }
        let pulse = Arc::new(Pulse::new(self.errors.breaker.map(CircuitBreaker::new).transpose()?));
        let observers = self.observers.with(Arc::clone(&pulse) as _);
        let intake = intake(&processing, &self.errors, self.interceptors.clone());
        let attempts = self.handler.map(|handler| Attempts {
            storage: Arc::clone(&self.storage),
            handler,
            policies: self.errors.retry.clone(),
            classifier: self.errors.classifier.clone(),
            clock: self.clock,
            worker: self.worker,
            store_timeout: processing.store_timeout(),
        });
        let desk = Arc::new(Desk {
            writer: Writer::new(self.storage, observers.clone(), intake),
            attempts,
            interceptors: self.interceptors,
            observers,
            books: Arc::default(),
            in_doubt: Mutex::default(),
        });
        let lanes = lanes(&performance, self.order);
        let way = Way::start(self.mode, batch(&performance), &lanes, &desk)?;
        let admission = admission(self.mode, &performance, self.errors, pulse)?;
        Ok(DlqHandler { inner: Arc::new(Inner { admission, dedup: dedup(&processing), way, desk }) })
    }
}

fn check_mode(mode: Mode, handles: bool) -> Result<(), Invalid> {
    let allowed = match (mode, handles) {
        (Mode::Batch, true) => "parallel or hybrid, where records are handled",
        (Mode::Hybrid, false) => "batch or parallel, where records are not handled",
        _ => return Ok(()),
    };
    Err(Invalid { field: "mode", value: mode.to_string(), allowed })
}

fn intake(processing: &ProcessingConfig, errors: &ErrorSection, interceptors: Interceptors) -> IntakeConfig {
    IntakeConfig {
        store_timeout: processing.store_timeout(),
        retry_min: processing.store_retry_min(),
        retry_max: processing.store_retry_max(),
        quarantine: errors.quarantine.clone(),
        interceptors,
        ..IntakeConfig::default()
    }
}

fn batch(performance: &PerformanceConfig) -> BatchConfig {
    let (min, max) = (performance.batch_size_min(), performance.batch_size());
    let size = match performance.batching() {
        false => BatchSizing::Fixed(1),
        true if min == max => BatchSizing::Fixed(max),
        true => BatchSizing::Adaptive { min, max, target: performance.batch_target() },
    };
    BatchConfig {
        size,
        linger: performance.linger(),
        bytes_max: None,
        workers: performance.writers(),
        queue: performance.ring_size(),
    }
}

fn lanes(performance: &PerformanceConfig, order: Partitioning) -> ParallelConfig {
    let workers = performance.parallelism().map_or_else(ParallelConfig::default, ParallelConfig::new);
    ParallelConfig { partitioning: order, pending_max: performance.max_pending(), ..workers }
}

fn admission(
    mode: Mode,
    performance: &PerformanceConfig,
    errors: ErrorSection,
    pulse: Arc<Pulse>,
) -> Result<Admission, Invalid> {
    let turnstile = Turnstile::default();
    let gate = Gate::new(errors.strategy(performance.adaptive_threshold()))?;
    Ok(Admission {
        gate,
        limiter: errors.limit.map(limiter).transpose()?.map(Mutex::new),
        pulse,
        cpu: CpuMeter::default(),
        places: Budget::with_turnstile(places(mode, performance), turnstile.clone()),
        bytes: Budget::new(performance.budget_bytes()),
        turnstile,
        closed: AtomicBool::new(false),
    })
}

/// How many records are let in: no more than the ring or the lanes hold, so that none of them waits again on its way.
const fn places(mode: Mode, performance: &PerformanceConfig) -> usize {
    match mode {
        Mode::Parallel => performance.max_pending(),
        Mode::Batch | Mode::Hybrid => performance.ring_size(),
    }
}

fn limiter(limit: Limit) -> Result<Box<dyn Limiter>, Invalid> {
    Ok(match limit {
        Limit::Bucket(rate, burst) => Box::new(TokenBucket::new(rate, burst, Instant::now())?),
        Limit::Window(rate) => Box::new(SlidingWindow::new(rate)?),
        Limit::Own(limiter) => limiter,
    })
}

fn dedup(processing: &ProcessingConfig) -> Option<Mutex<Dedup>> {
    let window = DedupWindow { within: processing.dedup_window(), letters_max: processing.dedup_records() };
    (!window.within.is_zero()).then(|| Mutex::new(Dedup::new(window)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_says_the_same_of_a_handler_and_of_a_batch_processor() {
        let beside = [
            (PerformanceConfig::DEFAULT, BatchConfig::DEFAULT),
            (PerformanceConfig::LOW_LATENCY, BatchConfig::LOW_LATENCY),
            (PerformanceConfig::HIGH_THROUGHPUT, BatchConfig::HIGH_THROUGHPUT),
        ];
        for (performance, expected) in beside {
            assert_eq!(BatchConfig { queue: expected.queue, ..batch(&performance) }, expected);
        }
    }
}
