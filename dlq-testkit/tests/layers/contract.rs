//! The whole suite, around the store in memory: each layer alone, and all of them.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use dlq_core::engine::gate::{BreakerConfig, CircuitBreaker};
use dlq_core::storage::layer::{Layers, Retry, RetryConfig};
use dlq_core::{Clock, DlqStorage, MemoryStorage, Observers};
use dlq_testkit::conformance::Examinee;

/// The store in memory inside of layers; every handle has layers of its own.
struct Inside {
    put_on: fn(Layers) -> Layers,
    opened: OnceLock<Arc<MemoryStorage>>,
}

fn inside(put_on: fn(Layers) -> Layers) -> Inside {
    Inside { put_on, opened: OnceLock::new() }
}

#[async_trait]
impl Examinee for Inside {
    async fn open(&self, clock: Arc<dyn Clock>) -> Arc<dyn DlqStorage> {
        let open = || Arc::new(MemoryStorage::with_clock(clock));
        let memory = Arc::clone(self.opened.get_or_init(open));
        (self.put_on)(Layers::around(memory)).build()
    }

    async fn reopen(&self, clock: Arc<dyn Clock>) -> Arc<dyn DlqStorage> {
        self.open(clock).await
    }
}

fn timeout(layers: Layers) -> Layers {
    layers.timeout(Duration::from_secs(60))
}

fn retry(layers: Layers) -> Layers {
    layers.retry(Retry::new(RetryConfig::default()).unwrap())
}

fn breaker(layers: Layers) -> Layers {
    layers.breaker(CircuitBreaker::new(BreakerConfig::default()).unwrap())
}

fn observed(layers: Layers) -> Layers {
    layers.observed(Observers::default())
}

mod timed {
    use super::*;
    dlq_testkit::conformance!(inside(timeout));
}

mod retried {
    use super::*;
    dlq_testkit::conformance!(inside(retry));
}

mod broken_off {
    use super::*;
    dlq_testkit::conformance!(inside(breaker));
}

mod watched {
    use super::*;
    dlq_testkit::conformance!(inside(observed));
}

mod stacked {
    use super::*;
    dlq_testkit::conformance!(inside(|layers| observed(breaker(retry(timeout(layers))))));
}
