//! [`ErrorSection`]: what is done when more comes than is done, and when it fails.

use std::num::NonZeroU32;

use crate::engine::gate::{Adaptive, Backpressure, BreakerConfig, Limiter, Rate, Relief};
use crate::handler::refused::QuarantineRule;
use crate::policy::{RetryPolicy, ScopedPolicies};
use crate::record::classify::ErrorClassifier;

/// What is done when more comes than is done, and when it fails.
#[derive(Debug)]
#[must_use]
pub struct ErrorSection {
    pub(super) pressure: Pressure,
    pub(super) limit: Option<Limit>,
    pub(super) breaker: Option<BreakerConfig>,
    pub(super) retry: ScopedPolicies,
    pub(super) classifier: ErrorClassifier,
    pub(super) quarantine: Option<QuarantineRule>,
}

/// The strategy, or what is to be made one once the numbers are known.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pressure {
    Told(Backpressure),
    AdaptiveTo(Relief),
}

/// A limit of the rate at which records are let in.
#[derive(Debug)]
pub(super) enum Limit {
    Bucket(Rate, NonZeroU32),
    Window(Rate),
    Own(Box<dyn Limiter>),
}

impl Default for ErrorSection {
    fn default() -> Self {
        Self {
            pressure: Pressure::Told(Backpressure::Block),
            limit: None,
            breaker: None,
            retry: ScopedPolicies::new(RetryPolicy::DEFAULT),
            classifier: ErrorClassifier::builtin(),
            quarantine: None,
        }
    }
}

impl ErrorSection {
    /// What is done when more comes than is done. Default [`Backpressure::Block`].
    pub const fn backpressure(mut self, strategy: Backpressure) -> Self {
        self.pressure = Pressure::Told(strategy);
        self
    }

    /// Adapts to the storage, from
    /// [`adaptive_threshold`](crate::policy::config::PerformanceConfig::adaptive_threshold) on; at worst it does this. The
    /// other limits are [`Adaptive`]'s own.
    pub const fn adaptive(mut self, at_worst: Relief) -> Self {
        self.pressure = Pressure::AdaptiveTo(at_worst);
        self
    }

    /// Lets records in at this rate, and so many at once; beyond it, submitters wait, whatever the strategy.
    pub fn rate(mut self, rate: Rate, burst: NonZeroU32) -> Self {
        self.limit = Some(Limit::Bucket(rate, burst));
        self
    }

    /// Lets no more than so many in within any window of that length; beyond it, submitters wait, whatever the strategy.
    pub fn sliding_window(mut self, rate: Rate) -> Self {
        self.limit = Some(Limit::Window(rate));
        self
    }

    /// A limiter of your own.
    pub fn limiter(mut self, limiter: Box<dyn Limiter>) -> Self {
        self.limit = Some(Limit::Own(limiter));
        self
    }

    /// Turns records away while the storage fails; what was let in goes on being written, and finds out that it is back.
    /// Default: none, they wait.
    pub const fn breaker(mut self, breaker: BreakerConfig) -> Self {
        self.breaker = Some(breaker);
        self
    }

    /// Whether and when a record is tried again that its handler failed on. Default [`RetryPolicy::DEFAULT`].
    pub fn retry(mut self, policies: ScopedPolicies) -> Self {
        self.retry = policies;
        self
    }

    /// What type a handler's errors are of. Default: the built-in rules.
    pub fn classifier(mut self, classifier: ErrorClassifier) -> Self {
        self.classifier = classifier;
        self
    }

    /// Who keeps what the storage refuses for good. Default: nobody, and its ticket says so.
    pub fn quarantine(mut self, rule: QuarantineRule) -> Self {
        self.quarantine = Some(rule);
        self
    }

    /// The strategy, where an adaptive one begins at `threshold`.
    pub(super) fn strategy(&self, threshold: f64) -> Backpressure {
        match self.pressure {
            Pressure::Told(strategy) => strategy,
            Pressure::AdaptiveTo(at_worst) => {
                Backpressure::Adaptive(Adaptive { utilisation: threshold, at_worst, ..Adaptive::default() })
            }
        }
    }
}
