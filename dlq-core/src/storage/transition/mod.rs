//! The rules of every change of one record, written once: stores read a record, call the rule, and write back the
//! record and the history entry in one atomic step.
//!
//! A rule neither waits nor stores, and takes the time as an argument. A rule that answers an error has changed nothing.
//! Every change raises the version by one, names its operation, and sets the time of change. Before a rule is applied,
//! a store looks whether the record's history already holds the operation, and then answers as it did the first time:
//! [`replaced_before`], [`patched_before`], [`settled_before`].

mod arrival;
mod books;
mod cell;
mod check;
mod claim;
mod deltas;
mod edit;
mod entry;
mod settle;
mod watermark;

pub use arrival::{Delivery, Known, admit, import, recognise, returned};
pub use books::raise;
pub use cell::{Cell, Delta};
pub use check::{check_advance, check_claim, check_page};
pub use claim::{claim, is_worn_out, may_claim};
pub use deltas::Deltas;
pub use edit::{patch, patched_before, replace, replaced_before};
pub use settle::{settle, settled_before};
pub use watermark::advance;

use super::error::{StorageError, StorageErrorKind, StorageResult};
use crate::clock::Timestamp;
use crate::record::{DlqRecord, DlqStatus, Lease, Progress};

/// The lease under which a record is held at `now`, if it is.
#[must_use]
pub fn live_lease(progress: &Progress, now: Timestamp) -> Option<&Lease> {
    progress.lease.as_ref().filter(|lease| now < lease.until)
}

fn refuse_leased(record: &DlqRecord, now: Timestamp, operation: &'static str) -> StorageResult<()> {
    let Some(lease) = live_lease(&record.progress, now) else { return Ok(()) };
    let kind = StorageErrorKind::Leased { owner: lease.owner.clone(), until: lease.until };
    Err(refusal(record, kind, operation, "the record is held"))
}

fn illegal_move(record: &DlqRecord, to: DlqStatus, operation: &'static str) -> StorageError {
    let kind = StorageErrorKind::IllegalMove { from: record.progress.status, to };
    refusal(record, kind, operation, "the record cannot make this move")
}

fn refusal(
    record: &DlqRecord,
    kind: StorageErrorKind,
    operation: &'static str,
    message: &str,
) -> StorageError {
    StorageError::new(kind, operation, message).with("record", record.id)
}

fn invalid(operation: &'static str, message: String) -> StorageError {
    StorageError::new(StorageErrorKind::Validation, operation, message)
}

#[cfg(test)]
mod tests;
