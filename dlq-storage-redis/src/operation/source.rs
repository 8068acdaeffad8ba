//! [`Source`]: where the records of a query are looked for, in its order: those ids that are asked for, a whole order, or
//! the index that holds the fewest of what may match.

use dlq_core::record::RecordId;
use dlq_core::storage::{Cursor, Order, QueryCriteria, Range, StorageResult};
use redis::pipe;

use super::read::places;
use crate::index;
use crate::key::Key;
use crate::store::{Depth, Store};

/// How many ids are read at a time.
const CHUNK: usize = 500;

/// Where the records of a query are looked for.
#[derive(Debug)]
pub(super) enum Source {
    /// Places that are known, the next one last.
    Known(Vec<Cursor>),
    /// Stretches of a sorted set.
    Stretches(Stretches),
}

/// Stretches of a sorted set, each of which is in the order that is asked for.
#[derive(Debug)]
pub(super) struct Stretches {
    key: Key,
    order: Order,
    stretches: Vec<Stretch>,
}

/// From a bound to another, as ZRANGE BYLEX takes them; from the small to the great.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stretch {
    low: Vec<u8>,
    high: Vec<u8>,
}

impl Source {
    /// Where these records are looked for, beyond the cursor.
    pub(super) async fn of(
        store: &Store,
        criteria: &QueryCriteria,
        after: Option<Cursor>,
    ) -> StorageResult<Self> {
        if let Some(ids) = &criteria.ids {
            return known(store, ids, criteria, after).await;
        }
        let order = criteria.order;
        let (key, prefixes) = match order {
            Order::NewestFirst | Order::OldestFirst => best(store, criteria).await?,
            Order::DueFirst => (Key::Due, vec![]),
            Order::ChangedFirst => (Key::Changed, vec![]),
        };
        let mut stretches: Vec<_> = match key {
            Key::Ids | Key::Due | Key::Changed => vec![within(criteria)],
            _ => prefixes.iter().map(|prefix| Stretch::behind(prefix)).collect(),
        };
        if let Some(after) = after {
            let place = match order {
                Order::NewestFirst | Order::OldestFirst => after.id.to_bytes().to_vec(),
                Order::DueFirst | Order::ChangedFirst => index::timed(after.key, after.id),
            };
            let none: [Vec<u8>; 1] = [vec![]];
            let prefixes = if prefixes.is_empty() { &none[..] } else { &prefixes };
            for (stretch, prefix) in stretches.iter_mut().zip(prefixes) {
                stretch.go_on(&[prefix, &place[..]].concat(), order);
            }
        }
        Ok(Self::Stretches(Stretches { key, order, stretches }))
    }

    /// Up to so many further places; none at the end.
    pub(super) async fn next(&mut self, store: &Store, wanted: usize) -> StorageResult<Vec<Cursor>> {
        match self {
            Self::Known(left) => {
                Ok(left.split_off(left.len().saturating_sub(wanted)).into_iter().rev().collect())
            }
            Self::Stretches(stretches) => stretches.next(store, wanted).await,
        }
    }

    /// How many records match, where one index alone can tell.
    pub(super) async fn counted(store: &Store, criteria: &QueryCriteria) -> StorageResult<Option<u64>> {
        let mut others = criteria.clone();
        let mut asked = indexed(&others);
        if asked.len() > 1 {
            return Ok(None);
        }
        others.statuses = None;
        others.error_types = None;
        others.topics = None;
        others.fingerprints = None;
        others.order = Order::default();
        if others != QueryCriteria::default() {
            return Ok(None);
        }
        let Some((key, prefixes)) = asked.pop() else {
            return store.ask("count", &store.command("ZCARD", Key::Ids)).await.map(Some);
        };
        Ok(Some(lengths(store, &[(key, prefixes)]).await?.into_iter().sum()))
    }
}

