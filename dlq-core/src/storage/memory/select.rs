//! Reading records that match, in their order.

use std::ops::Bound::{self, Excluded, Unbounded};

use super::state::{Entry, State};
use crate::record::RecordId;
use crate::storage::query::{Cursor, Order, Page, PageRequest, QueryCriteria};
use crate::storage::statistics::Count;

/// How many records a page looks at, so that writers wait only so long.
pub(super) const SCAN_MAX: usize = 10_000;

pub(super) type Entries<'a> = Box<dyn Iterator<Item = &'a Entry> + 'a>;

impl State {
    /// The records that match, in the criteria's order.
    pub(super) fn matching<'a>(&'a self, criteria: &'a QueryCriteria) -> impl Iterator<Item = &'a Entry> {
        self.candidates(criteria, None).filter(|entry| criteria.matches_beside_ids(&entry.record))
    }

    /// The records that may match, in the criteria's order, beyond the cursor.
    pub(super) fn candidates<'a>(&'a self, criteria: &QueryCriteria, after: Option<&Cursor>) -> Entries<'a> {
        match &criteria.ids {
            Some(ids) => self.named(ids, criteria.order, after),
            None => self.ordered(criteria.order, after),
        }
    }

    pub(super) fn page(&self, request: &PageRequest) -> Page {
        let PageRequest { criteria, after, size, .. } = request;
        let limit = criteria.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let mut page = Page { records: Vec::new(), next: None };
        let mut last = None;
        for (seen, entry) in self.candidates(criteria, after.as_ref()).enumerate() {
            if page.records.len() == limit {
                return page;
            }
            if page.records.len() == *size || seen == SCAN_MAX {
                page.next = last;
                return page;
            }
            last = Some(criteria.order.cursor(&entry.record));
            page.records.extend(criteria.matches_beside_ids(&entry.record).then(|| entry.record.clone()));
        }
        page
    }

    pub(super) fn count(&self, criteria: &QueryCriteria, cap: u64) -> Count {
        let limit = criteria.limit.unwrap_or(u64::MAX);
        let enough = usize::try_from(cap.saturating_add(1).min(limit)).unwrap_or(usize::MAX);
        let found = self.matching(criteria).take(enough).count() as u64;
        Count { records: found.min(cap), capped: found > cap }
    }

    fn ordered(&self, order: Order, after: Option<&Cursor>) -> Entries<'_> {
        let id = after.map(|cursor| cursor.id);
        let place = after.map(|cursor| (cursor.key, cursor.id));
        match order {
            Order::OldestFirst => Box::new(self.records.range(from(id)).map(|(_, entry)| entry.as_ref())),
            Order::NewestFirst => {
                Box::new(self.records.range(up_to(id)).rev().map(|(_, entry)| entry.as_ref()))
            }
            Order::DueFirst => {
                Box::new(self.index.due.range(from(place)).filter_map(|(_, id)| self.get(*id)))
            }
            Order::ChangedFirst => {
                Box::new(self.index.changed.range(up_to(place)).rev().filter_map(|(_, id)| self.get(*id)))
            }
        }
    }

    fn named(&self, ids: &[RecordId], order: Order, after: Option<&Cursor>) -> Entries<'_> {
        let mut once = ids.to_vec();
        once.sort_unstable();
        once.dedup();
        let mut entries: Vec<_> = once.into_iter().filter_map(|id| self.get(id)).collect();
        entries.retain(|entry| after.is_none_or(|cursor| cursor.is_before(&entry.record)));
        entries.sort_by_key(|entry| (order.key(&entry.record), entry.record.id));
        if order.descends() {
            entries.reverse();
        }
        Box::new(entries.into_iter())
    }
}

type Bounds<T> = (Bound<T>, Bound<T>);

fn from<T>(place: Option<T>) -> Bounds<T> {
    (place.map_or(Unbounded, Excluded), Unbounded)
}

fn up_to<T>(place: Option<T>) -> Bounds<T> {
    (Unbounded, place.map_or(Unbounded, Excluded))
}
