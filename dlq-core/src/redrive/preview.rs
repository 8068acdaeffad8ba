//! What a plan would do, without doing it.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use serde::Serialize;

use super::plan::RedrivePlan;
use crate::record::{DlqRecord, KnownBy, TopicName};
use crate::storage::{DlqStorage, DlqStorageExt, StorageResult};

/// What a plan would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// Records per target topic.
    pub targets: BTreeMap<TopicName, u64>,
    /// Records among them whose target is only guessed.
    pub guessed: u64,
    /// Records that no one can send: their origin is unknown, and the plan names no target.
    pub nowhere: u64,
    /// Records that are not Pending or Failed: in other hands, on hold, or done.
    pub not_retryable: u64,
}

impl Preview {
    /// How many records would be sent.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.targets.values().sum()
    }
}

/// What a plan would do, counted record by record in bounded memory.
///
/// # Errors
/// The storage cannot be read.
pub async fn preview(storage: &dyn DlqStorage, plan: &RedrivePlan) -> StorageResult<Preview> {
    let mut preview = Preview::default();
    let mut criteria = plan.criteria();
    criteria.limit = plan.limit.or(criteria.limit);
    let mut records = storage.stream(criteria, false);
    while let Some(record) = records.next().await {
        preview.count(&record?, plan);
    }
    Ok(preview)
}

impl Preview {
    fn count(&mut self, record: &DlqRecord, plan: &RedrivePlan) {
        if !record.progress.status.is_retryable() {
            self.not_retryable += 1;
            return;
        }
        match target_of(record, plan) {
            Some(target) => {
                *self.targets.entry(target.clone()).or_default() += 1;
                self.guessed += u64::from(is_guessed(record, plan));
            }
            None => self.nowhere += 1,
        }
    }
}

/// Where the plan sends a record, if anyone can say.
pub(super) fn target_of<'a>(record: &'a DlqRecord, plan: &'a RedrivePlan) -> Option<&'a TopicName> {
    plan.target.as_ref().or(record.captured.origin.topic.as_ref())
}

/// Whether the plan's target for a record is only guessed.
pub(super) fn is_guessed(record: &DlqRecord, plan: &RedrivePlan) -> bool {
    plan.target.is_none() && record.captured.origin.known_by == Some(KnownBy::Guess)
}
