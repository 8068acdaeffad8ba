//! Handing records out.

use dlq_core::record::{Action, DlqRecord, DlqStatus, RecordId};
use dlq_core::storage::transition::{claim as by_the_rules, may_claim, patch};
use dlq_core::storage::{ClaimRequest, LaneOrder, Patch, StorageErrorKind, StorageResult};
use std::time::Duration;

use super::offer::Offers;
use crate::index;
use crate::key::Key;
use crate::ledger::{Ledger, Needs, TRIES, once, pause};
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

/// Leases what may be leased, as many as there is room for. Where somebody else was faster, it is looked at again.
async fn lease(
    store: &Store,
    request: &ClaimRequest,
    mut ids: Vec<RecordId>,
    room: usize,
) -> StorageResult<Vec<DlqRecord>> {
    let mut claimed = Vec::new();
    for tried in 0..TRIES {
        if request.order == LaneOrder::Keyed {
            ids = heads(store, &ids).await?;
        }
        if ids.is_empty() || claimed.len() == room {
            break;
        }
        pause(tried).await;
        let mut room = room - claimed.len();
        let told = once(
            store,
            "claim",
            &ids,
            Needs::WHOLE,
            |id| *id,
            |ledger, id| {
                let record = if room == 0 { Ok(None) } else { one(ledger, request, *id) };
                room -= usize::from(matches!(record, Ok(Some(_))));
                record
            },
        )
        .await?;
        let mut left = Vec::new();
        for (id, told) in ids.into_iter().zip(told) {
            match told {
                Some(record) => claimed.extend(record?),
                None => left.push(id),
            }
        }
        ids = left;
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

/// Those of these records that are the first open one of their lane, or have none.
async fn heads(store: &Store, ids: &[RecordId]) -> StorageResult<Vec<RecordId>> {
    let records = store.read("claim", ids, Depth::Listed).await?;
    let mut commands = pipe();
    let mut asked = Vec::new();
    for stored in ids.iter().filter_map(|id| records.get(id)) {
        let lane = stored.lane.map_or_else(Vec::new, |lane| [b"[", &lane.to_be_bytes()[..]].concat());
        let member = index::in_lane(&stored.record, stored.lane);
        let mut range = store.command("ZRANGE", Key::Lanes);
        range.arg(if member.is_some() { &lane[..] } else { b"+" }).arg("+").arg("BYLEX");
        commands.add_command(range).arg("LIMIT").arg(0).arg(1);
        asked.push((stored.record.id, member));
    }
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let first: Vec<Vec<Vec<u8>>> = store.ask_all("claim", &commands).await?;
    let leads = asked
        .into_iter()
        .zip(first)
        .filter(|((_, member), first)| member.is_none() || member.as_ref() == first.first());
    Ok(leads.map(|((id, _), _)| id).collect())
}
