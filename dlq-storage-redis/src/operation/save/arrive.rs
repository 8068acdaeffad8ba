//! Records that arrive. Most are new, and one script stores them, each unless its id is there. What may be the return of
//! a record is found out by the same script, and only then looked at.

use dlq_core::record::{DlqRecord, RecordId};
use dlq_core::storage::transition::{Delivery, admit, import};
use dlq_core::storage::{SaveOutcome, StorageError, StorageErrorKind, StorageResult};

use super::come_back::{self, Origin};
use super::{Answers, Arrival, Coming};
use crate::index::Places;
use crate::key::Key;
use crate::ledger::{TRIES, contended, pause};
use crate::store::Store;
use crate::unit::{Unit, Written};
use crate::{position, row};

/// The largest value that the server takes, by its setting `proto-max-bulk-len`; a larger one ends the connection.
const VALUE_BYTES_MAX: usize = 512 << 20;
/// The place of the first expectation, that there is no such record.
const NOT_THERE: usize = 1;

/// What an arrival is stored under.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// Unless it may be a return.
    First,
    /// It was looked at, and is none.
    Again,
}

pub(super) async fn all(store: &Store, mut arrivals: Vec<Arrival>) -> StorageResult<Answers> {
    let mut answers: Vec<Option<StorageResult<SaveOutcome>>> = arrivals.iter().map(|_| None).collect();
    // What claims to be a return is looked at before it is stored.
    let (claimed, plain): (Vec<_>, Vec<_>) =
        (0..arrivals.len()).partition(|place| arrivals[*place].claim.is_some());
    let mut suspects = store_all(store, &mut arrivals, plain, Look::First, &mut answers).await?;
    suspects.extend(claimed);
    for tried in 0..TRIES {
        if suspects.is_empty() {
            return Ok(answers.into_iter().flatten().collect());
        }
        pause(tried).await;
        let asked: Vec<_> = suspects.iter().map(|place| &arrivals[*place]).collect();
        let origins = come_back::all(store, &asked).await?;
        let (mut new, mut left) = (Vec::new(), Vec::new());
        for (place, origin) in suspects.into_iter().zip(origins) {
            match origin {
                Origin::Return(record, attempt) => {
                    answers[place] = Some(Ok(SaveOutcome::Returned { record, attempt }));
                }
                Origin::New => new.push(place),
                Origin::Undecided => left.push(place),
            }
        }
        suspects = store_all(store, &mut arrivals, new, Look::Again, &mut answers).await?;
        suspects.append(&mut left);
    }
    Err(contended("save"))
}

/// Stores the arrivals at these places that are not there; answers the places of those that may be returns.
async fn store_all(
    store: &Store,
    arrivals: &mut [Arrival],
    places: Vec<usize>,
    look: Look,
    answers: &mut [Option<StorageResult<SaveOutcome>>],
) -> StorageResult<Vec<usize>> {
    let (mut units, mut stored) = (Vec::with_capacity(places.len()), Vec::with_capacity(places.len()));
    for place in places {
        match unit(&mut arrivals[place], look) {
            Ok(unit) => {
                units.push(unit);
                stored.push(place);
            }
            Err(refusal) => answers[place] = Some(Err(refusal)),
        }
    }
    let mut suspects = Vec::new();
    for (place, written) in stored.into_iter().zip(store.write("save", &units).await?) {
        match written {
            Written::Yes => answers[place] = Some(Ok(SaveOutcome::Stored { version: 1 })),
            Written::Vain(NOT_THERE) => answers[place] = Some(Ok(SaveOutcome::AlreadyThere)),
            Written::Vain(_) => suspects.push(place),
        }
    }
    Ok(suspects)
}

fn unit(arrival: &mut Arrival, look: Look) -> StorageResult<Unit> {
    let Arrival { record, claim, coming } = arrival;
    match coming {
        Coming::New | Coming::Arriving => admit(record, claim.as_ref())?,
        Coming::Imported => import(record)?,
    }
    let mut unit = Unit::default();
    let id = record.id.to_bytes();
    unit.expect(Key::State, id, "");
    if *coming == Coming::Arriving {
        unit.expect(Key::Returns, id, "");
        let origin = record.captured.origin.position().filter(|_| look == Look::First);
        origin.into_iter().for_each(|origin| unit.expect(Key::Positions, position::field(&origin), ""));
    }
    match coming {
        Coming::Imported => unit.deltas().import(record),
        Coming::New | Coming::Arriving => unit.deltas().store(record),
    }
    fill(&mut unit, record, id)?;
    Ok(unit)
}

/// All that is kept of a record.
fn fill(unit: &mut Unit, record: &DlqRecord, id: [u8; 16]) -> StorageResult<()> {
    let (lane, delivery) = (record.captured.lane(), Delivery::latest(record));
    if let Some(delivery) = &delivery {
        unit.put(Key::Positions, position::field(&delivery.position), position::value(delivery));
    }
    unit.put(Key::State, id, row::state(record, delivery.as_slice()));
    unit.put(Key::Head, id, row::head(record, lane));
    if let Some(content) = &record.captured.content {
        let content = row::content(content);
        if content.len() > VALUE_BYTES_MAX {
            return Err(too_large(record.id, content.len()));
        }
        unit.put(Key::Content, id, content);
    }
    Places::of(record, lane).0.into_iter().for_each(|(key, member)| unit.join(key, member));
    Ok(())
}

fn too_large(id: RecordId, bytes: usize) -> StorageError {
    let message = format!("{bytes} bytes: at most {VALUE_BYTES_MAX} fit in a value");
    StorageError::new(StorageErrorKind::Capacity, "save", message).with("record", id)
}
