//! What is to be sent home, and how.

use std::time::Duration;

use crate::record::{Change, RecordId, TopicName, WorkerId};
use crate::storage::{ClaimRequest, ClaimSelect, Cursor, LaneOrder, Order, QueryCriteria};

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
        QueryCriteria { order: Order::OldestFirst, ..criteria }
    }

    /// The next claim. With key order it begins at the start each time, since what a lane held back may be free by
    /// now; otherwise it goes on after the last record.
    pub(super) fn claim(&self, after: Option<Cursor>, limit: usize) -> ClaimRequest {
        let after = if self.order == LaneOrder::Keyed { None } else { after };
        let select = ClaimSelect::Matching { criteria: Box::new(self.criteria()), after };
        let (worker, change) = (self.worker.clone(), self.change.clone());
        ClaimRequest {
            select,
            limit,
            lease: self.lease,
            order: self.order,
            target: self.target.clone(),
            change,
            ..ClaimRequest::due(worker)
        }
    }
}
