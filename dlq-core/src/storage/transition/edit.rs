//! What people and programs do to a record that no one holds: replacing its progress, patching it.

use super::entry::{enter, entry_of};
use super::{illegal_move, refusal, refuse_leased};
use crate::clock::Timestamp;
use crate::record::{Action, Change, DlqRecord, DlqStatus, FailureSummary, HistoryEntry, Progress};
use crate::storage::error::{StorageErrorKind, StorageResult};
use crate::storage::write::{Expect, Move, Patch, SaveOutcome};

/// What this replacement was answered when it was made before.
#[must_use]
pub fn replaced_before(history: &[HistoryEntry], change: &Change) -> Option<SaveOutcome> {
    let entry = entry_of(history, change.operation, &[Action::Replaced])?;
    Some(SaveOutcome::Stored { version: entry.version })
}

/// Replaces the record's progress but for what is the store's: lease, fence, attempt, unsettled claims, and the times of
/// creation and change. A new revision closes the attempt: what was sent before is no longer what would be sent.
///
/// # Errors
/// The record is held, does not have the version that was expected, or cannot make the move.
pub fn replace(
    record: &mut DlqRecord,
    progress: Progress,
    expected: Expect,
    change: &Change,
    now: Timestamp,
) -> StorageResult<HistoryEntry> {
    refuse_leased(record, now, "save")?;
    refuse_conflict(record, expected)?;
    let (from, to) = (record.progress.status, progress.status);
    if from != to && (to == DlqStatus::Retrying || !from.may_become(to)) {
        return Err(illegal_move(record, to, "save"));
    }
    let before = record.progress.clone();
    let mut after = Progress {
        failure: progress.failure.map(FailureSummary::into_owned),
        attempt: before.attempt.clone(),
        lease: before.lease.clone(),
        fence: before.fence,
        unsettled_claims: before.unsettled_claims,
        created_at: before.created_at,
        ..progress
    };
    begin_anew(&mut after, &before);
    record.progress = after.into();
    Ok(enter(record, &before, Action::Replaced, change, now))
}

/// Whether this operation has already patched the record.
#[must_use]
pub fn patched_before(history: &[HistoryEntry], change: &Change) -> bool {
    entry_of(history, change.operation, &[Action::Patched, Action::Reopened]).is_some()
}

/// Applies a patch to the record.
///
/// # Errors
/// The record is held, or cannot make the move.
pub fn patch(
    record: &mut DlqRecord,
    patch: &Patch,
    change: &Change,
    now: Timestamp,
) -> StorageResult<HistoryEntry> {
    refuse_leased(record, now, "bulk_update")?;
    let before = record.progress.clone();
    if !patch.apply(&mut record.progress) {
        let to = match patch.status {
            Some(Move::To(to)) => to,
            Some(Move::Reopen) | None => DlqStatus::Pending,
        };
        return Err(illegal_move(record, to, "bulk_update"));
    }
    let action = if patch.status == Some(Move::Reopen) { Action::Reopened } else { Action::Patched };
    Ok(enter(record, &before, action, change, now))
}

fn refuse_conflict(record: &DlqRecord, expected: Expect) -> StorageResult<()> {
    let expected = match expected {
        Expect::Any => return Ok(()),
        Expect::Absent => 0,
        Expect::Version(version) => version,
    };
    if expected == record.version {
        return Ok(());
    }
    let kind = StorageErrorKind::Conflict { expected, actual: record.version };
    Err(refusal(record, kind, "save", "the record changed meanwhile"))
}

/// Drops what the record's former place in life leaves behind.
fn begin_anew(progress: &mut Progress, before: &Progress) {
    if progress.status != DlqStatus::Retrying {
        progress.lease = None;
    }
    let released = before.status == DlqStatus::OnHold && progress.status != DlqStatus::OnHold;
    let edited = progress.revision != before.revision;
    if released || edited {
        progress.unsettled_claims = 0;
    }
    if let (true, Some(attempt)) = (edited, &mut progress.attempt) {
        attempt.open = false;
    }
}
