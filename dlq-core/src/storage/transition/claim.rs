//! What a claim does to a record.

use super::entry::enter;
use super::{illegal_move, live_lease, refuse_leased};
use crate::clock::Timestamp;
use crate::record::{
    Action, Attempt, DlqRecord, DlqStatus, HistoryEntry, Lease, Progress, RedriveId, TopicName,
};
use crate::storage::claim::ClaimRequest;
use crate::storage::error::StorageResult;

/// Whether a claim may choose the record: Pending or Failed, or Retrying without a live lease.
#[must_use]
pub fn may_claim(progress: &Progress, now: Timestamp) -> bool {
    progress.status.may_become(DlqStatus::Retrying) && live_lease(progress, now).is_none()
}

/// Whether a claim would put the record on hold: it was claimed too often without an outcome.
#[must_use]
pub const fn is_worn_out(progress: &Progress, request: &ClaimRequest) -> bool {
    progress.unsettled_claims >= request.max_unsettled
}

/// Leases the record to the worker ([`Action::Claimed`]), or puts it on hold ([`Action::Held`]) where it
/// [is worn out](is_worn_out).
///
/// # Errors
/// The record is held, or its status cannot become Retrying.
pub fn claim(record: &mut DlqRecord, request: &ClaimRequest, now: Timestamp) -> StorageResult<HistoryEntry> {
    refuse_leased(record, now, "claim")?;
    if !may_claim(&record.progress, now) {
        return Err(illegal_move(record, DlqStatus::Retrying, "claim"));
    }
    let before = record.progress.clone();
    let action = if is_worn_out(&before, request) {
        hold(&mut record.progress);
        Action::Held
    } else {
        let target = request.target.as_ref().or(record.captured.origin.topic.as_ref());
        lease(&mut record.progress, request, target, now);
        Action::Claimed
    };
    let entry = enter(record, &before, action, &request.change, now);
    Ok(HistoryEntry { attempt: record.progress.attempt.as_ref().map(|attempt| attempt.number), ..entry })
}

fn hold(progress: &mut Progress) {
    progress.status = DlqStatus::OnHold;
    progress.lease = None;
    progress.due_at = None;
    progress.notes.hold_reason = Some(format!("{} claims without an outcome", progress.unsettled_claims));
}

fn lease(progress: &mut Progress, request: &ClaimRequest, target: Option<&TopicName>, now: Timestamp) {
    let until = now.plus(request.lease);
    progress.status = DlqStatus::Retrying;
    progress.fence += 1;
    progress.lease = Some(Lease { owner: request.worker.clone(), until, token: progress.fence });
    progress.due_at = Some(until);
    progress.unsettled_claims = progress.unsettled_claims.saturating_add(1);
    progress.attempt = Some(attempt(progress.attempt.take(), target));
}

/// An open attempt to the same target goes on; otherwise a new one begins.
fn attempt(latest: Option<Attempt>, target: Option<&TopicName>) -> Attempt {
    let number = latest.as_ref().map_or(1, |latest| latest.number.saturating_add(1));
    latest.filter(|latest| latest.open && latest.target.as_ref() == target).unwrap_or_else(|| Attempt {
        number,
        redrive_id: RedriveId::random(),
        target: target.cloned(),
        delivered: None,
        open: true,
    })
}
