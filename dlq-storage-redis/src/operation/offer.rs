//! [`Offers`]: which records a claim looks at, some at a time.

use std::collections::HashSet;
use std::time::Duration;

use dlq_core::Timestamp;
use dlq_core::record::RecordId;
use dlq_core::storage::{ClaimRequest, ClaimSelect, LaneOrder, PageRequest, QueryCriteria, StorageResult};

use super::read;
use crate::index;
use crate::key::Key;
use crate::store::Store;

/// How many records are looked at at a time, where it is not known which of them may be leased.
const PAGE: usize = 100;

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

/// What is due, from some place on.
#[derive(Debug)]
pub(super) struct Due {
    now: Timestamp,
    /// Until when it is reserved; in lanes nothing is, for most of what is looked at there has to wait for others.
    reserved: Option<Timestamp>,
    from: Option<Vec<u8>>,
    /// What is reserved now.
    offered: Vec<RecordId>,
}

impl Offers {
    pub(super) fn new(request: &ClaimRequest, now: Timestamp, reserved: Duration) -> Self {
        match &request.select {
            ClaimSelect::Due => {
                let reserved = (request.order == LaneOrder::Any).then(|| now.plus(reserved));
                let from = Some(b"-".to_vec());
                Self::Due(Due { now, reserved, from, offered: Vec::new() })
            }
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
    pub(super) async fn next(&mut self, store: &Store, room: usize) -> StorageResult<Option<Vec<RecordId>>> {
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

    /// Ends what is reserved: what was leased is due later, and what was not is anybody's.
    pub(super) async fn give_back(self, store: &Store) -> StorageResult<()> {
        let Self::Due(Due { offered, .. }) = self else { return Ok(()) };
        if offered.is_empty() {
            return Ok(());
        }
        let mut command = store.command("ZREM", Key::Reserved);
        offered.iter().for_each(|id| {
            command.arg(&id.to_bytes());
        });
        store.ask("claim", &command).await
    }
}

impl Due {
    async fn next(&mut self, store: &Store, room: usize) -> StorageResult<Option<Vec<RecordId>>> {
        let Some(from) = &self.from else { return Ok(None) };
        let end = [b"(", &index::sortable(self.now.as_millis().saturating_add(1))[..]].concat();
        let wanted = if self.reserved.is_some() { room } else { PAGE };
        let members: Vec<Vec<u8>> = match self.reserved {
            Some(until) => store.reserve([from, &end], wanted, self.now, until).await?,
            None => {
                let mut command = store.command("ZRANGE", Key::Due);
                command.arg(from).arg(&end).arg("BYLEX").arg("LIMIT").arg(0).arg(wanted);
                store.ask("claim", &command).await?
            }
        };
        let ended = members.len() < wanted;
        self.from = members.last().filter(|_| !ended).map(|last| [b"(", &last[..]].concat());
        let ids: Vec<_> = members.iter().filter_map(|member| Some(index::read(member)?.1)).collect();
        if self.reserved.is_some() {
            self.offered.extend(&ids);
        }
        Ok((!ids.is_empty()).then_some(ids))
    }
}
