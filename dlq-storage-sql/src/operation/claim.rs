//! Handing records out.

use std::collections::BTreeSet;
use std::sync::Arc;

use dlq_core::record::{Action, DlqRecord, DlqStatus, RecordId};
use dlq_core::storage::transition::{claim as by_the_rules, patch};
use dlq_core::storage::{
    ClaimRequest, ClaimSelect, Cursor, LaneOrder, PageRequest, Patch, QueryCriteria, StorageResult,
};

use super::retry::retried;
use super::{Store, read};
use crate::driver::Session;
use crate::ledger::Ledger;
use crate::row::RecordRow;
use crate::statement::claim::{Choice, choose};
use crate::statement::find::{Read, id_rows};
use crate::statement::query::is_pushed_down;

/// How many records are looked at before some are leased, where the client decides what matches.
const PAGE: usize = 100;

pub(crate) async fn claim(store: &Arc<Store>, request: &ClaimRequest) -> StorageResult<Vec<DlqRecord>> {
    if request.order == LaneOrder::Keyed {
        store.index_lanes().await?;
    }
    let claimed = match &request.select {
        ClaimSelect::Due => retried!(choose_and_lease(store, request, &Choice::Due, request.limit)),
        ClaimSelect::Ids(ids) => retried!(choose_and_lease(store, request, &Choice::Ids(ids), request.limit)),
        ClaimSelect::Matching { criteria, after } if is_pushed_down(criteria) => {
            let choice = Choice::Matching(criteria, after.as_ref());
            retried!(choose_and_lease(store, request, &choice, request.limit))
        }
        ClaimSelect::Matching { criteria, after } => page_by_page(store, request, criteria, *after).await,
    }?;
    store.counted();
    Ok(claimed)
}

/// One transaction: chooses, leases, and chooses again as long as some were put on hold instead.
async fn choose_and_lease(
    store: &Store,
    request: &ClaimRequest,
    choice: &Choice<'_>,
    limit: usize,
) -> StorageResult<Vec<DlqRecord>> {
    let (mut session, now) = store.begin("claim").await?;
    let mut ledger = Ledger::new(now);
    let mut claimed = Vec::new();
    loop {
        let room = limit - claimed.len();
        let chosen = choose(&mut session, choice, request.order, room, ledger.now).await?;
        let held = lease(&mut session, &mut ledger, request, chosen, &mut claimed).await?;
        if held == 0 || claimed.len() == limit {
            break;
        }
    }
    session.commit().await?;
    Ok(claimed)
}

/// Leases what was chosen, and answers how many were put on hold instead.
async fn lease(
    session: &mut Session,
    ledger: &mut Ledger,
    request: &ClaimRequest,
    chosen: Vec<RecordRow>,
    claimed: &mut Vec<DlqRecord>,
) -> StorageResult<usize> {
    let ids: Vec<_> = chosen.iter().map(|row| RecordId::from(row.id)).collect();
    ledger.admit(chosen);
    let damaged = hold_damaged(session, ledger, request).await?;
    let now = ledger.now;
    let mut held = damaged.len();
    for id in ids.iter().filter(|id| !damaged.contains(id)) {
        let record = ledger.change(*id, "claim", |record| {
            let entry = by_the_rules(record, request, now)?;
            Ok(((entry.action == Action::Claimed).then(|| record.clone()), entry))
        })?;
        held += usize::from(record.is_none());
        claimed.extend(record);
    }
    ledger.write(session).await?;
    Ok(held)
}

/// Puts on hold what is no longer what was captured: it must never be sent.
async fn hold_damaged(
    session: &mut Session,
    ledger: &mut Ledger,
    request: &ClaimRequest,
) -> StorageResult<BTreeSet<RecordId>> {
    let damaged = ledger.take_damaged();
    ledger.lock(session, &id_rows(damaged.keys().copied()), Read::Progress).await?;
    let now = ledger.now;
    for (id, error) in &damaged {
        let hold = Patch { hold_reason: Some(Some(error.to_string())), ..Patch::to(DlqStatus::OnHold) };
        ledger.change(*id, "claim", |record| Ok(((), patch(record, &hold, &request.change, now)?)))?;
    }
    Ok(damaged.into_keys().collect())
}

/// Where the client decides what matches: a page at a time, of which what matches is chosen by id.
async fn page_by_page(
    store: &Store,
    request: &ClaimRequest,
    criteria: &QueryCriteria,
    after: Option<Cursor>,
) -> StorageResult<Vec<DlqRecord>> {
    let criteria = QueryCriteria { limit: None, ..criteria.clone() };
    let mut pages = PageRequest { after, size: PAGE, ..PageRequest::new(criteria) };
    let mut claimed = Vec::new();
    loop {
        let page = read::page(store, &pages).await?;
        let ids: Vec<_> = page.records.iter().map(|record| record.id).collect();
        let room = request.limit - claimed.len();
        claimed.extend(retried!(choose_and_lease(store, request, &Choice::Ids(&ids), room))?);
        pages.after = page.next;
        if page.next.is_none() || claimed.len() == request.limit {
            return Ok(claimed);
        }
    }
}
