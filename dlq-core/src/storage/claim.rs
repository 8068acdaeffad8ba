//! Claims: how a record comes to one worker, and how the worker gives it back.

use std::time::Duration;

use super::query::{Cursor, QueryCriteria};
use crate::record::{Change, Delivered, DlqStatus, FailureSummary, RecordId, TopicName, WorkerId};

/// Asks for records to work on.
///
/// Chosen are records that are Pending or Failed, and Retrying ones whose lease ran out; never one under a live lease,
/// on hold, or terminal. A claim, in one atomic step,
///
/// - moves the record to Retrying, sets the lease and `due_at` to its end, and raises the fencing token;
/// - fixes the attempt: an open one to the same target goes on under its number and redrive id; otherwise a new one is
///   opened, one older;
/// - puts the record on hold instead, and leaves it out of the answer, if it had been claimed
///   [`max_unsettled`](Self::max_unsettled) times without an outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimRequest {
    /// Which records.
    pub select: ClaimSelect,
    /// How many at most; at least 1.
    pub limit: usize,
    /// For whom.
    pub worker: WorkerId,
    /// For how long, by the store's clock; at least a millisecond.
    pub lease: Duration,
    /// Whether records of one lane keep their order.
    pub order: LaneOrder,
    /// Where the attempts go; `None` is each record's origin topic.
    pub target: Option<TopicName>,
    /// How many claims in a row may end without an outcome. Default 5.
    pub max_unsettled: u32,
    /// Who wants it, and why.
    pub change: Change,
}

impl ClaimRequest {
    /// A claim of what is due, a hundred records for half a minute, in no order.
    #[must_use]
    pub fn due(worker: WorkerId) -> Self {
        let change = Change::by(format!("worker:{worker}"));
        Self {
            select: ClaimSelect::Due,
            limit: 100,
            worker,
            lease: Duration::from_secs(30),
            order: LaneOrder::Any,
            target: None,
            max_unsettled: 5,
            change,
        }
    }
}

/// Which records a claim chooses from.
#[derive(Clone, Debug, PartialEq)]
pub enum ClaimSelect {
    /// Those whose `due_at` has come, the longest due first.
    Due,
    /// These, due or not.
    Ids(Vec<RecordId>),
    /// Those that match, due or not, in the criteria's order, beyond the cursor. `QueryCriteria::limit` is not heeded.
    Matching {
        /// What they match.
        criteria: Box<QueryCriteria>,
        /// Where to go on.
        after: Option<Cursor>,
    },
}

/// Whether records of one lane (same origin topic, partition and key) keep their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LaneOrder {
    /// Any record may be handed out.
    #[default]
    Any,
    /// Only a lane's first open record is handed out; every open status blocks the lane. Records without a lane are
    /// free.
    Keyed,
}

/// How a holder ends, or goes on with, its lease.
#[derive(Clone, Debug, PartialEq)]
pub struct Settlement {
    /// The record.
    pub id: RecordId,
    /// The fencing token that came with the claim.
    pub token: u64,
    /// What happens.
    pub settle: Settle,
    /// Who, why, and the name under which it may be repeated.
    pub change: Change,
}

/// What happens to a lease.
#[derive(Clone, Debug, PartialEq)]
pub enum Settle {
    /// Hold on for this long from now.
    Renew(Duration),
    /// The attempt has an outcome: it is closed.
    Complete(Outcome),
    /// Give it back to Pending without an outcome: the attempt stays open. Due again after this long; `None` leaves it
    /// unscheduled.
    Release(Option<Duration>),
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The target accepted it, there if the broker said where.
    Delivered(Option<Delivered>),
    /// It failed, and the record is to go on as `then`.
    Failed {
        /// Why.
        failure: FailureSummary<'static>,
        /// One of Failed, Expired, Skipped, OnHold.
        then: DlqStatus,
        /// With Failed: when to try again; `None` gives up.
        retry_in: Option<Duration>,
    },
}

/// What became of a settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The record's version after it.
    pub version: u64,
    /// The record's status after it.
    pub status: DlqStatus,
    /// The record had already come back, so that the outcome found it failed.
    pub returned: bool,
}
