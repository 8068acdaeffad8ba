//! What checks verify.

use std::fmt::Debug;

use dlq_core::record::{Captured, DlqRecord, Progress};
use dlq_core::storage::{StorageErrorKind, StorageResult};

use super::StoreUnderTest;
use super::prepare::ids;

/// Two readings of one record agree in everything.
#[track_caller]
pub(super) fn assert_same(read: &DlqRecord, expected: &DlqRecord) {
    assert_eq!(read.id, expected.id);
    assert_eq!(read.version, expected.version, "version of {}", read.id);
    assert_eq!(read.captured, expected.captured, "what was captured of {}", read.id);
    assert_eq!(read.progress, expected.progress, "progress of {}", read.id);
}

/// A reading without content agrees with the full record in everything else.
#[track_caller]
pub(super) fn assert_same_but_content(read: &DlqRecord, expected: &DlqRecord) {
    assert_eq!(read.captured.content, None, "{} was asked for without content", read.id);
    assert_eq!(read.failure(), expected.failure(), "failure of {}", read.id);
    let captured = Captured { content: expected.captured.content.clone(), ..Captured::clone(&read.captured) };
    let progress = Progress { failure: expected.progress.failure.clone(), ..Progress::clone(&read.progress) };
    assert_same(
        &DlqRecord { captured: captured.into(), progress: progress.into(), ..read.clone() },
        expected,
    );
}

/// The same records in the same order, in everything.
#[track_caller]
pub(super) fn assert_all_same(read: &[DlqRecord], expected: &[DlqRecord]) {
    assert_eq!(ids(read), ids(expected));
    read.iter().zip(expected).for_each(|(read, expected)| assert_same(read, expected));
}

/// Why it was refused; it must have been.
#[track_caller]
pub(super) fn refusal<T: Debug>(answer: StorageResult<T>) -> StorageErrorKind {
    let error = answer.expect_err("it should be refused");
    assert!(!error.to_string().is_empty() && !error.operation().is_empty());
    error.kind().clone()
}

impl StoreUnderTest {
    /// A record and its history stand as they stood.
    pub(super) async fn assert_unchanged(&self, before: &DlqRecord) {
        assert_same(&self.read(before.id).await, before);
        let last = self.history(before.id).await.unwrap().pop();
        assert!(last.is_none_or(|entry| entry.version <= before.version), "history of {} grew", before.id);
    }
}
