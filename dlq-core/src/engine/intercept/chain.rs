//! [`Interceptors`]: many of them in a row, and none can hurt another.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{BatchInfo, BatchOutcome, Interceptor, RecordOutcome};
use crate::observe::Sparingly;
use crate::record::DlqRecord;

/// How often one is told that an interceptor misbehaves.
const STILL_WRONG: Duration = Duration::from_secs(30);

/// Shows everything to every interceptor, in the order in which they were added, before and after alike. Where there is none,
/// nothing is done.
#[derive(Clone, Debug)]
pub struct Interceptors {
    chain: Vec<Arc<dyn Interceptor>>,
    told: Arc<Sparingly>,
}

impl Default for Interceptors {
    fn default() -> Self {
        Self { chain: Vec::new(), told: Arc::new(Sparingly::every(STILL_WRONG)) }
    }
}

impl Interceptors {
    /// Adds one, behind the others.
    #[must_use]
    pub fn with(mut self, interceptor: Arc<dyn Interceptor>) -> Self {
        self.chain.push(interceptor);
        self
    }

    /// Whether there is none; then nobody need gather what they would be shown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chain.is_empty()
    }

    /// A batch is about to be written.
    pub fn before_batch(&self, batch: &BatchInfo) {
        self.show("before_batch", |interceptor| interceptor.before_batch(batch));
    }

    /// A submitted record is about to be stored: answers what is to be stored in its place, mostly itself. Each
    /// interceptor is shown what the one before it made of it.
    #[must_use]
    pub fn before_record(&self, mut record: DlqRecord) -> DlqRecord {
        for (at, interceptor) in self.chain.iter().enumerate() {
            let answer = self.guard("before_record", at, || interceptor.before_record(&record)).flatten();
            if let Some(other) = answer {
                if other.id == record.id && other.captured.from.is_none() {
                    record = other;
                } else if self.told.is_due(Instant::now()) {
                    tracing::error!(
                        interceptor = at + 1, record = %record.id, answered = %other.id,
                        "an interceptor answered another record: the one that was submitted goes on"
                    );
                }
            }
        }
        record
    }

    /// A record that was captured from Kafka is about to be stored, as it is.
    pub fn before_captured(&self, record: &DlqRecord) {
        self.show("before_captured", |interceptor| interceptor.before_captured(record));
    }

    /// This became of a record.
    pub fn after_record(&self, record: &DlqRecord, outcome: &RecordOutcome<'_>) {
        self.show("after_record", |interceptor| interceptor.after_record(record, outcome));
    }

    /// This became of a batch.
    pub fn after_batch(&self, batch: &BatchOutcome) {
        self.show("after_batch", |interceptor| interceptor.after_batch(batch));
    }

    fn show(&self, method: &'static str, call: impl Fn(&dyn Interceptor)) {
        for (at, interceptor) in self.chain.iter().enumerate() {
            self.guard(method, at, || call(&**interceptor));
        }
    }

    /// Calls one; `None` where it panicked.
    fn guard<T>(&self, method: &'static str, at: usize, call: impl FnOnce() -> T) -> Option<T> {
        let answer = catch_unwind(AssertUnwindSafe(call)).ok();
        if answer.is_none() && self.told.is_due(Instant::now()) {
            tracing::error!(
                interceptor = at + 1,
                method,
                "an interceptor panicked; the others go on, and so do the records"
            );
        }
        answer
    }
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;
