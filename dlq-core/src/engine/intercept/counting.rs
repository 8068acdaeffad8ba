//! [`Counting`]: how many records had which outcome.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{BatchOutcome, Interceptor, OutcomeCounts, OutcomeKind, RecordOutcome};
use crate::record::DlqRecord;

/// Counts records by what became of them, and batches. Keep a clone of the `Arc` to read it.
#[derive(Debug, Default)]
pub struct Counting {
    outcomes: [AtomicU64; OutcomeKind::ALL.len()],
    batches: AtomicU64,
}

impl Counting {
    /// How many records had which outcome by now. A record that is stored and then handled has two.
    #[must_use]
    pub fn outcomes(&self) -> OutcomeCounts {
        self.outcomes.each_ref().map(|count| count.load(Ordering::Relaxed)).into()
    }

    /// How many batches were written by now.
    #[must_use]
    pub fn batches(&self) -> u64 {
        self.batches.load(Ordering::Relaxed)
    }
}

impl Interceptor for Counting {
    fn after_record(&self, _: &DlqRecord, outcome: &RecordOutcome<'_>) {
        self.outcomes[outcome.kind() as usize].fetch_add(1, Ordering::Relaxed);
    }

    fn after_batch(&self, _: &BatchOutcome) {
        self.batches.fetch_add(1, Ordering::Relaxed);
    }
}
