//! Layers: what may be put around any storage, each one thing, each examined by the suite.
//!
//! | layer | what it adds | what it costs |
//! |---|---|---|
//! | [`timeout`](Layers::timeout) | a call that takes too long answers that its outcome is unknown, and runs on to its end | a task for each call |
//! | [`retry`](Layers::retry) | a call whose error may pass is made again | a copy of the arguments |
//! | [`breaker`](Layers::breaker) | a storage that fails anyway is not asked for a while | a lock for a moment |
//! | [`observed`](Layers::observed) | each call is told: which, how long, what came of it | one event |
//!
//! Each stands around those that were put on before it. This order is the one to begin with: a deadline for each try, the
//! breaker counting what the tries came to, and everything told.
//!
//! ```
//! use dlq_core::engine::gate::{BreakerConfig, CircuitBreaker};
//! use dlq_core::storage::layer::{Layers, Retry, RetryConfig};
//! use dlq_core::{DlqStorage, MemoryStorage, Observers};
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! let storage: Arc<dyn DlqStorage> = Layers::around(Arc::new(MemoryStorage::new()))
//!     .timeout(Duration::from_secs(30))
//!     .retry(Retry::new(RetryConfig::default())?)
//!     .breaker(CircuitBreaker::new(BreakerConfig::default())?)
//!     .observed(Observers::default())
//!     .build();
//! assert_eq!(storage.capability().name, "memory");
//! # Ok::<(), dlq_core::Invalid>(())
//! ```
//!
//! The other way round, a deadline around the retries ends waiting while tries go on, and a breaker inside of them is
//! asked again and again while it is open. Neither is wrong, and both are seldom meant.

mod breaker;
mod layered;
mod observed;
mod retry;
mod timeout;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;

pub use retry::{Retry, RetryConfig};

use self::breaker::Breaker;
use self::layered::Layered;
use self::observed::Observed;
use self::timeout::Timeout;
use super::{DlqStorage, StorageResult};
use crate::engine::gate::CircuitBreaker;
use crate::observe::Observers;

/// What a layer does about each call, of the storage and of its documents alike. What a storage
/// [can promise](DlqStorage::capability) and its [end](DlqStorage::close) pass through.
#[async_trait]
pub trait StorageLayer: Debug + Send + Sync + 'static {
    /// Carries a call: asks the storage, as often as it sees fit, and answers.
    ///
    /// # Errors
    /// As the storage answers, or the layer's own.
    async fn carry<A: Clone + Send + Sync + 'static, T: Send + 'static>(
        &self,
        call: Call<A, T>,
    ) -> StorageResult<T>;
}

/// A call on its way to a storage: which it is, its arguments, and where it goes.
#[derive(Debug)]
pub struct Call<A, T> {
    /// The method's name; a document's begins with `document_`.
    pub operation: &'static str,
    /// Whether made again it answers as if it had been made once. See [`Retry`] for the calls that do not.
    pub repeatable: bool,
    arguments: A,
    storage: Arc<dyn DlqStorage>,
    make: fn(Arc<dyn DlqStorage>, A) -> BoxFuture<'static, StorageResult<T>>,
}

impl<A: Clone, T> Call<A, T> {
    /// Asks the storage; the call may be made again.
    #[must_use]
    pub fn ask(&self) -> BoxFuture<'static, StorageResult<T>> {
        (self.make)(Arc::clone(&self.storage), self.arguments.clone())
    }

    /// Asks the storage, for good.
    #[must_use]
    pub fn ask_once(self) -> BoxFuture<'static, StorageResult<T>> {
        (self.make)(self.storage, self.arguments)
    }
}

/// A storage, and the layers around it so far.
#[derive(Clone, Debug)]
#[must_use = "only what is built can be used"]
pub struct Layers(Arc<dyn DlqStorage>);

impl Layers {
    /// No layer yet.
    pub fn around(storage: Arc<dyn DlqStorage>) -> Self {
        Self(storage)
    }

    /// A call that has no answer after so long is answered as a [`Timeout`](super::StorageErrorKind::Timeout): what became
    /// of it is unknown. It runs on to its end, whatever the storage.
    pub fn timeout(self, deadline: Duration) -> Self {
        self.with(Timeout { deadline })
    }

    /// A call whose error may pass is made again, as [`Retry`] says.
    pub fn retry(self, retry: Retry) -> Self {
        self.with(retry)
    }

    /// While too many calls fail, none is made: it is answered with an error that may pass, and that says when the storage
    /// is asked again. A storage fails that cannot be reached, does not answer in time, or answers with an error that is
    /// none of the contract's; one that refuses has answered.
    pub fn breaker(self, breaker: CircuitBreaker) -> Self {
        self.with(Breaker::of(breaker))
    }

    /// Each call is told, as [`DlqEvent::StorageAsked`](crate::DlqEvent::StorageAsked).
    pub fn observed(self, observers: Observers) -> Self {
        self.with(Observed { observers })
    }

    /// A layer of one's own.
    pub fn with(self, layer: impl StorageLayer) -> Self {
        Self(Arc::new(Layered { storage: self.0, layer }))
    }

    /// The storage with all its layers.
    #[must_use]
    pub fn build(self) -> Arc<dyn DlqStorage> {
        self.0
    }
}
