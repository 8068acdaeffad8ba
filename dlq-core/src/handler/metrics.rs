//! [`HandlerMetrics`]: how a handler does.

use serde::Serialize;

use super::books::HandlerAccount;
use super::dlq_handler::Inner;
use crate::engine::batch::BatchStats;
use crate::engine::parallel::ParallelStatistics;

/// How a handler does, at one moment.
#[derive(Clone, Debug, Serialize)]
pub struct HandlerMetrics {
    /// What became of everything that was submitted.
    pub account: HandlerAccount,
    /// Records that are let in and not done.
    pub pending: usize,
    /// How many may be.
    pub pending_max: usize,
    /// The bytes they hold.
    pub bytes: usize,
    /// How many bytes they may hold.
    pub bytes_max: usize,
    /// How long the storage lately took to answer, in microseconds; `None` before its first answer.
    pub store_latency_us: Option<u64>,
    /// The share of late answers of the storage that were failures, 0 to 1; `None` before the first.
    pub error_rate: Option<f64>,
    /// The breaker: `closed`, `open` or `half_open`; `None` where there is none.
    pub breaker: Option<&'static str>,
    /// Batches, where the mode has them.
    pub batches: Option<BatchStats>,
    /// Workers and lanes, where the mode has them.
    pub lanes: Option<ParallelStatistics>,
}

impl HandlerMetrics {
    pub(super) fn read(inner: &Inner) -> Self {
        let admission = &inner.admission;
        let pulse = &admission.pulse;
        Self {
            account: inner.desk.books.account(admission.pending()),
            pending: admission.places.used(),
            pending_max: admission.places.limit(),
            bytes: admission.bytes.used(),
            bytes_max: admission.bytes.limit(),
            store_latency_us: pulse.latency().map(|took| u64::try_from(took.as_micros()).unwrap_or(u64::MAX)),
            error_rate: pulse.error_rate(),
            breaker: pulse.breaker().map(|phase| phase.as_str()),
            batches: inner.way.batches(),
            lanes: inner.way.lanes(),
        }
    }
}
