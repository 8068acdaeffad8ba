//! What is written: [`Save`], [`Patch`], and what comes of them.

use std::collections::BTreeSet;

use crate::clock::Timestamp;
use crate::record::{Change, DlqRecord, DlqStatus, Progress, RecordId, RedriveId};

/// One write of one record. Each kind is safe to repeat.
#[derive(Clone, Debug)]
pub enum Save {
    /// Store it unless it is there.
    New(DlqRecord),
    /// Store it unless it is there, or unless it is the return of a record that was sent home.
    Arrival {
        /// The dead letter.
        record: DlqRecord,
        /// What its headers claim; without a claim its origin may still tell.
        claim: Option<Box<ReturnClaim>>,
    },
    /// Store a record that an export or quarantine kept, with its progress, unless it is there. It counts as imported.
    /// What only the store that it came from can know ends: a lease, and with it Retrying, becomes Pending.
    Import(DlqRecord),
    /// Replace the progress of a record; what was captured stays.
    Replace {
        /// The record.
        id: RecordId,
        /// Its new progress. The status may stay, or move as the table of moves allows, but not to Retrying, which only a
        /// claim does. Lease, fence, attempt, unsettled claims, operation and times of creation and change are the
        /// store's, whatever is given here.
        progress: Box<Progress>,
        /// What must stand.
        expected: Expect,
        /// Who wants it, and why.
        change: Box<Change>,
    },
}

impl Save {
    /// The record's id.
    #[must_use]
    pub const fn id(&self) -> RecordId {
        match self {
            Self::New(record) | Self::Import(record) | Self::Arrival { record, .. } => record.id,
            Self::Replace { id, .. } => *id,
        }
    }

    /// The record that arrives with it.
    #[must_use]
    pub const fn record(&self) -> Option<&DlqRecord> {
        match self {
            Self::New(record) | Self::Import(record) | Self::Arrival { record, .. } => Some(record),
            Self::Replace { .. } => None,
        }
    }
}

impl AsRef<Self> for Save {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// What a dead letter's headers claim about the record that it once was. A claim is never proof: the store accepts it
/// only if
///
/// - the named attempt of the named record was delivered to the position that is this dead letter's origin; or
/// - the dead letter's origin is not told, or the attempt's delivery is not yet known, and the attempt's target is the
///   origin's topic where one is told and key and payload are the same ([`Content::body_checksum`]).
///
/// Without a claim, a dead letter is a return if its origin is a position to which an attempt was delivered. A dead
/// letter whose claim does not hold is a new record, with the named one among its related records.
///
/// A return of the latest attempt moves the record to Failed with the new failure, and closes the attempt; that of an
/// earlier one is only noted. A return whose record was purged is a new record.
///
/// [`Content::body_checksum`]: crate::record::Content::body_checksum
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReturnClaim {
    /// The record that it claims to be.
    pub record: RecordId,
    /// The attempt under which it claims to have been sent.
    pub redrive_id: RedriveId,
}

/// What must stand for a write to go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Whatever stands.
    Any,
    /// Nothing: there is none yet.
    Absent,
    /// Exactly this version.
    Version(u64),
}

/// What became of one [`Save`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveOutcome {
    /// Written; the record now has this version.
    Stored {
        /// From 1.
        version: u64,
    },
    /// The id was there, and everything stays as it was.
    AlreadyThere,
    /// It is the return of a record that was sent home.
    Returned {
        /// Which record.
        record: RecordId,
        /// Of which attempt.
        attempt: u32,
    },
}

/// A change of many records; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// Where the records go.
    pub status: Option<Move>,
    /// When to act next; `Some(None)` unschedules.
    pub due_at: Option<Option<Timestamp>>,
    /// When their time runs out; `Some(None)` never.
    pub expires_at: Option<Option<Timestamp>>,
    /// Why they are on hold; `Some(None)` forgets the reason.
    pub hold_reason: Option<Option<String>>,
    /// Tags to add.
    pub add_tags: BTreeSet<String>,
    /// Tags to remove.
    pub remove_tags: BTreeSet<String>,
}

impl Patch {
    /// A patch that moves to `status` as the table of moves allows.
    #[must_use]
    pub fn to(status: DlqStatus) -> Self {
        Self { status: Some(Move::To(status)), ..Self::default() }
    }

    /// A patch that brings terminal records back to Pending.
    #[must_use]
    pub fn reopen() -> Self {
        Self { status: Some(Move::Reopen), ..Self::default() }
    }

    /// Applies the patch to a record's progress: the one meaning that every store shares. Answers whether it could:
    /// `false`, and nothing is changed, where the status cannot make the move.
    ///
    /// A move unschedules and ends what is left of a lease. Who leaves hold leaves the reason and the earlier claims
    /// behind, and may be claimed again.
    #[must_use]
    pub fn apply(&self, progress: &mut Progress) -> bool {
        let from = progress.status;
        progress.status = match self.status {
            None => from,
            Some(Move::To(to)) if to != DlqStatus::Retrying && from.may_become(to) => to,
            Some(Move::Reopen) if from.is_terminal() => DlqStatus::Pending,
            Some(_) => return false,
        };
        if self.status.is_some() {
            progress.due_at = None;
            progress.lease = None;
            if from == DlqStatus::OnHold {
                progress.unsettled_claims = 0;
            }
            if progress.status != DlqStatus::OnHold {
                progress.notes.hold_reason = None;
            }
        }
        if let Some(due_at) = self.due_at {
            progress.due_at = due_at;
        }
        if let Some(expires_at) = self.expires_at {
            progress.expires_at = expires_at;
        }
        if let Some(reason) = &self.hold_reason {
            progress.notes.hold_reason.clone_from(reason);
        }
        for tag in &self.add_tags {
            progress.notes.add_tag(tag);
        }
        progress.notes.tags.retain(|tag| !self.remove_tags.contains(tag));
        true
    }
}

/// A move of a [`Patch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// To this status, as the table of moves allows; never to Retrying, which only a claim does.
    To(DlqStatus),
    /// Out of a terminal status, back to Pending.
    Reopen,
}

/// What became of a bulk change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BulkOutcome {
    /// Records that were changed, now or by the same operation before.
    pub changed: u64,
    /// Records left alone because someone holds them.
    pub leased: u64,
    /// Records left alone because their status cannot make the move, or because they are damaged.
    pub refused: u64,
}
