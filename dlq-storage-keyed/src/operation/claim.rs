//! Handing records out.

use std::collections::{HashMap, HashSet};

use dlq_core::record::{Action, DlqRecord, DlqStatus, RecordId};
use dlq_core::storage::transition::{claim as by_the_rules, may_claim, patch};
use dlq_core::storage::{ClaimRequest, LaneOrder, Patch, StorageErrorKind, StorageResult};

use super::offer::Offers;
use crate::index;
use crate::ledger::{Ledger, Needs, TRIES, once, pause};
use crate::row::Stored;
use crate::shards::{Depth, Shards};
use crate::space::Space;
use crate::store::{KeyedStore, Stretch};

pub(crate) async fn claim<S: KeyedStore>(
    store: &Shards<S>,
    request: &ClaimRequest,
) -> StorageResult<Vec<DlqRecord>> {
    let now = store.now("claim").await?;
    let mut offers = Offers::new(store, request, now);
    let mut claimed = Vec::new();
    while let Some(ids) = offers.next(store, request.limit - claimed.len()).await? {
        let room = request.limit - claimed.len();
        claimed.extend(lease(store, request, ids, room).await?);
    }
    Ok(claimed)
}

/// Leases what may be leased, as many as there is room for. Where somebody else was faster, it is looked at again. No more
/// is read whole than there is room for: contents may be large.
async fn lease<S: KeyedStore>(
    store: &Shards<S>,
    request: &ClaimRequest,
    mut left: Vec<RecordId>,
    room: usize,
) -> StorageResult<Vec<DlqRecord>> {
    let (mut claimed, mut overtaken) = (Vec::new(), 0);
    while overtaken < TRIES {
        let room = room - claimed.len();
        if request.order == LaneOrder::Keyed || left.len() > room || overtaken > 0 {
            left = free(store, request, &left).await?;
        }
        let rest = left.split_off(left.len().min(room));
        if left.is_empty() {
            break;
        }
        pause(overtaken).await;
        let rule = |ledger: &mut Ledger, id: &RecordId| one(ledger, request, *id);
        let told = once(store, "claim", &left, Needs::WHOLE, |id| *id, rule).await?;
        let mut again = Vec::new();
        for (id, told) in left.into_iter().zip(told) {
            match told {
                Some(record) => claimed.extend(record?),
                None => again.push(id),
            }
        }
        overtaken += u32::from(!again.is_empty());
        again.extend(rest);
        left = again;
    }
    store.offered.met_others(overtaken > 0);
    Ok(claimed)
}

fn one(ledger: &mut Ledger, request: &ClaimRequest, id: RecordId) -> StorageResult<Option<DlqRecord>> {
    let now = ledger.now;
    if !ledger.record(id).is_some_and(|record| may_claim(&record.progress, now)) {
        return Ok(None);
    }
    if let Some(damage) = ledger.damage(id) {
        // It is no longer what was captured: it must never be sent.
        let hold = Patch { hold_reason: Some(Some(damage.to_string())), ..Patch::to(DlqStatus::OnHold) };
        let held =
            ledger.change(id, "claim", |record| Ok((None, patch(record, &hold, &request.change, now)?)));
        return held
            .or_else(|error| if *error.kind() == StorageErrorKind::Corrupt { Ok(None) } else { Err(error) });
    }
    ledger.change(id, "claim", |record| {
        let entry = by_the_rules(record, request, now)?;
        Ok(((entry.action == Action::Claimed).then(|| record.clone()), entry))
    })
}

/// Those of these records that a claim may take, as far as their state tells.
async fn free<S: KeyedStore>(
    store: &Shards<S>,
    request: &ClaimRequest,
    ids: &[RecordId],
) -> StorageResult<Vec<RecordId>> {
    let now = store.now("claim").await?;
    let mut records = store.read("claim", ids, Depth::Listed).await?;
    records.retain(|_, stored| may_claim(&stored.record.progress, now));
    let records: Vec<_> = ids.iter().filter_map(|id| records.get(id)).collect();
    match request.order {
        LaneOrder::Any => Ok(records.into_iter().map(|stored| stored.record.id).collect()),
        LaneOrder::Keyed => heads(store, &records).await,
    }
}

/// Those of these records that are the first open one of their lane over all shards, or have none. Every open status blocks
/// its lane: who was the first stays it until it is done, and whoever comes before it later comes after the claim.
async fn heads<S: KeyedStore>(store: &Shards<S>, records: &[&Stored]) -> StorageResult<Vec<RecordId>> {
    let lanes: HashSet<_> = records.iter().filter_map(|stored| stored.lane).collect();
    let stretches: Vec<_> = lanes
        .into_iter()
        .flat_map(|lane| {
            store.all().map(move |shard| (lane, Stretch::behind(shard, Space::Lanes, &lane.to_be_bytes())))
        })
        .collect();
    let (lanes, stretches): (Vec<_>, Vec<_>) = stretches.into_iter().unzip();
    let read = match stretches.is_empty() {
        true => Vec::new(),
        false => store.store.members("claim", &stretches, false, 1).await?,
    };
    let mut first: HashMap<i64, Vec<u8>> = HashMap::new();
    for (lane, member) in lanes.into_iter().zip(read).filter_map(|(lane, mut some)| Some((lane, some.pop()?)))
    {
        let standing = first.entry(lane).or_insert_with(|| member.clone());
        if member < *standing {
            *standing = member;
        }
    }
    let leads = |stored: &&&Stored| {
        let member = index::in_lane(&stored.record, stored.lane);
        member.is_none() || member.as_ref() == stored.lane.and_then(|lane| first.get(&lane))
    };
    Ok(records.iter().filter(leads).map(|stored| stored.record.id).collect())
}
