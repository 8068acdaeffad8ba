//! Arrivals that may be returns: decided in one transaction.

use std::collections::{HashMap, HashSet};

use dlq_core::record::{DlqRecord, Position, RecordId};
use dlq_core::storage::StorageResult;
use dlq_core::storage::transition::{Delivery, Known, recognise, returned};

use super::Arrival;
use crate::driver::Session;
use crate::error::corrupt;
use crate::ledger::Ledger;
use crate::operation::Store;
use crate::statement::delivery;
use crate::statement::find::{self, Read, id_rows};

type Returns = HashMap<RecordId, (RecordId, u32)>;

/// What is known about the arrivals before they are looked at.
struct Knowledge<'a> {
    there: &'a HashMap<Position, Delivery>,
    /// Where the named records' attempts were delivered.
    deliveries: HashMap<RecordId, Vec<Delivery>>,
    /// Arrivals that were stored as records; they stay records, even if what is known today would make them returns.
    records: HashSet<RecordId>,
}

pub(super) async fn all(
    store: &Store,
    arrivals: &[&Arrival<'_>],
    there: &HashMap<Position, Delivery>,
) -> StorageResult<Returns> {
    let (mut session, now) = store.begin("save").await?;
    let mut ledger = Ledger::new(now);
    let claimed = arrivals.iter().filter_map(|arrival| arrival.claim).map(|claim| claim.record);
    let sent = id_rows(claimed.chain(there.values().map(|delivery| delivery.record)));
    ledger.lock(&mut session, &sent, Read::Whole).await?;
    // Only behind the locks: another may just have noted the same return.
    let mut returns = noted(&mut session, arrivals).await?;
    let knowledge = know(&mut session, arrivals, there).await?;
    let mut new = Vec::new();
    for arrival in arrivals.iter().filter(|arrival| !returns.contains_key(&arrival.record.id)) {
        if let Some(origin) = one(&mut ledger, &knowledge, arrival)? {
            new.push((arrival.record.id, origin));
        }
    }
    ledger.write(&mut session).await?;
    delivery::add_returns(&mut session, &new).await?;
    session.commit().await?;
    returns.extend(new);
    Ok(returns)
}

async fn noted(session: &mut Session, arrivals: &[&Arrival<'_>]) -> StorageResult<Returns> {
    let mut returns = Returns::new();
    for row in delivery::returns(session, arrivals.iter().map(|arrival| arrival.record.id)).await? {
        let attempt = u32::try_from(row.attempt)
            .map_err(|error| corrupt("save", "a stored return is damaged").caused_by(error))?;
        returns.insert(row.arrival.into(), (row.record.into(), attempt));
    }
    Ok(returns)
}

async fn know<'a>(
    session: &mut Session,
    arrivals: &[&Arrival<'_>],
    there: &'a HashMap<Position, Delivery>,
) -> StorageResult<Knowledge<'a>> {
    let claimed = arrivals.iter().filter_map(|arrival| arrival.claim).map(|claim| claim.record);
    let mut deliveries: HashMap<_, Vec<_>> = HashMap::new();
    for delivery in delivery::of(session, claimed).await? {
        deliveries.entry(delivery.record).or_default().push(delivery);
    }
    let ids = id_rows(arrivals.iter().map(|arrival| arrival.record.id));
    let rows = find::rows(session, &ids, Read::Progress).await?;
    Ok(Knowledge { there, deliveries, records: rows.into_iter().map(|row| row.id.into()).collect() })
}

/// Which attempt comes back with this arrival, noted in its record's ledger.
fn one(
    ledger: &mut Ledger,
    known: &Knowledge<'_>,
    arrival: &Arrival<'_>,
) -> StorageResult<Option<(RecordId, u32)>> {
    let Arrival { record: letter, claim, .. } = arrival;
    if known.records.contains(&letter.id) {
        return Ok(None);
    }
    let named = claim.map(|claim| claim.record);
    let recognised = recognise(
        &letter.captured,
        claim.as_ref(),
        Known {
            there: letter.captured.origin.position().and_then(|origin| known.there.get(&origin)),
            named: named.and_then(|named| ledger.record(named)),
            deliveries: named.and_then(|named| known.deliveries.get(&named)).map_or(&[], Vec::as_slice),
        },
    );
    let still_there = |(record, _): &(RecordId, u32)| ledger.record(*record).is_some();
    let Some((record, attempt)) = recognised.filter(still_there) else { return Ok(None) };
    come_back(ledger, record, attempt, letter)?;
    Ok(Some((record, attempt)))
}

fn come_back(ledger: &mut Ledger, record: RecordId, attempt: u32, letter: &DlqRecord) -> StorageResult<()> {
    let now = ledger.now;
    ledger.change(record, "save", |record| Ok(((), returned(record, attempt, letter, now))))?;
    ledger.deltas.come_back(letter);
    Ok(())
}
