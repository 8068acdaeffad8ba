//! What is remembered for the sake of those who repeat themselves, and forgotten after a while.

use std::ops::Bound;
use std::time::Duration;

use dlq_core::Timestamp;
use dlq_core::storage::StorageResult;

use crate::index;
use crate::shards::Shards;
use crate::space::Space;
use crate::store::{KeyedStore, Stretch};
use crate::unit::Unit;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How many days it is remembered what a bulk change took, and of what an arrival was the return.
const DAYS: i64 = 30;
/// How many rows of a shard are forgotten at a time.
const FORGOTTEN: usize = 200;

/// Has a row forgotten, as late as others of this day.
pub(crate) fn remember(unit: &mut Unit, space: Space, key: &[u8], now: Timestamp) {
    unit.join(Space::Noted, member(space, key, now));
}

/// Has nobody look after a row any more that is gone, and was remembered then.
pub(crate) fn let_go(unit: &mut Unit, space: Space, key: &[u8], then: Timestamp) {
    unit.leave(Space::Noted, member(space, key, then));
}

/// Forgets what is old. That can wait: where it fails, the next one does it.
pub(crate) async fn forget<S: KeyedStore>(store: &Shards<S>, operation: &'static str, now: Timestamp) {
    if let Err(error) = forget_some(store, operation, now).await {
        tracing::debug!(%error, "what is old is forgotten later");
    }
}

async fn forget_some<S: KeyedStore>(
    store: &Shards<S>,
    operation: &'static str,
    now: Timestamp,
) -> StorageResult<()> {
    let old = index::sortable(day(now).saturating_sub(DAYS)).to_vec();
    let of_shard =
        |shard| Stretch { high: Bound::Excluded(old.clone()), ..Stretch::all(shard, Space::Noted) };
    let stretches: Vec<_> = store.all().map(of_shard).collect();
    let mut units = Vec::new();
    let read = store.store.members(operation, &stretches, false, FORGOTTEN).await?;
    for (shard, members) in store.all().zip(read).filter(|(_, members)| !members.is_empty()) {
        let mut unit = Unit::default();
        for member in members {
            match member.get(8..).and_then(<[u8]>::split_first) {
                Some((code, key)) if *code == Space::Bulk.code() => unit.cut(Space::Bulk, key),
                Some((code, key)) if *code == Space::Returns.code() => unit.cut(Space::Returns, key),
                _ => {}
            }
            unit.leave(Space::Noted, member);
        }
        units.push((shard, unit));
    }
    store.write(operation, units).await.map(|_| ())
}

fn member(space: Space, key: &[u8], at: Timestamp) -> Vec<u8> {
    [&index::sortable(day(at))[..], &[space.code()], key].concat()
}

fn day(at: Timestamp) -> i64 {
    let day = i64::try_from(DAY.as_millis()).unwrap_or(i64::MAX);
    at.as_millis().div_euclid(day)
}
