//! [`DlqHandlerBuilder`]: a handler, section by section.

mod errors;
mod start;

use std::sync::Arc;

pub use errors::ErrorSection;
pub use start::NotStarted;

use super::handling::{HandlerFn, HandlingError, RecordHandler};
use super::mode::Mode;
use crate::clock::{Clock, SystemClock};
use crate::engine::intercept::Interceptors;
use crate::engine::parallel::Partitioning;
use crate::observe::Observers;
use crate::policy::config::{
    PerformanceConfig, PerformanceConfigBuilder, ProcessingConfig, ProcessingConfigBuilder, Profile,
};
use crate::record::{DlqRecord, WorkerId};
use crate::storage::DlqStorage;

/// No storage was given yet.
#[derive(Clone, Copy, Debug)]
pub struct NoStorage;

/// Builds a [`DlqHandler`](super::DlqHandler), section by section; what is not said is as in [`Profile::Default`]. It
/// cannot start before it has a [storage](DlqHandlerBuilder::storage).
///
/// | section | what it says | made of |
/// |---|---|---|
/// | [`profile`](Self::profile) | all numbers at once, by purpose | [`Profile`] |
/// | [`performance`](Self::performance) | how much at once | [`PerformanceConfig`] |
/// | [`processing`](Self::processing) | how long, how often; the deduplication window | [`ProcessingConfig`] |
/// | [`storage`](Self::storage) | where records rest | [`DlqStorage`] |
/// | [`errors`](Self::errors) | what is done when more comes than is done, and when it fails | [`ErrorSection`] |
/// | [`metrics`](Self::metrics) | who hears what happens | [`Observers`] |
/// | [`interceptors`](Self::interceptors) | who looks on, and masks | [`Interceptors`] |
/// | [`mode`](Self::mode), [`order`](Self::order), [`handle`](Self::handle) | how records travel, what keeps its order, what is done with each | [`Mode`], [`Partitioning`], [`RecordHandler`] |
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use dlq_core::MemoryStorage;
/// use dlq_core::engine::gate::{Backpressure, BreakerConfig};
/// use dlq_core::handler::{DlqHandler, Mode};
/// use dlq_core::policy::{RetryPolicy, config::Profile};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let handler = DlqHandler::builder()
///     .profile(Profile::HighThroughput)
///     .performance(|numbers| numbers.batch_size(2_000))
///     .processing(|numbers| numbers.dedup_window(Duration::from_secs(60)))
///     .errors(|errors| errors.backpressure(Backpressure::DropNewest).breaker(BreakerConfig::default()))
///     .mode(Mode::Batch)
///     .storage(Arc::new(MemoryStorage::new()))
///     .start()
///     .await?;
/// # assert!(handler.stop(Duration::from_secs(5)).await.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use]
pub struct DlqHandlerBuilder<S = NoStorage> {
    performance: PerformanceConfigBuilder,
    processing: ProcessingConfigBuilder,
    errors: ErrorSection,
    observers: Observers,
    interceptors: Interceptors,
    mode: Mode,
    order: Partitioning,
    handler: Option<Arc<dyn RecordHandler>>,
    worker: WorkerId,
    clock: Arc<dyn Clock>,
    storage: S,
}

impl Default for DlqHandlerBuilder {
    fn default() -> Self {
        Self {
            performance: PerformanceConfig::builder(),
            processing: ProcessingConfig::builder(),
            errors: ErrorSection::default(),
            observers: Observers::default(),
            interceptors: Interceptors::default(),
            mode: Mode::default(),
            order: Partitioning::default(),
            handler: None,
            worker: WorkerId("handler".to_owned()),
            clock: Arc::new(SystemClock),
            storage: NoStorage,
        }
    }
}

impl<S> DlqHandlerBuilder<S> {
    /// Sets all numbers of [`performance`](Self::performance) and [`processing`](Self::processing) by purpose; what was
    /// said there before is forgotten.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.performance = profile.performance().into();
        self.processing = profile.processing().into();
        self
    }

    /// How much at once.
    pub fn performance(
        mut self,
        say: impl FnOnce(PerformanceConfigBuilder) -> PerformanceConfigBuilder,
    ) -> Self {
        self.performance = say(self.performance);
        self
    }

    /// How long, and how often.
    pub fn processing(
        mut self,
        say: impl FnOnce(ProcessingConfigBuilder) -> ProcessingConfigBuilder,
    ) -> Self {
        self.processing = say(self.processing);
        self
    }

    /// What is done when more comes than is done, and when it fails.
    pub fn errors(mut self, say: impl FnOnce(ErrorSection) -> ErrorSection) -> Self {
        self.errors = say(self.errors);
        self
    }

    /// Who hears what happens, such as `dlq-metrics`' listener.
    pub fn metrics(mut self, say: impl FnOnce(Observers) -> Observers) -> Self {
        self.observers = say(self.observers);
        self
    }

    /// Who looks on before and after.
    pub fn interceptors(mut self, say: impl FnOnce(Interceptors) -> Interceptors) -> Self {
        self.interceptors = say(self.interceptors);
        self
    }

    /// How records travel. Default [`Mode::Batch`].
    pub const fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// What keeps its order in the modes that have lanes. Default: what has the same key.
    pub const fn order(mut self, order: Partitioning) -> Self {
        self.order = order;
        self
    }

    /// What is done with each record once it is stored, in the modes that have lanes: it is claimed, handled within the
    /// retry policy's time, and settled.
    pub fn handle(mut self, handler: Arc<dyn RecordHandler>) -> Self {
        self.handler = Some(handler);
        self
    }

    /// As [`handle`](Self::handle), with a function.
    pub fn handle_with<F, R>(self, handle: F) -> Self
    where
        F: Fn(DlqRecord) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), HandlingError>> + Send + 'static,
    {
        self.handle(Arc::new(HandlerFn(handle)))
    }

    /// Who claims the records that are handled, as their history tells it. Default `handler`.
    pub fn worker(mut self, worker: WorkerId) -> Self {
        self.worker = worker;
        self
    }

    /// Whose time it is by which policies decide. Default: the machine's.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Where records rest.
    pub fn storage(self, storage: Arc<dyn DlqStorage>) -> DlqHandlerBuilder<Arc<dyn DlqStorage>> {
        DlqHandlerBuilder {
            performance: self.performance,
            processing: self.processing,
            errors: self.errors,
            observers: self.observers,
            interceptors: self.interceptors,
            mode: self.mode,
            order: self.order,
            handler: self.handler,
            worker: self.worker,
            clock: self.clock,
            storage,
        }
    }
}