async fn known(
    store: &Store,
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

/// The indexes that know of a condition, and under which prefixes.
fn indexed(criteria: &QueryCriteria) -> Vec<(Key, Vec<Vec<u8>>)> {
    let once = |mut prefixes: Vec<Vec<u8>>| {
        prefixes.sort_unstable();
        prefixes.dedup();
        prefixes
    };
    let fingerprints = criteria.fingerprints.as_ref().map(|some| {
        (Key::Fingerprints, some.iter().map(|some| some.as_u64().to_be_bytes().to_vec()).collect())
    });
    let topics = criteria
        .topics
        .as_ref()
        .map(|some| (Key::Topics, some.iter().map(|topic| index::topic_prefix(topic.as_str())).collect()));
    let types = criteria.error_types.as_ref();
    let types = types.map(|some| (Key::ErrorTypes, some.iter().map(|some| vec![some.code()]).collect()));
    let statuses = criteria.statuses.as_ref();
    let statuses = statuses.map(|some| (Key::Statuses, some.iter().map(|some| vec![some.code()]).collect()));
    let all = [fingerprints, topics, types, statuses].into_iter().flatten();
    all.map(|(key, prefixes)| (key, once(prefixes))).collect()
}

/// The index that holds the fewest of what may match, and under which prefixes.
async fn best(store: &Store, criteria: &QueryCriteria) -> StorageResult<(Key, Vec<Vec<u8>>)> {
    let mut indexed = indexed(criteria);
    if indexed.len() > 1 {
        let lengths = lengths(store, &indexed).await?;
        let fewest = lengths.iter().enumerate().min_by_key(|(_, length)| **length);
        indexed = fewest.map(|(place, _)| indexed.swap_remove(place)).into_iter().collect();
    }
    Ok(indexed.pop().unwrap_or((Key::Ids, vec![])))
}

/// How many records each of these indexes holds under its prefixes.
async fn lengths(store: &Store, indexed: &[(Key, Vec<Vec<u8>>)]) -> StorageResult<Vec<u64>> {
    let mut commands = pipe();
    for (key, prefixes) in indexed {
        for prefix in prefixes {
            let Stretch { low, high } = Stretch::behind(prefix);
            commands.add_command(store.command("ZLEXCOUNT", *key)).arg(low).arg(high);
        }
    }
    let mut counted = match indexed.iter().any(|(_, prefixes)| !prefixes.is_empty()) {
        true => store.ask_all::<Vec<u64>>("page", &commands).await?,
        false => vec![],
    }
    .into_iter();
    Ok(indexed.iter().map(|(_, prefixes)| counted.by_ref().take(prefixes.len()).sum()).collect())
}

/// The stretch of an order that its own condition leaves.
fn within(criteria: &QueryCriteria) -> Stretch {
    let Range { min, end } = match criteria.order {
        Order::NewestFirst | Order::OldestFirst => Range::default(),
        Order::DueFirst => criteria.due,
        Order::ChangedFirst => criteria.updated,
    };
    let bound = |sign: &[u8], time: dlq_core::Timestamp| [sign, &index::sortable(time.as_millis())].concat();
    Stretch {
        low: min.map_or_else(|| b"-".to_vec(), |min| bound(b"[", min)),
        high: end.map_or_else(|| b"+".to_vec(), |end| bound(b"(", end)),
    }
}

impl Stretch {
    /// All members that begin with a prefix.
    fn behind(prefix: &[u8]) -> Self {
        let id = [u8::MAX; index::ID];
        Self { low: [b"[", prefix].concat(), high: [b"[", prefix, &id].concat() }
    }

    /// Goes on beyond a member.
    fn go_on(&mut self, member: &[u8], order: Order) {
        let bound = [b"(", member].concat();
        if order.descends() {
            self.high = bound;
        } else {
            self.low = bound;
        }
    }
}

impl Stretches {
    /// The next places of all stretches together, in their order.
    async fn next(&mut self, store: &Store, wanted: usize) -> StorageResult<Vec<Cursor>> {
        if self.stretches.is_empty() {
            return Ok(Vec::new());
        }
        let mut commands = pipe();
        for Stretch { low, high } in &self.stretches {
            let mut range = store.command("ZRANGE", self.key);
            if self.order.descends() {
                range.arg(high).arg(low).arg("BYLEX").arg("REV");
            } else {
                range.arg(low).arg(high).arg("BYLEX");
            }
            commands.add_command(range).arg("LIMIT").arg(0).arg(wanted);
        }
        let read: Vec<Vec<Vec<u8>>> = store.ask_all("page", &commands).await?;
        let mut places: Vec<_> = read
            .into_iter()
            .enumerate()
            .flat_map(|(stretch, members)| members.into_iter().map(move |member| (stretch, member)))
            .filter_map(|(stretch, member)| Some((self.cursor(&member)?, stretch, member)))
            .collect();
        places.sort_by_key(|(cursor, ..)| (cursor.key, cursor.id));
        if self.order.descends() {
            places.reverse();
        }
        places.truncate(wanted);
        for (_, stretch, member) in &places {
            self.stretches[*stretch].go_on(member, self.order);
        }
        Ok(places.into_iter().map(|(cursor, ..)| cursor).collect())
    }

    fn cursor(&self, member: &[u8]) -> Option<Cursor> {
        let (number, id) = index::read(member)?;
        let is_timed = matches!(self.key, Key::Due | Key::Changed);
        Some(Cursor { order: self.order, key: if is_timed { number } else { 0 }, id })
    }
}
