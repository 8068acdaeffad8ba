//! [`Offers`]: which records a claim looks at, some at a time.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dlq_core::Timestamp;
use dlq_core::record::RecordId;
use dlq_core::storage::{ClaimRequest, ClaimSelect, LaneOrder, PageRequest, QueryCriteria, StorageResult};
use uuid::Uuid;

use super::merge::Merge;
use super::read;
use crate::index;
use crate::shards::Shards;
use crate::space::Space;
use crate::store::{KeyedStore, Stretch};

/// How many records are looked at at a time, where it is not known which of them may be leased.
const PAGE: usize = 100;

/// How many times as many records as wanted are looked at, at most, where other processes claim as well.
const SPREAD_MAX: usize = 16;

/// Records that are being offered to a worker of this process, so that workers who ask at the same time look at different
/// ones; and how far claims spread, so that other processes meet them less often. Both are a courtesy: who gets a record is
/// decided where the claim is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Offered(Arc<Mutex<Shared>>);

#[derive(Debug, Default)]
struct Shared {
    ids: HashSet<RecordId>,
    /// How many times as many as wanted are looked at beside these: 0 as long as nobody else was faster lately.
    spread: usize,
}

/// Which records a claim looks at.
#[derive(Debug)]
pub(super) enum Offers {
    /// What is due.
    Due(Due),
    /// Records by id, those that are left; each once.
    Ids(Vec<RecordId>),
    /// What matches.
    Matching(Option<Box<PageRequest>>),
}

/// What is due, longest first; where other processes are faster time and again, some of it before what is due longer.
#[derive(Debug)]
pub(super) struct Due {
    due: Merge,
    /// What was read and is not offered yet.
    ahead: VecDeque<RecordId>,
    /// In lanes nothing is offered to one alone, for most of what is looked at there has to wait for others.
    alone: bool,
    /// What is offered to this claim alone.
    mine: Vec<RecordId>,
    offered: Offered,
}

impl Offers {
    pub(super) fn new<S: KeyedStore>(store: &Shards<S>, request: &ClaimRequest, now: Timestamp) -> Self {
        match &request.select {
            ClaimSelect::Due => Self::Due(Due::new(store, now, request.order == LaneOrder::Any)),
            ClaimSelect::Ids(ids) => {
                let mut asked = HashSet::new();
                Self::Ids(ids.iter().rev().copied().filter(|id| asked.insert(*id)).collect())
            }
            ClaimSelect::Matching { criteria, after } => {
                let criteria = QueryCriteria { limit: None, ..QueryCriteria::clone(criteria) };
                let pages = PageRequest { after: *after, size: PAGE, ..PageRequest::new(criteria) };
                Self::Matching(Some(Box::new(pages)))
            }
        }
    }

    /// Some more records for this much room; nothing where there is no room, or nothing more to look at.
    pub(super) async fn next<S: KeyedStore>(
        &mut self,
        store: &Shards<S>,
        room: usize,
    ) -> StorageResult<Option<Vec<RecordId>>> {
        if room == 0 {
            return Ok(None);
        }
        match self {
            Self::Due(due) => due.next(store, room).await,
            Self::Ids(left) => {
                let some: Vec<_> = left.drain(left.len().saturating_sub(PAGE.max(room))..).rev().collect();
                Ok((!some.is_empty()).then_some(some))
            }
            Self::Matching(pages) => {
                let Some(request) = pages else { return Ok(None) };
                let page = read::page(store, request).await?;
                request.after = page.next;
                if page.next.is_none() {
                    *pages = None;
                }
                Ok(Some(page.records.into_iter().map(|record| record.id).collect()))
            }
        }
    }
}

impl Due {
    fn new<S: KeyedStore>(store: &Shards<S>, now: Timestamp, alone: bool) -> Self {
        let end = index::sortable(now.as_millis().saturating_add(1)).to_vec();
        let due = |shard| Stretch {
            high: std::ops::Bound::Excluded(end.clone()),
            ..Stretch::all(shard, Space::Due)
        };
        let due = Merge::new(store.all().map(due).collect(), 0, false);
        Self { due, ahead: VecDeque::new(), alone, mine: Vec::new(), offered: store.offered.clone() }
    }

    async fn next<S: KeyedStore>(
        &mut self,
        store: &Shards<S>,
        room: usize,
    ) -> StorageResult<Option<Vec<RecordId>>> {
        let wanted = if self.alone { room } else { PAGE };
        loop {
            if self.ahead.is_empty() {
                self.look(store, wanted).await?;
            }
            let mut some: Vec<_> = self.ahead.drain(..wanted.min(self.ahead.len())).collect();
            if some.is_empty() {
                return Ok(None);
            }
            if self.alone {
                self.offered.take(&mut some);
                self.mine.extend(&some);
            }
            if !some.is_empty() {
                return Ok(Some(some));
            }
        }
    }

    async fn look<S: KeyedStore>(&mut self, store: &Shards<S>, wanted: usize) -> StorageResult<()> {
        let spread = if self.alone { self.offered.spread() } else { 0 };
        let members = self.due.next(store, "claim", wanted.saturating_mul(spread + 1)).await?;
        self.ahead = members.iter().filter_map(|member| Some(index::read(member)?.1)).collect();
        let dice = usize::from(Uuid::new_v4().as_bytes()[0]);
        let skipped = (dice % (spread + 1)).saturating_mul(wanted);
        self.ahead.rotate_left(skipped.min(self.ahead.len().saturating_sub(wanted)));
        Ok(())
    }
}

impl Drop for Due {
    /// What was leased is due later, and what was not is anybody's.
    fn drop(&mut self) {
        self.offered.give_back(&self.mine);
    }
}

impl Offered {
    /// Leaves those that are offered to nobody, and offers them.
    fn take(&self, ids: &mut Vec<RecordId>) {
        let mut shared = self.shared();
        ids.retain(|id| shared.ids.insert(*id));
    }

    fn give_back(&self, ids: &[RecordId]) {
        let mut shared = self.shared();
        ids.iter().for_each(|id| {
            shared.ids.remove(id);
        });
    }

    fn spread(&self) -> usize {
        self.shared().spread
    }

    /// Whether others were faster with what a claim looked at: claims spread further then, and come together again by and
    /// by.
    pub(super) fn met_others(&self, met: bool) {
        let mut shared = self.shared();
        shared.spread = match met {
            true => (shared.spread * 2 + 1).min(SPREAD_MAX - 1),
            false => shared.spread.saturating_sub(1),
        };
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
