//! Handing records out.

use dlq_core::record::{Action, DlqRecord, DlqStatus, RecordId};
use dlq_core::storage::transition::{claim as by_the_rules, may_claim, patch};
use dlq_core::storage::{ClaimRequest, LaneOrder, Patch, StorageErrorKind, StorageResult};
use std::time::Duration;

use super::offer::Offers;
use crate::index;
use crate::key::Key;
use crate::ledger::{Ledger, Needs, TRIES, once, pause};
use crate::row::Stored;
use crate::store::{Depth, Store};
use redis::pipe;

/// For how long what is due is offered to one worker alone.
const RESERVED: Duration = Duration::from_secs(2);

pub(crate) async fn claim(store: &Store, request: &ClaimRequest) -> StorageResult<Vec<DlqRecord>> {
    let now = store.now("claim").await?;
    let mut offers = Offers::new(request, now, RESERVED);
    let mut claimed = Vec::new();
    let answer = loop {
        let room = request.limit - claimed.len();
        match offers.next(store, room).await {
            Ok(Some(ids)) => match lease(store, request, ids, room).await {
                Ok(leased) => claimed.extend(leased),
                Err(error) => break Err(error),
            },
            Ok(None) => break Ok(claimed),
            Err(error) => break Err(error),
        }
    };
    if let Err(error) = offers.give_back(store).await {
        tracing::debug!(%error, "what was offered to this claim alone stays so for a moment");
    }
    answer
}

/// Leases what may be leased, as many as there is room for. Where somebody else was faster, it is looked at again. No more
/// is read whole than there is room for: contents may be large.
async fn lease(
    store: &Store,
    request: &ClaimRequest,
    mut left: Vec<RecordId>,
    room: usize,
) -> StorageResult<Vec<DlqRecord>> {
    let (mut claimed, mut overtaken) = (Vec::new(), 0);
    while overtaken < TRIES {
        let room = room - claimed.len();
        if request.order == LaneOrder::Keyed || left.len() > room {
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
    Ok(claimed)
}

fn one(ledger: &mut Ledger, request: &ClaimRequest, id: RecordId) -> StorageResult<Option<DlqRecord>> {
    let now = ledger.now;
    if !ledger.record(id).is_some_and(|record| may_claim(&record.progress, now)) {
        return Ok(None);
    }
    if request.order == LaneOrder::Keyed {
        ledger.expect_head(id);
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
async fn free(store: &Store, request: &ClaimRequest, ids: &[RecordId]) -> StorageResult<Vec<RecordId>> {
    let now = store.now("claim").await?;
    let mut records = store.read("claim", ids, Depth::Listed).await?;
    records.retain(|_, stored| may_claim(&stored.record.progress, now));
    let records: Vec<_> = ids.iter().filter_map(|id| records.get(id)).collect();
    match request.order {
        LaneOrder::Any => Ok(records.into_iter().map(|stored| stored.record.id).collect()),
        LaneOrder::Keyed => heads(store, &records).await,
    }
}

/// Those of these records that are the first open one of their lane, or have none.
async fn heads(store: &Store, records: &[&Stored]) -> StorageResult<Vec<RecordId>> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let mut commands = pipe();
    let mut asked = Vec::new();
    for stored in records {
        let lane = stored.lane.map_or_else(Vec::new, |lane| [b"[", &lane.to_be_bytes()[..]].concat());
        let member = index::in_lane(&stored.record, stored.lane);
        let mut range = store.command("ZRANGE", Key::Lanes);
        range.arg(if member.is_some() { &lane[..] } else { b"+" }).arg("+").arg("BYLEX");
        commands.add_command(range).arg("LIMIT").arg(0).arg(1);
        asked.push((stored.record.id, member));
    }
    let first: Vec<Vec<Vec<u8>>> = store.ask_all("claim", &commands).await?;
    let leads = asked
        .into_iter()
        .zip(first)
        .filter(|((_, member), first)| member.is_none() || member.as_ref() == first.first());
    Ok(leads.map(|((id, _), _)| id).collect())
}
