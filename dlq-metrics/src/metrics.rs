//! [`Metrics`]: all of it together, for who wants a page for Prometheus and nothing to think about.

use std::sync::Arc;

use dlq_core::storage::StorageResult;
use dlq_core::{Clock, DlqEvent, DlqStorage, Observer, SystemClock, TopicName};

#[cfg(feature = "process")]
use crate::Process;
use crate::{Books, Listener, Prometheus};

/// Listens to what happens, reads the books when told to, and renders a page for Prometheus. It owns all that it
/// counts: nothing is global, and two of them do not disturb each other.
#[derive(Debug)]
pub struct Metrics {
    listener: Listener,
    books: Books,
    #[cfg(feature = "process")]
    process: Process,
    page: Prometheus,
}

impl Metrics {
    /// Counts from now on. The topics are on the page from the beginning; of others the first 100 get names of their
    /// own, and all that come later are told together.
    #[must_use]
    pub fn new(topics: &[TopicName]) -> Self {
        let page = Prometheus::new();
        Self {
            listener: Listener::new(page.recorder(), topics),
            books: Books::new(page.recorder(), Arc::new(SystemClock) as Arc<dyn Clock>),
            #[cfg(feature = "process")]
            process: Process::new(page.recorder()),
            page,
        }
    }

    /// The page as it stands. It never waits for a storage: the books on it are as of their last reading.
    #[must_use]
    pub fn render(&self) -> String {
        #[cfg(feature = "process")]
        self.process.look();
        self.page.render()
    }

    /// Reads the books of a storage. Call it on a timer, some seconds apart.
    ///
    /// # Errors
    /// The storage did not answer: what stood before stands, and the page tells of when it is.
    pub async fn read_books(&self, storage: &dyn DlqStorage) -> StorageResult<()> {
        self.books.read(storage).await
    }

    /// Sorts measurements into the buckets of histograms, so that they do not pile up where nobody asks for the page.
    /// Call it on a timer, some seconds apart.
    pub fn upkeep(&self) {
        self.page.upkeep();
    }
}

impl Observer for Metrics {
    fn on(&self, event: &DlqEvent<'_>) {
        self.listener.on(event);
    }
}
