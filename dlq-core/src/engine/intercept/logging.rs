//! [`Logging`]: a line every so many records, and one for each failure.

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Counting, Interceptor, RecordOutcome};
use crate::record::{DlqRecord, TopicName};

/// Tells, through `tracing`, every so many records what became of them, and of each failure at once. Keys, payloads and
/// headers are never told; a failure's reason is, in the words of the storage or the handler.
#[derive(Debug)]
pub struct Logging {
    every: NonZeroU64,
    seen: AtomicU64,
    counting: Counting,
}

impl Logging {
    /// A line for so many records.
    #[must_use]
    pub fn every(records: NonZeroU64) -> Self {
        Self { every: records, seen: AtomicU64::new(0), counting: Counting::default() }
    }
}

impl Interceptor for Logging {
    fn after_record(&self, record: &DlqRecord, outcome: &RecordOutcome<'_>) {
        self.counting.after_record(record, outcome);
        if outcome.kind().is_failure() {
            let topic = record.captured.topic().map(TopicName::as_str);
            tracing::warn!(
                record = %record.id, topic, outcome = %outcome.kind(), reason = outcome.reason(),
                "a record did not go as it should"
            );
        }
        let seen = self.seen.fetch_add(1, Ordering::Relaxed) + 1;
        if seen.is_multiple_of(self.every.get()) {
            tracing::info!(records = seen, outcomes = %self.counting.outcomes(), "records went through");
        }
    }
}

#[cfg(test)]
#[path = "logging_tests.rs"]
mod tests;
