//! The in-memory store keeps the contract.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use dlq_core::{Clock, DlqStorage, MemoryStorage};
use dlq_testkit::conformance::Examinee;

/// The in-memory store. Its data live as long as it does, so that a second handle is the first again.
#[derive(Default)]
struct InMemory(OnceLock<Arc<MemoryStorage>>);

#[async_trait]
impl Examinee for InMemory {
    async fn open(&self, clock: Arc<dyn Clock>) -> Arc<dyn DlqStorage> {
        Arc::clone(self.0.get_or_init(|| Arc::new(MemoryStorage::with_clock(clock)))) as Arc<dyn DlqStorage>
    }

    async fn reopen(&self, clock: Arc<dyn Clock>) -> Arc<dyn DlqStorage> {
        self.open(clock).await
    }
}

dlq_testkit::conformance!(InMemory::default());
