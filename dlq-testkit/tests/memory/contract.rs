//! Limits that are never reached change nothing of the contract.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use dlq_core::storage::memory::{Eviction, MemoryConfig};
use dlq_core::{Clock, DlqStorage, MemoryStorage};
use dlq_testkit::conformance::Examinee;

/// The in-memory store. Its data live as long as it does, so that a second handle is the first again.
#[derive(Default)]
struct InMemory {
    config: MemoryConfig,
    opened: OnceLock<Arc<MemoryStorage>>,
}

impl InMemory {
    fn limited(eviction: Eviction) -> Self {
        let a_century = Duration::from_secs(100 * 365 * 86_400);
        let config = MemoryConfig { records_max: Some(100_000), eviction, terminal_ttl: Some(a_century) };
        Self { config, ..Self::default() }
    }
}

#[async_trait]
impl Examinee for InMemory {
    async fn open(&self, clock: Arc<dyn Clock>) -> Arc<dyn DlqStorage> {
        let open = || Arc::new(MemoryStorage::with_config(self.config, clock).unwrap());
        Arc::clone(self.opened.get_or_init(open)) as Arc<dyn DlqStorage>
    }

    async fn reopen(&self, clock: Arc<dyn Clock>) -> Arc<dyn DlqStorage> {
        self.open(clock).await
    }
}

mod unlimited {
    use super::*;
    dlq_testkit::conformance!(InMemory::default());
}

mod evicting {
    use super::*;
    dlq_testkit::conformance!(InMemory::limited(Eviction::Lru));
}

mod refusing {
    use super::*;
    dlq_testkit::conformance!(InMemory::limited(Eviction::Refuse));
}
