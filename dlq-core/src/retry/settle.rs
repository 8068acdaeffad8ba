//! What came of sending, as settlements; written until the storage answers.

use std::borrow::Cow;
use std::time::Duration;

use super::sink::Sent;
use crate::record::{Change, DlqRecord, DlqStatus, ErrorType, FailureSummary, OperationId};
use crate::storage::{DlqStorage, Outcome, Settle, Settled, Settlement, StorageResult};

/// The settlement of a record that was sent. One that the target refused becomes `refused_becomes` (Failed or OnHold);
/// one whose outcome no one knows is released, and stays under its redrive id.
#[must_use]
pub fn settlement_of(
    record: &DlqRecord,
    sent: &Sent,
    refused_becomes: DlqStatus,
    change: &Change,
) -> Settlement {
    let change = Change { operation: OperationId::new(), ..change.clone() };
    let (settle, change) = match sent {
        Sent::Delivered(at) => (Settle::Complete(Outcome::Delivered(*at)), change),
        Sent::Refused(reason) => {
            let failure = FailureSummary {
                message: Some(Cow::Owned(reason.clone())),
                error_type: ErrorType::PermanentFailure,
                ..record.failure()
            };
            let failure = failure.into_owned();
            let outcome = Outcome::Failed { failure, then: refused_becomes, retry_in: None };
            (Settle::Complete(outcome), change.because(reason))
        }
        Sent::Unknown(reason) => (Settle::Release(None), change.because(reason)),
    };
    Settlement { id: record.id, token: record.progress.fence, settle, change }
}

/// Settles, and asks again under the same operations while the storage does not answer, at most `tries` times.
///
/// # Errors
/// The last try's error: the outcome is unknown, and the leases run out by themselves.
pub async fn settle_until_answered(
    storage: &dyn DlqStorage,
    settlements: Vec<Settlement>,
    tries: u32,
) -> StorageResult<Vec<StorageResult<Settled>>> {
    let mut wait = Duration::from_millis(50);
    for _ in 1..tries.max(1) {
        match storage.settle(settlements.clone()).await {
            Err(error) if error.is_temporary() => {
                tracing::warn!(%error, "the storage did not answer a settlement; it is asked again");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(Duration::from_secs(2));
            }
            answered => return answered,
        }
    }
    storage.settle(settlements).await
}
