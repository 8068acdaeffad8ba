//! Arrivals that may be returns. A return is noted in two steps, for the arrival and the record that it returns to may be
//! kept in different shards: the first counts the arrival as a return and says of what, the second tells the record. Who
//! repeats the arrival finds what was noted and goes on from there; and where the record is gone before it was told, what
//! was noted is taken back, and the arrival is stored as a new record.

use std::collections::HashMap;

use dlq_core::Timestamp;
use dlq_core::record::{Action, DlqRecord, HistoryEntry, OperationId, RecordId};
use dlq_core::storage::StorageResult;
use dlq_core::storage::transition::{Delivery, Known, recognise, returned};

use super::{Arrival, Coming};
use crate::ledger::{Ledger, Needs, change};
use crate::position::{self, Return};
use crate::row::Stored;
use crate::shards::{Depth, Shards};
use crate::space::Space;
use crate::store::KeyedStore;
use crate::unit::{Unit, Written};
use crate::{history, noted};

/// What an arrival is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The return of this attempt of this record, noted now or before.
    Return(RecordId, u32),
    /// A record of its own; and what was noted of it in vain.
    New(Option<Return>),
    /// Somebody else was faster: it is to be looked at again.
    Undecided,
}

/// An arrival, and what was delivered to the place that it came from.
type Suspect<'a> = (&'a Arrival, Option<&'a Delivery>);

/// A return of which its record has to be told yet.
struct Untold<'a> {
    place: usize,
    arrival: &'a Arrival,
    noted: Return,
}

/// What was delivered to the places that these arrivals came from, for those that may be returns and do not claim to be
/// the return of another.
pub(super) async fn delivered_to<S: KeyedStore>(
    store: &Shards<S>,
    arrivals: &[Arrival],
) -> StorageResult<Vec<Option<Delivery>>> {
    let (mut places, mut origins) = (Vec::new(), Vec::new());
    for (place, arrival) in arrivals.iter().enumerate() {
        let asks = arrival.coming == Coming::Arriving && arrival.claim.is_none();
        if let Some(origin) = arrival.record.captured.origin.position().filter(|_| asks) {
            places.push(place);
            origins.push(origin);
        }
    }
    let keys = origins.iter().map(position::key).collect();
    let read = store.values("save", Space::Positions, keys).await?;
    let mut there = vec![None; arrivals.len()];
    for ((place, origin), value) in places.into_iter().zip(origins).zip(read) {
        there[place] = value.map(|value| position::read(origin, &value)).transpose()?;
    }
    Ok(there)
}

/// What these arrivals are; returns are noted, and their records told.
pub(super) async fn all<S: KeyedStore>(
    store: &Shards<S>,
    suspects: &[Suspect<'_>],
) -> StorageResult<Vec<Origin>> {
    let ids: Vec<_> = suspects.iter().map(|(arrival, _)| arrival.record.id.to_bytes().to_vec()).collect();
    let noted = store.values("save", Space::Returns, ids.clone()).await?;
    let stored = store.values("save", Space::State, ids).await?;
    let mut origins = vec![Origin::New(None); suspects.len()];
    let (mut untold, mut unknown) = (Vec::new(), Vec::new());
    for (place, (noted, stored)) in noted.iter().zip(stored).enumerate() {
        match noted.as_deref().map(Return::read).transpose()? {
            Some(noted) if noted.done => origins[place] = Origin::Return(noted.record, noted.attempt),
            Some(noted) => untold.push(Untold { place, arrival: suspects[place].0, noted }),
            // What was stored as a record stays one, even if what is known today would make it a return.
            None if stored.is_none() => unknown.push(place),
            None => {}
        }
    }
    for (place, recognised) in recognised(store, suspects, unknown).await? {
        match recognised {
            Some(noted) if noted.done => origins[place] = Origin::Return(noted.record, noted.attempt),
            Some(noted) => untold.push(Untold { place, arrival: suspects[place].0, noted }),
            None => origins[place] = Origin::Undecided,
        }
    }
    for (place, origin) in tell(store, untold).await? {
        origins[place] = origin;
    }
    Ok(origins)
}

/// Those of these suspects that are returns, noted as such; nothing where somebody else was faster.
async fn recognised<S: KeyedStore>(
    store: &Shards<S>,
    suspects: &[Suspect<'_>],
    places: Vec<usize>,
) -> StorageResult<Vec<(usize, Option<Return>)>> {
    let mut ids: Vec<_> = places.iter().filter_map(|place| named(&suspects[*place])).collect();
    ids.sort_unstable();
    ids.dedup();
    let records = store.read("save", &ids, Depth::Whole).await?;
    let now = store.now("save").await?;
    let mut found = Vec::new();
    for place in places {
        let stored =
            named(&suspects[place]).and_then(|id| records.get(&id)).filter(|stored| !stored.headless);
        let returned = stored.and_then(|stored| Some((stored, attempt(stored, &suspects[place])?)));
        let Some((stored, (record, attempt))) = returned else { continue };
        let done = told_before(store, stored, suspects[place].0).await?;
        found.push((place, Return { record, attempt, done, at: now }));
    }
    let (known, new): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, noted)| noted.done);
    let unit = |(place, noted): &(usize, Return)| {
        let arrival = suspects[*place].0;
        (store.home_of(arrival.record.id), note(arrival, *noted))
    };
    let written = store.write("save", new.iter().map(unit).collect()).await?;
    let noted = new.into_iter().zip(written);
    let noted = noted.map(|((place, noted), written)| (place, (written == Written::Yes).then_some(noted)));
    Ok(known.into_iter().map(|(place, noted)| (place, Some(noted))).chain(noted).collect())
}

