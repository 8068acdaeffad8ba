//! [`Interceptor`]: what may be done before and after.

use std::fmt::Debug;
use std::time::Duration;

use super::{OutcomeCounts, RecordOutcome};
use crate::record::DlqRecord;

/// Looks on while batches and records pass. Every method does nothing unless it is written.
///
/// # Behavior
/// - It is called on the way, so it must be quick, and from several threads at once.
/// - One that panics hurts nobody else: what it was shown goes on as it was.
/// - Only a record that was submitted in memory can be replaced, and only before it is stored. What was captured from Kafka
///   is stored byte for byte: [`before_captured`](Self::before_captured) has no way to answer.
/// - A record that is stored again, for the storage did not answer, is shown once before and once after.
pub trait Interceptor: Send + Sync + Debug {
    /// A batch is about to be written.
    fn before_batch(&self, _batch: &BatchInfo) {}

    /// A submitted record is about to be stored. What is answered takes its place; it has to be the same record, by its id,
    /// and submitted like it: another is not heeded.
    fn before_record(&self, _record: &DlqRecord) -> Option<DlqRecord> {
        None
    }

    /// A record that was captured from Kafka is about to be stored.
    fn before_captured(&self, _record: &DlqRecord) {}

    /// This became of a record, submitted or captured.
    fn after_record(&self, _record: &DlqRecord, _outcome: &RecordOutcome<'_>) {}

    /// This became of a batch; each of its records was told before.
    fn after_batch(&self, _batch: &BatchOutcome) {}
}

const _IS_OBJECT_SAFE: Option<&dyn Interceptor> = None;

/// A batch that is about to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchInfo {
    /// Its number, from 1 since the engine began; batches that are written side by side may end in another order.
    pub number: u64,
    /// How many records it has.
    pub records: usize,
    /// What they weigh in memory, in bytes.
    pub bytes: usize,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchOutcome {
    /// Which.
    pub batch: BatchInfo,
    /// What became of how many of its records.
    pub outcomes: OutcomeCounts,
    /// How long it took, repetitions and all.
    pub took: Duration,
}
