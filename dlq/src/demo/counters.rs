//! What is counted while the demo runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dlq_core::{DlqEvent, Observer};

/// A number that many may raise.
#[derive(Clone, Debug, Default)]
pub(super) struct Counter(Arc<AtomicU64>);

impl Counter {
    /// Raises it.
    pub(super) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::AcqRel);
    }

    /// Where it stands.
    #[must_use]
    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// What is counted while the demo runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Counters {
    /// Messages that the broker accepted from the shop's producers.
    pub(super) sent: Counter,
    /// Messages that a consumer processed at the first go.
    pub(super) accepted: Counter,
    /// Dead letters that the broker accepted from the consumers.
    pub(super) dead: Counter,
    /// Records that the storage holds durably.
    pub(super) stored: Counter,
    /// Records that were sent home, and that the broker accepted.
    pub(super) sent_home: Counter,
    /// Records that came home: a consumer received and accepted them.
    pub(super) came_home: Counter,
}

impl Counters {
    /// Whether the consumers are done with everything that was sent.
    #[must_use]
    pub(super) fn all_handled(&self) -> bool {
        self.accepted.get() + self.dead.get() >= self.sent.get()
    }
}

impl Observer for Counters {
    fn on(&self, event: &DlqEvent<'_>) {
        match event {
            DlqEvent::Stored { new, .. } => self.stored.add(*new),
            DlqEvent::SentHome { .. } => self.sent_home.add(1),
            _ => {}
        }
    }
}
