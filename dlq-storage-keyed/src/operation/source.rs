//! [`Source`]: where the records of a query are looked for, in its order: those ids that are asked for, the kinds that can
//! match, or a whole order.

use std::ops::Bound;

use dlq_core::Timestamp;
use dlq_core::record::RecordId;
use dlq_core::storage::{Cursor, Order, QueryCriteria, Range, StorageResult};

use super::merge::Merge;
use super::read::{kinds, places};
use crate::index;
use crate::shards::{Depth, Shards};
use crate::space::Space;
use crate::store::{KeyedStore, Stretch};

/// How many ids are read at a time.
const CHUNK: usize = 500;
/// How many stretches are always read side by side.
const STRETCHES: usize = 64;
/// How many matching records one looks for at a time: many kinds are read side by side where a whole order would bring up
/// more strangers than there are kinds.
const LOOKED_FOR: u64 = 100;

/// Where the records of a query are looked for.
#[derive(Debug)]
pub(super) enum Source {
    /// Places that are known, the next one last.
    Known(Vec<Cursor>),
    /// Stretches of all shards.
    Merge(Order, Merge),
}

impl Source {
    /// Where these records are looked for, beyond the cursor.
    pub(super) async fn of<S: KeyedStore>(
        store: &Shards<S>,
        criteria: &QueryCriteria,
        after: Option<Cursor>,
    ) -> StorageResult<Self> {
        if let Some(ids) = &criteria.ids {
            return known(store, ids, criteria, after).await;
        }
        let order = criteria.order;
        let timed = |space| store.all().map(|shard| within(shard, space, criteria)).collect();
        let (mut stretches, prefix): (Vec<_>, _) = match order {
            Order::DueFirst => (timed(Space::Due), 0),
            Order::ChangedFirst => (timed(Space::Changed), 0),
            Order::NewestFirst | Order::OldestFirst => match matching(store, criteria).await? {
                Some(stretches) => (stretches, PREFIX),
                None => (store.all().map(|shard| Stretch::all(shard, Space::Ids)).collect(), 0),
            },
        };
        if let Some(after) = after {
            let place = match order {
                Order::NewestFirst | Order::OldestFirst => after.id.to_bytes().to_vec(),
                Order::DueFirst | Order::ChangedFirst => index::timed(after.key, after.id),
            };
            for stretch in &mut stretches {
                let kind = match &stretch.low {
                    Bound::Included(kind) if prefix > 0 => kind.clone(),
                    _ => Vec::new(),
                };
                stretch.go_on([kind, place.clone()].concat(), order.descends());
            }
        }
        Ok(Self::Merge(order, Merge::new(stretches, prefix, order.descends())))
    }

    /// Up to so many further places; none at the end.
    pub(super) async fn next<S: KeyedStore>(
        &mut self,
        store: &Shards<S>,
        wanted: usize,
    ) -> StorageResult<Vec<Cursor>> {
        let (order, merge) = match self {
            Self::Known(left) => {
                return Ok(left.split_off(left.len().saturating_sub(wanted)).into_iter().rev().collect());
            }
            Self::Merge(order, merge) => (*order, merge),
        };
        let members = merge.next(store, "page", wanted).await?;
        Ok(members.iter().filter_map(|member| cursor(order, member)).collect())
    }

    /// How many records match, where the counters alone can tell.
    pub(super) async fn counted<S: KeyedStore>(
        store: &Shards<S>,
        criteria: &QueryCriteria,
    ) -> StorageResult<Option<u64>> {
        let others = QueryCriteria {
            statuses: None,
            error_types: None,
            topics: None,
            fingerprints: None,
            order: Order::default(),
            ..criteria.clone()
        };
        if others != QueryCriteria::default() {
            return Ok(None);
        }
        let kinds = kinds(store, "count").await?;
        let matching = kinds.iter().flatten().filter(|(kind, _)| kind.may_match(criteria));
        Ok(Some(matching.filter_map(|(_, delta)| u64::try_from(delta.records).ok()).sum()))
    }
}

/// How many bytes of a kind's member stand before the id.
const PREFIX: usize = 8;

/// The kinds of all shards that can match, where they are the shorter way.
async fn matching<S: KeyedStore>(
    store: &Shards<S>,
    criteria: &QueryCriteria,
) -> StorageResult<Option<Vec<Stretch>>> {
    let QueryCriteria { statuses, error_types, topics, fingerprints, .. } = criteria;
    let QueryCriteria { dead_letter_topics, error_class, .. } = criteria;
    let of_cell = statuses.is_some() || error_types.is_some() || topics.is_some() || fingerprints.is_some();
    if !of_cell && dead_letter_topics.is_none() && error_class.is_none() {
        return Ok(None);
    }
    let (mut prefixes, mut records, mut all) = (Vec::new(), 0, 0);
    for (shard, kinds) in store.all().zip(kinds(store, "page").await?) {
        for (kind, delta) in kinds {
            let count = u64::try_from(delta.records).unwrap_or_default();
            all += count;
            if kind.may_match(criteria) {
                records += count;
                prefixes.push((shard, index::kind_prefix(&kind)));
            }
        }
    }
    prefixes.sort_unstable();
    prefixes.dedup();
    let looked_through = LOOKED_FOR.saturating_mul(all) / records.max(1);
    if prefixes.len() > STRETCHES && prefixes.len() as u64 > looked_through {
        return Ok(None);
    }
    let stretch = |(shard, prefix): (u32, [u8; PREFIX])| Stretch::behind(shard, Space::Kinds, &prefix);
    Ok(Some(prefixes.into_iter().map(stretch).collect()))
}

async fn known<S: KeyedStore>(
    store: &Shards<S>,
    ids: &[RecordId],
    criteria: &QueryCriteria,
    after: Option<Cursor>,
) -> StorageResult<Source> {
    let mut once = ids.to_vec();
    once.sort_unstable();
    once.dedup();
    let mut cursors = Vec::new();
    for ids in once.chunks(CHUNK) {
        let records = store.read("page", ids, Depth::Listed).await?;
        let records: Vec<_> = records.into_values().map(|stored| stored.record).collect();
        cursors.extend(places(criteria, &records));
    }
    let (descends, place) = (criteria.order.descends(), |cursor: &Cursor| (cursor.key, cursor.id));
    let is_beyond = |cursor: &Cursor, after: Cursor| match descends {
        true => place(cursor) < place(&after),
        false => place(cursor) > place(&after),
    };
    cursors.retain(|cursor| after.is_none_or(|after| is_beyond(cursor, after)));
    cursors.sort_by_key(place);
    if !descends {
        cursors.reverse();
    }
    Ok(Source::Known(cursors))
}

/// The stretch of an order by time that its own condition leaves.
fn within(shard: u32, space: Space, criteria: &QueryCriteria) -> Stretch {
    let Range { min, end } = if space == Space::Due { criteria.due } else { criteria.updated };
    let bytes = |time: Timestamp| index::sortable(time.as_millis()).to_vec();
    Stretch {
        shard,
        space,
        low: min.map_or(Bound::Unbounded, |min| Bound::Included(bytes(min))),
        high: end.map_or(Bound::Unbounded, |end| Bound::Excluded(bytes(end))),
    }
}

/// The place of a member of an order, or of a cell.
fn cursor(order: Order, member: &[u8]) -> Option<Cursor> {
    let (number, id) = index::read(member)?;
    let is_timed = matches!(order, Order::DueFirst | Order::ChangedFirst);
    Some(Cursor { order, key: if is_timed { number } else { 0 }, id })
}
