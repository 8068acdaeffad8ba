//! What checks prepare: records that are stored, claimed, sent home, or in any status.

use std::time::Duration;

use dlq_core::record::{Change, Delivered, DlqRecord, FailureSummary, Fingerprint, WorkerId};
use dlq_core::storage::{
    ClaimRequest, ClaimSelect, DlqStorageExt, Order, Outcome, Patch, QueryCriteria, Save, SaveOutcome,
    Settle, Settled, Settlement, StorageResult,
};
use dlq_core::{DlqStatus, ErrorType, RecordId};
use futures_util::TryStreamExt;

use super::StoreUnderTest;
use crate::fixture;

/// How long checks lease records.
pub(super) const LEASE: Duration = Duration::from_secs(30);
/// Longer than a lease.
pub(super) const A_MINUTE: Duration = Duration::from_secs(60);

/// A change by the examiner.
pub(super) fn change() -> Change {
    Change::by("user:examiner").because("to see what happens")
}

/// Any record.
pub(super) fn all() -> QueryCriteria {
    QueryCriteria::builder().order(Order::OldestFirst).build()
}

/// These records.
pub(super) fn only(ids: impl IntoIterator<Item = RecordId>) -> QueryCriteria {
    QueryCriteria::builder().ids(ids).order(Order::OldestFirst).build()
}

/// A claim of these records.
pub(super) fn claim_of(ids: impl IntoIterator<Item = RecordId>) -> ClaimRequest {
    let select = ClaimSelect::Ids(ids.into_iter().collect());
    ClaimRequest { select, lease: LEASE, ..claim_of_due() }
}

/// A claim of what is due.
pub(super) fn claim_of_due() -> ClaimRequest {
    ClaimRequest { lease: LEASE, ..ClaimRequest::due(WorkerId("worker-1".to_owned())) }
}

/// How a claimed record is given back.
pub(super) fn settlement(claimed: &DlqRecord, settle: Settle) -> Settlement {
    Settlement { id: claimed.id, token: claimed.progress.fence, settle, change: change() }
}

/// The failure of an attempt.
pub(super) fn failure() -> FailureSummary<'static> {
    FailureSummary {
        class: Some("com.acme.StillRefused".into()),
        root_class: Some("java.net.ConnectException".into()),
        message: Some("refused once more".into()),
        error_type: ErrorType::TransientNetwork,
        fingerprint: Fingerprint::from_u64(99),
    }
}

/// An attempt failed.
pub(super) fn failed(then: DlqStatus, retry_in: Option<Duration>) -> Settle {
    Settle::Complete(Outcome::Failed { failure: failure(), then, retry_in })
}

/// An attempt was delivered.
pub(super) fn delivered(at: Option<Delivered>) -> Settle {
    Settle::Complete(Outcome::Delivered(at))
}

pub(super) fn ids<'a>(records: impl IntoIterator<Item = &'a DlqRecord>) -> Vec<RecordId> {
    records.into_iter().map(|record| record.id).collect()
}

impl StoreUnderTest {
    /// Stores new records, in batches that the store takes; each must be new.
    pub(super) async fn put_all(&self, records: &[DlqRecord]) {
        for batch in records.chunks(self.capability().largest_batch.min(1_000)) {
            let saves = batch.iter().cloned().map(Save::New).collect();
            for answer in self.save_batch(saves).await.unwrap() {
                assert_eq!(answer.unwrap(), SaveOutcome::Stored { version: 1 });
            }
        }
    }

    /// Stores a new record and reads it back.
    pub(super) async fn put(&self, record: DlqRecord) -> DlqRecord {
        let id = record.id;
        self.put_all(&[record]).await;
        self.read(id).await
    }

    /// Reads a record that must be there.
    pub(super) async fn read(&self, id: RecordId) -> DlqRecord {
        self.find_by_id(id).await.unwrap().unwrap_or_else(|| panic!("{id} is not there"))
    }

    /// Reads all that matches, in order, with content.
    pub(super) async fn read_all(&self, criteria: &QueryCriteria) -> Vec<DlqRecord> {
        self.stream(criteria.clone(), true).try_collect().await.unwrap()
    }

    /// Claims one record, which must be free.
    pub(super) async fn take(&self, id: RecordId) -> DlqRecord {
        let mut claimed = self.claim(&claim_of([id])).await.unwrap();
        assert_eq!(ids(&claimed), [id], "claimed by id");
        claimed.pop().unwrap()
    }

    /// Settles one lease.
    pub(super) async fn settle_one(&self, settlement: &Settlement) -> StorageResult<Settled> {
        self.settle(vec![settlement.clone()]).await.unwrap().pop().unwrap()
    }

    /// Ends a claimed record's attempt in this way.
    pub(super) async fn end(&self, claimed: &DlqRecord, settle: Settle) -> DlqRecord {
        self.settle_one(&settlement(claimed, settle)).await.unwrap();
        self.read(claimed.id).await
    }

    /// Stores a record and sends it home, to its origin's topic.
    pub(super) async fn send_home(&self, record: DlqRecord, at: Option<Delivered>) -> DlqRecord {
        let stored = self.put(record).await;
        let claimed = self.take(stored.id).await;
        self.end(&claimed, delivered(at)).await
    }

    /// Stores a plain record and brings it into a status, as workers and people would; a lease has run out.
    pub(super) async fn bring_to(&self, number: u32, status: DlqStatus) -> DlqRecord {
        let stored = self.put(fixture::record(number)).await;
        match status {
            DlqStatus::Pending => stored,
            DlqStatus::Retrying => {
                self.take(stored.id).await;
                self.pass(A_MINUTE);
                self.read(stored.id).await
            }
            DlqStatus::Success => {
                let claimed = self.take(stored.id).await;
                self.end(&claimed, delivered(None)).await
            }
            DlqStatus::Failed => {
                let claimed = self.take(stored.id).await;
                self.end(&claimed, failed(DlqStatus::Failed, None)).await
            }
            DlqStatus::Expired | DlqStatus::Skipped | DlqStatus::OnHold => {
                self.patch(stored.id, &Patch::to(status)).await;
                self.read(stored.id).await
            }
        }
    }

    /// Patches one record, which must be patched.
    pub(super) async fn patch(&self, id: RecordId, patch: &Patch) {
        let outcome = self.bulk_update(&only([id]), patch, &change()).await.unwrap();
        assert_eq!((outcome.changed, outcome.leased, outcome.refused), (1, 0, 0), "{patch:?}");
    }
}
