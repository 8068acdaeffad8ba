//! Records that arrive: returns are told apart, the others stored.

use std::collections::{HashMap, HashSet};

use dlq_core::record::{DlqRecord, Position, RecordId};
use dlq_core::storage::transition::{Delivery, admit, import};
use dlq_core::storage::{SaveOutcome, StorageResult};

use super::bisection::Bisection;
use super::{Answers, Arrival, come_back};
use crate::driver::Rows;
use crate::error::is_of_a_record;
use crate::operation::Store;
use crate::operation::retry::retried;
use crate::row::{PROGRESS, is_fresh, progress_values};
use crate::statement::insert::{Coming, NewRecords};
use crate::statement::{change, delivery};

/// How many bytes of records one statement carries, unless a single record has more.
const PORTION_BYTES: usize = 64 << 20;

pub(super) async fn all(store: &Store, arrivals: Vec<Arrival<'_>>) -> StorageResult<Answers> {
    let returned = returns(store, &arrivals).await?;
    let mut answers: Vec<Option<StorageResult<SaveOutcome>>> = Vec::with_capacity(arrivals.len());
    let room = arrivals.len();
    let (mut new, mut places) = (Vec::with_capacity(room), Vec::with_capacity(room));
    for (place, Arrival { record, claim, .. }) in arrivals.into_iter().enumerate() {
        answers.push(match returned.get(&record.id) {
            Some(&(record, attempt)) => Some(Ok(SaveOutcome::Returned { record, attempt })),
            None => match admit(record, claim.as_ref()) {
                Err(refusal) => Some(Err(refusal)),
                Ok(()) => {
                    new.push(&*record);
                    places.push(place);
                    None
                }
            },
        });
    }
    for (place, answer) in places.into_iter().zip(store_all(store, &new, Coming::Arriving).await?) {
        answers[place] = Some(answer);
    }
    Ok(answers.into_iter().flatten().collect())
}

/// Stores imported records: what an export kept is never a return.
pub(super) async fn imported(store: &Store, records: Vec<&mut DlqRecord>) -> StorageResult<Answers> {
    let mut answers: Vec<Option<StorageResult<SaveOutcome>>> = Vec::with_capacity(records.len());
    let mut new = Vec::with_capacity(records.len());
    for record in records {
        let refusal = import(record).err();
        if refusal.is_none() {
            new.push(&*record);
        }
        answers.push(refusal.map(Err));
    }
    let mut stored = store_all(store, &new, Coming::Imported).await?.into_iter();
    Ok(answers.into_iter().filter_map(|refused| refused.or_else(|| stored.next())).collect())
}

/// Which of these arrivals are returns, of which record and attempt. Most are none, which the index of delivered
/// positions alone can tell.
async fn returns(
    store: &Store,
    arrivals: &[Arrival<'_>],
) -> StorageResult<HashMap<RecordId, (RecordId, u32)>> {
    let there = delivered_to(store, arrivals).await?;
    let may_be = |arrival: &&Arrival<'_>| {
        let is_there = || {
            let origin = arrival.record.captured.origin.position();
            origin.is_some_and(|origin| there.contains_key(&origin))
        };
        arrival.may_return && (arrival.claim.is_some() || is_there())
    };
    let candidates: Vec<_> = arrivals.iter().filter(may_be).collect();
    if candidates.is_empty() {
        return Ok(HashMap::new());
    }
    retried!(come_back::all(store, &candidates, &there))
}

async fn delivered_to(store: &Store, arrivals: &[Arrival<'_>]) -> StorageResult<HashMap<Position, Delivery>> {
    let unclaimed = arrivals.iter().filter(|arrival| arrival.may_return && arrival.claim.is_none());
    let origins: Vec<_> = unclaimed.filter_map(|arrival| arrival.record.captured.origin.position()).collect();
    if origins.is_empty() {
        return Ok(HashMap::new());
    }
    let mut session = store.pools.read("save").await?;
    let deliveries = delivery::at(&mut session, &origins).await?;
    Ok(deliveries.into_iter().map(|delivery| (delivery.position.clone(), delivery)).collect())
}

/// Stores all records that can be stored. One that spoils whatever it is written with is found, and refused alone.
async fn store_all(store: &Store, records: &[&DlqRecord], coming: Coming) -> StorageResult<Answers> {
    let mut answers = Vec::with_capacity(records.len());
    for records in portions(records) {
        let mut bisection = Bisection::new(records.len());
        while let Some(part) = bisection.part() {
            let part = &records[part];
            match retried!(store_batch(store, part, coming)) {
                Ok(stored) => {
                    answers.extend(part.iter().map(|record| Ok(outcome(stored.contains(&record.id)))));
                    bisection.stored();
                }
                Err(error) if is_of_a_record(&error) => {
                    let alone = bisection.refused().and_then(|alone| records.get(alone));
                    answers.extend(alone.map(|record| Err(error.with("record", record.id))));
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(answers)
}

/// The records in portions of so many bytes as one statement may well carry: PostgreSQL ends the connection at a
/// gibibyte, however often it is asked.
fn portions<'p, 'r>(records: &'p [&'r DlqRecord]) -> impl Iterator<Item = &'p [&'r DlqRecord]> {
    let mut left = records;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = left.iter().take_while(|record| {
            let before = bytes;
            bytes += record.weight();
            before == 0 || bytes <= PORTION_BYTES
        });
        let (portion, rest) = left.split_at(fits.count());
        left = rest;
        (!portion.is_empty()).then_some(portion)
    })
}

const fn outcome(stored: bool) -> SaveOutcome {
    if stored { SaveOutcome::Stored { version: 1 } } else { SaveOutcome::AlreadyThere }
}

/// Stores the records that are not there; answers which.
async fn store_batch(
    store: &Store,
    records: &[&DlqRecord],
    coming: Coming,
) -> StorageResult<HashSet<RecordId>> {
    if records.is_empty() {
        return Ok(HashSet::new());
    }
    let new = NewRecords::of(records, coming);
    let worn: Vec<_> = records.iter().copied().filter(|record| !is_fresh(record)).collect();
    let mut session = if worn.is_empty() {
        store.pools.begin_if_several("save").await?
    } else {
        store.pools.begin("save").await?
    };
    let stored = new.store(&mut session).await?;
    let mut rest = Rows::new(PROGRESS);
    for record in worn.into_iter().filter(|record| stored.contains(&record.id)) {
        rest.push(progress_values(record, true));
    }
    change::progress(&mut session, rest).await?;
    session.commit().await?;
    Ok(stored)
}
