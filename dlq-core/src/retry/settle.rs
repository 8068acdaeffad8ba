//! What came of sending, as settlements; written until the storage answers.

use std::time::Duration;

use super::sink::Sent;
use crate::record::{
    Change, DlqRecord, DlqStatus, ErrorType, FailureSummary, Fingerprint, FingerprintInput, OperationId,
    TopicName,
};
use crate::storage::{DlqStorage, Outcome, Settle, Settled, Settlement, StorageResult, until_answered};

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
            let failure = refusal(record, reason);
            let outcome = Outcome::Failed { failure, then: refused_becomes, retry_in: None };
            (Settle::Complete(outcome), change.because(reason))
        }
        Sent::Unknown(reason) => (Settle::Release(None), change.because(reason)),
    };
    Settlement { id: record.id, token: record.progress.fence, settle, change }
}

/// The failure that a refusal is: the target's, and no longer the one that was captured.
fn refusal(record: &DlqRecord, reason: &str) -> FailureSummary<'static> {
    let target = record.progress.attempt.as_ref().and_then(|attempt| attempt.target.as_ref());
    let input = FingerprintInput {
        topic: target.map_or("", TopicName::as_str),
        message: Some(reason),
        ..FingerprintInput::default()
    };
    let failure = FailureSummary {
        message: Some(reason.into()),
        error_type: ErrorType::PermanentFailure,
        fingerprint: Fingerprint::of(&input),
        ..FailureSummary::default()
    };
    failure.into_owned()
}

/// Settles, and asks again under the same operations while the storage does not answer, for so long.
///
/// # Errors
/// The last try's error: the outcome is unknown, and the leases run out by themselves.
pub async fn settle_until_answered(
    storage: &dyn DlqStorage,
    settlements: Vec<Settlement>,
    within: Duration,
) -> StorageResult<Vec<StorageResult<Settled>>> {
    until_answered(within, "settle", || storage.settle(settlements.clone())).await
}
