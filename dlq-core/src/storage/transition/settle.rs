//! What a settlement does to a record.

use serde_json::json;

use super::check::check_lease;
use super::entry::{enter, entry_of, note};
use super::{illegal_move, invalid, refusal};
use crate::clock::Timestamp;
use crate::record::{Action, DlqRecord, DlqStatus, FailureSummary, HistoryEntry, Progress};
use crate::storage::claim::{Outcome, Settle, Settled, Settlement};
use crate::storage::error::{StorageErrorKind, StorageResult};

const RETURNED: &str = "returned";

/// What this settlement was answered when it was made before.
#[must_use]
pub fn settled_before(history: &[HistoryEntry], settlement: &Settlement) -> Option<Settled> {
    let entry = entry_of(history, settlement.change.operation, &[action(&settlement.settle)])?;
    let returned = entry.fields.get(RETURNED).is_some();
    Some(Settled { version: entry.version, status: entry.to, returned })
}

/// Renews, completes or releases the record's lease. A lease that ran out but was not claimed by another still settles.
/// A record that came back while it was out keeps the return's failure, and learns where it had been delivered.
///
/// # Errors
/// The token is not the record's, the settlement makes no sense, or the record is not out: it was moved meanwhile, or
/// settled by another operation.
pub fn settle(
    record: &mut DlqRecord,
    settlement: &Settlement,
    now: Timestamp,
) -> StorageResult<(Settled, HistoryEntry)> {
    let Settlement { token, settle, change, .. } = settlement;
    let current = record.progress.fence;
    if *token != current {
        let kind = StorageErrorKind::Fenced { token: *token, current };
        return Err(refusal(record, kind, "settle", "the record is no longer this holder's"));
    }
    check(settle)?;
    let returned = came_back(&record.progress);
    if record.progress.status != DlqStatus::Retrying && !returned {
        return Err(illegal_move(record, goal(settle), "settle"));
    }
    let before = record.progress.clone();
    if returned {
        settle_returned(&mut record.progress, settle);
    } else {
        settle_held(&mut record.progress, settle, change.reason.as_deref(), now);
    }
    let mut entry = enter(record, &before, action(settle), change, now);
    entry.attempt = record.progress.attempt.as_ref().map(|attempt| attempt.number);
    if returned {
        note(&mut entry, RETURNED, json!(true));
    }
    Ok((Settled { version: record.version, status: record.progress.status, returned }, entry))
}

const fn action(settle: &Settle) -> Action {
    match settle {
        Settle::Renew(_) => Action::Renewed,
        Settle::Complete(_) => Action::Completed,
        Settle::Release(_) => Action::Released,
    }
}

const fn goal(settle: &Settle) -> DlqStatus {
    match settle {
        Settle::Renew(_) => DlqStatus::Retrying,
        Settle::Complete(Outcome::Delivered(_)) => DlqStatus::Success,
        Settle::Complete(Outcome::Failed { then, .. }) => *then,
        Settle::Release(_) => DlqStatus::Pending,
    }
}

fn check(settle: &Settle) -> StorageResult<()> {
    use DlqStatus::{Expired, Failed, OnHold, Skipped};
    match settle {
        Settle::Renew(lease) => check_lease("settle", *lease),
        Settle::Complete(Outcome::Failed { then, .. })
            if !matches!(then, Failed | Expired | Skipped | OnHold) =>
        {
            Err(invalid("settle", format!("then {then}: failed, expired, skipped, on_hold are allowed")))
        }
        _ => Ok(()),
    }
}

/// Only a return closes an attempt and leaves its claims without an outcome.
fn came_back(progress: &Progress) -> bool {
    progress.attempt.as_ref().is_some_and(|attempt| !attempt.open) && progress.unsettled_claims > 0
}

fn settle_returned(progress: &mut Progress, settle: &Settle) {
    let Settle::Complete(outcome) = settle else { return };
    progress.unsettled_claims = 0;
    if let (Outcome::Delivered(Some(at)), Some(attempt)) = (outcome, &mut progress.attempt) {
        attempt.delivered = Some(*at);
    }
}

fn settle_held(progress: &mut Progress, settle: &Settle, reason: Option<&str>, now: Timestamp) {
    match settle {
        Settle::Renew(lease) => {
            let until = now.plus(*lease);
            progress.due_at = Some(until);
            if let Some(lease) = &mut progress.lease {
                lease.until = until;
            }
        }
        Settle::Release(due_in) => {
            let_go(progress, goal(settle));
            progress.due_at = due_in.map(|due_in| now.plus(due_in));
        }
        Settle::Complete(outcome) => {
            let_go(progress, goal(settle));
            complete(progress, outcome, reason, now);
        }
    }
}

fn let_go(progress: &mut Progress, to: DlqStatus) {
    progress.status = to;
    progress.lease = None;
    progress.due_at = None;
}

fn complete(progress: &mut Progress, outcome: &Outcome, reason: Option<&str>, now: Timestamp) {
    progress.unsettled_claims = 0;
    close_attempt(progress, now);
    match outcome {
        Outcome::Delivered(at) => {
            if let Some(attempt) = &mut progress.attempt {
                attempt.delivered = *at;
            }
        }
        Outcome::Failed { failure, then, retry_in } => {
            progress.failure = Some(FailureSummary::into_owned(failure.clone()));
            match then {
                DlqStatus::Failed => progress.due_at = retry_in.map(|retry_in| now.plus(retry_in)),
                DlqStatus::OnHold => progress.notes.hold_reason = reason.map(str::to_owned),
                _ => {}
            }
        }
    }
}

/// Counts the latest attempt as ended, once.
pub(super) fn close_attempt(progress: &mut Progress, now: Timestamp) {
    let Some(attempt) = progress.attempt.as_mut().filter(|attempt| attempt.open) else { return };
    attempt.open = false;
    progress.retry_count = progress.retry_count.saturating_add(1);
    progress.last_retry_at = Some(now);
}