/// The record that a suspect may be the return of.
fn named((arrival, there): &Suspect<'_>) -> Option<RecordId> {
    arrival.claim.map(|claim| claim.record).or(there.map(|there| there.record))
}

/// Which attempt of a record comes back with this arrival.
fn attempt(stored: &Stored, (arrival, there): &Suspect<'_>) -> Option<(RecordId, u32)> {
    let there = there.filter(|there| stored.deliveries.contains(there));
    let known = Known { there, named: Some(&stored.record), deliveries: &stored.deliveries };
    recognise(&arrival.record.captured, arrival.claim.as_ref(), known)
}

/// Whether a record was told of an arrival so long ago that this is not noted any more.
async fn told_before<S: KeyedStore>(
    store: &Shards<S>,
    stored: &Stored,
    arrival: &Arrival,
) -> StorageResult<bool> {
    let id = stored.record.id;
    let versions = stored.operations.versions(stored.record.version, &[operation(arrival)]);
    let asked = versions.map(|version| (id, version)).collect();
    let history = history::read(store, "save", asked).await?.remove(&id);
    Ok(is_told(&history.unwrap_or_default(), arrival))
}

fn note(arrival: &Arrival, noted: Return) -> Unit {
    let (mut unit, id) = (Unit::default(), arrival.record.id.to_bytes());
    unit.expect(Space::State, id, "");
    unit.expect(Space::Returns, id, "");
    unit.put(Space::Returns, id, noted.value());
    noted::remember(&mut unit, Space::Returns, &id, noted.at);
    unit.book(|deltas| deltas.come_back(&arrival.record));
    unit
}

/// Tells records what came back, unless they were told before, and notes that they were.
async fn tell<S: KeyedStore>(
    store: &Shards<S>,
    untold: Vec<Untold<'_>>,
) -> StorageResult<Vec<(usize, Origin)>> {
    let record = |untold: &Untold<'_>| untold.noted.record;
    let mut asked: HashMap<_, Vec<_>> = HashMap::new();
    untold.iter().for_each(|one| asked.entry(one.noted.record).or_default().push(operation(one.arrival)));
    let before = |record: &DlqRecord| asked[&record.id].clone();
    let told = change(store, "save", &untold, Needs::listed(&before), record, tell_one).await?;
    let (mut origins, mut units, mut done) = (Vec::new(), Vec::new(), Vec::new());
    for (Untold { place, arrival, noted }, told) in untold.into_iter().zip(told) {
        if !told? {
            origins.push((place, Origin::New(Some(noted))));
            continue;
        }
        let (mut unit, id) = (Unit::default(), arrival.record.id.to_bytes());
        unit.expect(Space::Returns, id, noted.value());
        unit.put(Space::Returns, id, Return { done: true, ..noted }.value());
        units.push((store.home_of(arrival.record.id), unit));
        done.push((place, Origin::Return(noted.record, noted.attempt)));
    }
    let written = store.write("save", units).await?;
    if !done.is_empty() {
        noted::forget(store, "save", store.now("save").await?).await;
    }
    origins.extend(done.into_iter().zip(written).map(|((place, origin), written)| match written {
        Written::Yes => (place, origin),
        Written::Vain(_) => (place, Origin::Undecided),
    }));
    Ok(origins)
}

/// Whether the record was told; it cannot be where it is gone.
fn tell_one(ledger: &mut Ledger, untold: &Untold<'_>) -> StorageResult<bool> {
    let Untold { arrival, noted, .. } = untold;
    let (id, now): (RecordId, Timestamp) = (noted.record, ledger.now);
    if ledger.record(id).is_none() || ledger.is_headless(id) {
        return Ok(false);
    }
    if !is_told(ledger.history(id), arrival) {
        let letter = &arrival.record;
        ledger.change(id, "save", |record| Ok(((), returned(record, noted.attempt, letter, now))))?;
    }
    Ok(true)
}

/// The operation under which a record is told of an arrival.
const fn operation(arrival: &Arrival) -> OperationId {
    OperationId(arrival.record.id.as_uuid())
}

fn is_told(history: &[HistoryEntry], arrival: &Arrival) -> bool {
    let is_it = |entry: &HistoryEntry| entry.change.operation == operation(arrival);
    history.iter().any(|entry| entry.action == Action::Returned && is_it(entry))
}
