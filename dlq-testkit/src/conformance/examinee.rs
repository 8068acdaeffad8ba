//! Who is examined: [`Examinee`], and its store as a check sees it.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use dlq_core::{Clock, DlqStorage, ManualClock, Timestamp};

use crate::fixture::START;

/// A store that can be examined: empty, isolated from every other, and on a given clock.
#[async_trait]
pub trait Examinee: Send + Sync {
    /// Opens the store; called once, first. No other examinee sees its data.
    async fn open(&self, clock: Arc<dyn Clock>) -> Arc<dyn DlqStorage>;

    /// Opens a second handle on the same data, as another instance or process would.
    async fn reopen(&self, clock: Arc<dyn Clock>) -> Arc<dyn DlqStorage>;

    /// Clears away what the store left behind. Not called where a check failed, so that one can look.
    async fn close(&self) {}
}

/// A store as a check sees it: the storage itself, and what lies around it.
pub struct StoreUnderTest {
    storage: Arc<dyn DlqStorage>,
    clock: Arc<ManualClock>,
    examinee: Box<dyn Examinee>,
}

impl StoreUnderTest {
    /// Opens an examinee's store at [`START`].
    pub async fn open(examinee: impl Examinee + 'static) -> Self {
        let clock = Arc::new(ManualClock::at(START));
        let storage = examinee.open(Arc::clone(&clock) as Arc<dyn Clock>).await;
        Self { storage, clock, examinee: Box::new(examinee) }
    }

    /// Clears away what the check left behind.
    pub async fn close(self) {
        drop(self.storage);
        self.examinee.close().await;
    }

    /// The storage, to share with tasks.
    #[must_use]
    pub fn handle(&self) -> Arc<dyn DlqStorage> {
        Arc::clone(&self.storage)
    }

    /// Another handle on the same data.
    pub async fn another_handle(&self) -> Arc<dyn DlqStorage> {
        self.examinee.reopen(Arc::clone(&self.clock) as Arc<dyn Clock>).await
    }

    /// The time that the store sees.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        dlq_core::Clock::now(&*self.clock)
    }

    /// Lets time pass.
    pub fn pass(&self, span: Duration) {
        self.clock.advance(span);
    }
}

impl Deref for StoreUnderTest {
    type Target = dyn DlqStorage;

    fn deref(&self) -> &Self::Target {
        &*self.storage
    }
}

impl fmt::Debug for StoreUnderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreUnderTest").field("storage", &self.storage).field("now", &self.now()).finish()
    }
}
