//! What a plan would do, without doing it.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use serde::Serialize;

use super::plan::RedrivePlan;
use crate::clock::Timestamp;
use crate::record::{DlqRecord, TopicName};
use crate::storage::transition::may_claim;
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
    /// Records that cannot be claimed: in other hands, on hold, or done.
    pub not_retryable: u64,
}

impl Preview {
    /// How many records would be sent.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.targets.values().sum()
    }
}

/// What a plan would do, counted record by record in bounded memory. What a worker left behind is counted once its lease
/// has run out at `now`, the caller's time.
///
/// # Errors
/// The storage cannot be read.
pub async fn preview(storage: &dyn DlqStorage, plan: &RedrivePlan, now: Timestamp) -> StorageResult<Preview> {
    let mut preview = Preview::default();
    let mut records = storage.stream(plan.criteria(), false);
    while preview.records() < plan.limit()
        && let Some(record) = records.next().await
    {
        preview.count(&record?, plan, now);
    }
    Ok(preview)
}

impl Preview {
    fn count(&mut self, record: &DlqRecord, plan: &RedrivePlan, now: Timestamp) {
        if !may_claim(&record.progress, now) {
            self.not_retryable += 1;
            return;
        }
        match plan.target_of(record) {
            Some(target) => {
                *self.targets.entry(target.clone()).or_default() += 1;
                self.guessed += u64::from(plan.is_guessed(record));
            }
            None => self.nowhere += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::record::{Body, Captured, Change, Content, Origin, WorkerId};
    use crate::redrive::RedriveSelect;
    use crate::storage::ClaimRequest;
    use crate::storage::memory::MemoryStorage;

    #[tokio::test]
    async fn what_a_worker_left_behind_counts_once_its_lease_ran_out() {
        let storage = MemoryStorage::with_clock(std::sync::Arc::new(ManualClock::default()));
        let origin = Origin { topic: TopicName::new("orders").ok(), ..Origin::default() };
        let content = Content::pack([], Body::Null, Body::Null).ok();
        let record =
            DlqRecord::new(Captured { content, origin, ..Captured::default() }, Timestamp::default());
        let id = record.id;
        storage.save(record).await.unwrap();
        let select = RedriveSelect::Matching(Box::default());
        let plan = RedrivePlan::new(select, WorkerId("next".to_owned()), Change::by("anna"));
        let claim = ClaimRequest { worker: WorkerId("killed".to_owned()), ..plan.claim(vec![id], 1) };
        assert_eq!(storage.claim(&claim).await.unwrap().len(), 1);

        let end = Timestamp::default().plus(plan.lease);
        let before = Timestamp::from_millis(end.as_millis() - 1);
        let counts = async |now| {
            let looked = preview(&storage, &plan, now).await.unwrap();
            (looked.records(), looked.not_retryable)
        };
        assert_eq!(counts(before).await, (0, 1));
        assert_eq!(counts(end).await, (1, 0));
    }
}
