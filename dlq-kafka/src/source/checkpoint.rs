//! Watermarks move before offsets are committed.

use std::sync::Arc;

use dlq_core::DlqStorage;
use dlq_core::storage::{Advance, Advanced, StorageResult};

/// What became of the advances of one checkpoint.
pub(super) type Answers = Vec<(u64, Advance, StorageResult<Advanced>)>;

/// Moves watermarks, one after another; those that the storage does not answer are left for the next checkpoint.
pub(super) async fn advance_all(storage: Arc<dyn DlqStorage>, advances: Vec<(u64, Advance)>) -> Answers {
    let mut answers = Vec::with_capacity(advances.len());
    for (epoch, advance) in advances {
        let answer = storage.advance(&advance).await;
        answers.push((epoch, advance, answer));
    }
    answers
}
