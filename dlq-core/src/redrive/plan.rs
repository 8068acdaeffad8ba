//! What is to be sent home, and how.

use std::time::Duration;

use crate::record::{Change, DlqRecord, KnownBy, OperationId, RecordId, TopicName, WorkerId};
use crate::storage::{ClaimRequest, ClaimSelect, LaneOrder, Order, QueryCriteria};

/// The most records that are claimed at once.
const BATCH_MAX: usize = 10_000;

/// What is to be sent home, and how.
#[derive(Clone, Debug)]
pub struct RedrivePlan {
    /// Which records.
    pub select: RedriveSelect,
    /// To which topic; `None` is each record's origin topic.
    pub target: Option<TopicName>,
    /// Whether records of one lane keep their order.
    pub order: LaneOrder,
    /// Records per claim; 1 to 10 000. Default 500.
    pub batch: usize,
    /// How long a claim holds; longer than the sink takes to give up. Default 60 s.
    pub lease: Duration,
    /// At most so many records a second; `None` is as fast as it goes.
    pub rate: Option<u32>,
    /// At most so many records in all.
    pub limit: Option<u64>,
    /// Origins that are only guessed may be sent to.
    pub confirmed: bool,
    /// On whose behalf.
    pub worker: WorkerId,
    /// Who wants it, and why.
    pub change: Change,
}

/// Which records are to be sent home.
#[derive(Clone, Debug)]
pub enum RedriveSelect {
    /// These.
    Ids(Vec<RecordId>),
    /// Those that match, and that a claim may take: Pending, Failed, or left behind by a worker whose lease ran out.
    Matching(Box<QueryCriteria>),
}

impl RedrivePlan {
    /// A plan with every default.
    #[must_use]
    pub fn new(select: RedriveSelect, worker: WorkerId, change: Change) -> Self {
        Self {
            select,
            target: None,
            order: LaneOrder::Any,
            batch: 500,
            lease: Duration::from_secs(60),
            rate: None,
            limit: None,
            confirmed: false,
            worker,
            change,
        }
    }

    /// What the plan looks for, as criteria; the oldest first, whatever order was asked for.
    #[must_use]
    pub fn criteria(&self) -> QueryCriteria {
        let criteria = match &self.select {
            RedriveSelect::Ids(ids) => QueryCriteria::builder().ids(ids.iter().copied()).build(),
            RedriveSelect::Matching(criteria) => criteria.as_ref().clone(),
        };
        QueryCriteria { order: Order::OldestFirst, limit: None, ..criteria }
    }

    /// How many records are sent at most.
    #[must_use]
    pub fn limit(&self) -> u64 {
        let asked = match &self.select {
            RedriveSelect::Ids(_) => None,
            RedriveSelect::Matching(criteria) => criteria.limit,
        };
        self.limit.or(asked).unwrap_or(u64::MAX)
    }

    /// Where the plan sends a record, if anyone can say.
    #[must_use]
    pub fn target_of<'a>(&'a self, record: &'a DlqRecord) -> Option<&'a TopicName> {
        self.target.as_ref().or(record.captured.origin.topic.as_ref())
    }

    /// Whether the plan's target for a record is only guessed.
    #[must_use]
    pub fn is_guessed(&self, record: &DlqRecord) -> bool {
        self.target.is_none() && record.captured.origin.known_by == Some(KnownBy::Guess)
    }

    /// Whether the plan may send a record: someone can say where it goes, and has not merely guessed.
    #[must_use]
    pub fn may_send(&self, record: &DlqRecord) -> bool {
        self.target_of(record).is_some() && (self.confirmed || !self.is_guessed(record))
    }

    /// How many records are claimed at once: no more than go out in a second.
    pub(super) fn batch(&self) -> usize {
        let rate = self.rate.and_then(|rate| usize::try_from(rate).ok()).unwrap_or(usize::MAX);
        self.batch.min(rate).clamp(1, BATCH_MAX)
    }

    /// The claim of so many of these records.
    pub(super) fn claim(&self, ids: Vec<RecordId>, limit: usize) -> ClaimRequest {
        ClaimRequest {
            limit,
            select: ClaimSelect::Ids(ids),
            lease: self.lease,
            order: self.order,
            target: self.target.clone(),
            change: Change { operation: OperationId::new(), ..self.change.clone() },
            ..ClaimRequest::due(self.worker.clone())
        }
    }
}
