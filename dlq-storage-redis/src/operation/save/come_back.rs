//! Arrivals that may be returns.

use std::collections::HashMap;

use dlq_core::record::{Position, RecordId};
use dlq_core::storage::StorageResult;
use dlq_core::storage::transition::{Delivery, Known, recognise, returned};

use super::Arrival;
use crate::key::Key;
use crate::ledger::{Ledger, Needs, once};
use crate::position;
use crate::store::Store;

/// What an arrival is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The return of this attempt of this record, noted now or before.
    Return(RecordId, u32),
    /// A record of its own.
    New,
    /// Somebody else was faster: it is to be looked at again.
    Undecided,
}

/// An arrival, and the record that it may be.
struct Candidate<'a> {
    place: usize,
    arrival: &'a Arrival,
    there: Option<&'a Delivery>,
    record: RecordId,
}

/// What these arrivals are; returns are noted.
pub(super) async fn all(store: &Store, arrivals: &[&Arrival]) -> StorageResult<Vec<Origin>> {
    let there = delivered_to(store, arrivals).await?;
    let ids: Vec<_> = arrivals.iter().map(|arrival| arrival.record.id.to_bytes()).collect();
    let ids: Vec<_> = ids.iter().map(<[u8; 16]>::as_slice).collect();
    let noted = store.fields("save", Key::Returns, &ids).await?;
    let stored = store.fields("save", Key::State, &ids).await?;
    let mut origins = vec![Origin::New; arrivals.len()];
    let mut candidates = Vec::new();
    for (place, arrival) in arrivals.iter().enumerate() {
        let origin = arrival.record.captured.origin.position();
        let there = origin.and_then(|origin| there.get(&origin));
        let record = arrival.claim.map(|claim| claim.record).or(there.map(|there| there.record));
        match (&noted[place], record) {
            (Some(noted), _) => {
                let (record, attempt) = position::attempt(noted)?;
                origins[place] = Origin::Return(record, attempt);
            }
            // What was stored as a record stays one, even if what is known today would make it a return.
            (None, Some(record)) if stored[place].is_none() => {
                candidates.push(Candidate { place, arrival, there, record });
            }
            _ => {}
        }
    }
    let told = once(store, "save", &candidates, Needs::WHOLE, |candidate| candidate.record, one).await?;
    for (candidate, told) in candidates.iter().zip(told) {
        origins[candidate.place] = told.unwrap_or(Ok(Origin::Undecided))?;
    }
    Ok(origins)
}

async fn delivered_to(store: &Store, arrivals: &[&Arrival]) -> StorageResult<HashMap<Position, Delivery>> {
    let unclaimed = arrivals.iter().filter(|arrival| arrival.claim.is_none());
    let origins: Vec<_> = unclaimed.filter_map(|arrival| arrival.record.captured.origin.position()).collect();
    let fields: Vec<_> = origins.iter().map(position::field).collect();
    let fields: Vec<_> = fields.iter().map(Vec::as_slice).collect();
    let read = store.fields("save", Key::Positions, &fields).await?;
    let mut deliveries = HashMap::new();
    for (origin, value) in origins.into_iter().zip(read) {
        if let Some(value) = value {
            deliveries.insert(origin.clone(), position::read(origin, &value)?);
        }
    }
    Ok(deliveries)
}

/// Which attempt comes back with this arrival, noted in its record's ledger.
fn one(ledger: &mut Ledger, candidate: &Candidate<'_>) -> StorageResult<Origin> {
    let Candidate { arrival, there, record: id, .. } = candidate;
    let (letter, claim) = (&arrival.record, arrival.claim.as_ref());
    let known = Known { there: *there, named: ledger.record(*id), deliveries: ledger.deliveries(*id) };
    let recognised = recognise(&letter.captured, claim, known);
    let still_there = recognised.filter(|(record, _)| ledger.record(*record).is_some());
    let Some((record, attempt)) = still_there else { return Ok(Origin::New) };
    let now = ledger.now;
    ledger.change(record, "save", |record| Ok(((), returned(record, attempt, letter, now))))?;
    if let Some(unit) = ledger.unit(record) {
        let arrival = letter.id.to_bytes();
        unit.expect(Key::Returns, arrival, "");
        unit.put(Key::Returns, arrival, position::origin(record, attempt));
        unit.deltas().come_back(letter);
    }
    Ok(Origin::Return(record, attempt))
}
