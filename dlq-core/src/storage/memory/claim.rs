//! Handing records out and taking them back.

use std::collections::HashSet;

use super::select;
use super::state::{Entry, State};
use crate::clock::Timestamp;
use crate::record::{Action, DlqRecord, RecordId};
use crate::storage::claim::{ClaimRequest, ClaimSelect, LaneOrder, Settled, Settlement};
use crate::storage::error::StorageResult;
use crate::storage::transition::{claim, is_worn_out, may_claim, settle, settled_before};

impl State {
    pub(super) fn claim(&mut self, request: &ClaimRequest, now: Timestamp) -> StorageResult<Vec<DlqRecord>> {
        if request.order == LaneOrder::Keyed {
            self.index.know_lanes(self.records.values().map(Box::as_ref));
        }
        let mut claimed = Vec::new();
        for id in self.chosen(request, now) {
            let record = self.change(id, "claim", |record| {
                let entry = claim(record, request, now)?;
                Ok(((entry.action == Action::Claimed).then(|| record.clone()), entry))
            })?;
            claimed.extend(record);
        }
        Ok(claimed)
    }

    pub(super) fn settle(&mut self, settlement: &Settlement, now: Timestamp) -> StorageResult<Settled> {
        if let Some(answer) = settled_before(self.history(settlement.id), settlement) {
            return Ok(answer);
        }
        self.change(settlement.id, "settle", |record| settle(record, settlement, now))
    }

    /// As many records as were asked for, and those before them that a claim puts on hold.
    fn chosen(&self, request: &ClaimRequest, now: Timestamp) -> Vec<RecordId> {
        let mut room = request.limit;
        let mut chosen = Vec::new();
        for entry in self.claimable(request, now) {
            if room == 0 {
                break;
            }
            chosen.push(entry.record.id);
            room -= usize::from(!is_worn_out(&entry.record.progress, request));
        }
        chosen
    }

    fn claimable<'a>(&'a self, request: &'a ClaimRequest, now: Timestamp) -> impl Iterator<Item = &'a Entry> {
        self.offered(&request.select, now).filter(move |entry| {
            may_claim(&entry.record.progress, now)
                && (request.order == LaneOrder::Any || self.index.leads_its_lane(entry))
        })
    }

    fn offered<'a>(&'a self, select: &'a ClaimSelect, now: Timestamp) -> select::Entries<'a> {
        match select {
            ClaimSelect::Due => {
                let not_yet = (now.as_millis().saturating_add(1), RecordId::MIN);
                Box::new(self.index.due.range(..not_yet).filter_map(|(_, id)| self.get(*id)))
            }
            ClaimSelect::Ids(ids) => {
                let mut asked = HashSet::new();
                Box::new(ids.iter().filter(move |id| asked.insert(**id)).filter_map(|id| self.get(*id)))
            }
            ClaimSelect::Matching { criteria, after } => Box::new(
                self.candidates(criteria, after.as_ref())
                    .filter(|entry| criteria.matches_beside_ids(&entry.record)),
            ),
        }
    }
}
