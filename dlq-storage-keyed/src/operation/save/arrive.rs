//! Records that arrive. Most are new, and are stored unless their id is there. What may be the return of a record is looked
//! at first.

use dlq_core::record::{DlqRecord, RecordId};
use dlq_core::storage::transition::{Delivery, admit, import};
use dlq_core::storage::{SaveOutcome, StorageError, StorageErrorKind, StorageResult};
use uuid::Uuid;

use super::come_back::{self, Origin};
use super::{Answers, Arrival, Coming};
use crate::index::Places;
use crate::kind::Kind;
use crate::ledger::{TRIES, contended, pause};
use crate::position::Return;
use crate::row::Operations;
use crate::shards::Shards;
use crate::space::Space;
use crate::store::KeyedStore;
use crate::unit::{Unit, Written};
use crate::{noted, position, row};

/// The largest content that is kept in one value; the largest that Redis takes, by its setting `proto-max-bulk-len`.
const VALUE_BYTES_MAX: usize = 512 << 20;
/// The place of the expectation that there is no such record.
const NOT_THERE: usize = 0;

/// A place among the arrivals, and the mark of a return that it turned out not to be, which is taken back.
type New = (usize, Option<Return>);

pub(super) async fn all<S: KeyedStore>(
    store: &Shards<S>,
    mut arrivals: Vec<Arrival>,
) -> StorageResult<Answers> {
    let mut answers: Vec<Option<StorageResult<SaveOutcome>>> = arrivals.iter().map(|_| None).collect();
    let there = come_back::delivered_to(store, &arrivals).await?;
    let (suspected, plain): (Vec<_>, Vec<_>) =
        (0..arrivals.len()).partition(|place| arrivals[*place].claim.is_some() || there[*place].is_some());
    let plain = plain.into_iter().map(|place| (place, None)).collect();
    let mut suspects = store_all(store, &mut arrivals, plain, &mut answers).await?;
    suspects.extend(suspected);
    for tried in 0..TRIES {
        if suspects.is_empty() {
            return Ok(answers.into_iter().flatten().collect());
        }
        pause(tried).await;
        let asked: Vec<_> =
            suspects.iter().map(|place| (&arrivals[*place], there[*place].as_ref())).collect();
        let origins = come_back::all(store, &asked).await?;
        let (mut new, mut left) = (Vec::new(), Vec::new());
        for (place, origin) in suspects.into_iter().zip(origins) {
            match origin {
                Origin::Return(record, attempt) => {
                    answers[place] = Some(Ok(SaveOutcome::Returned { record, attempt }));
                }
                Origin::New(mark) => new.push((place, mark)),
                Origin::Undecided => left.push(place),
            }
        }
        suspects = store_all(store, &mut arrivals, new, &mut answers).await?;
        suspects.append(&mut left);
    }
    Err(contended("save"))
}

/// Stores the arrivals at these places that are not there; answers the places of those that are to be looked at again.
async fn store_all<S: KeyedStore>(
    store: &Shards<S>,
    arrivals: &mut [Arrival],
    places: Vec<New>,
    answers: &mut [Option<StorageResult<SaveOutcome>>],
) -> StorageResult<Vec<usize>> {
    let number = Uuid::new_v4().as_u64_pair().0;
    let (mut units, mut stored) = (Vec::with_capacity(places.len()), Vec::with_capacity(places.len()));
    let mut landings = Vec::new();
    for (place, mark) in places {
        let arrival = &mut arrivals[place];
        match unit(arrival, mark, number) {
            Ok(mut unit) => {
                let delivery = Delivery::latest(&arrival.record);
                landings.extend(delivery.and_then(|delivery| position::note(store, &delivery, &mut unit)));
                units.push((store.home_of(arrival.record.id), unit));
                stored.push(place);
            }
            Err(refusal) => answers[place] = Some(Err(refusal)),
        }
    }
    store.write("save", landings).await?;
    let mut suspects = Vec::new();
    for (place, written) in stored.into_iter().zip(store.write("save", units).await?) {
        match written {
            Written::Yes => answers[place] = Some(Ok(SaveOutcome::Stored { version: 1 })),
            Written::Vain(NOT_THERE) => answers[place] = Some(Ok(SaveOutcome::AlreadyThere)),
            Written::Vain(_) => suspects.push(place),
        }
    }
    Ok(suspects)
}

fn unit(arrival: &mut Arrival, mark: Option<Return>, number: u64) -> StorageResult<Unit> {
    let Arrival { record, claim, coming } = arrival;
    match coming {
        Coming::New | Coming::Arriving => admit(record, claim.as_ref())?,
        Coming::Imported => import(record)?,
    }
    let mut unit = Unit::default();
    let id = record.id.to_bytes();
    unit.expect(Space::State, id, "");
    if let Some(mark) = mark {
        unit.expect(Space::Returns, id, mark.value());
        unit.cut(Space::Returns, id);
        noted::let_go(&mut unit, Space::Returns, &id, mark.at);
        unit.take_back(|deltas| deltas.come_back(record));
    } else if *coming == Coming::Arriving {
        unit.expect(Space::Returns, id, "");
    }
    unit.book(|deltas| match coming {
        Coming::Imported => deltas.import(record),
        Coming::New | Coming::Arriving => deltas.store(record),
    });
    fill(&mut unit, record, number, Delivery::latest(record).as_slice(), &Operations::default())?;
    Ok(unit)
}

/// All that is kept of a record, and counted of its kind.
pub(super) fn fill(
    unit: &mut Unit,
    record: &DlqRecord,
    number: u64,
    deliveries: &[Delivery],
    operations: &Operations,
) -> StorageResult<()> {
    let (id, lane) = (record.id.to_bytes(), record.captured.lane());
    let head = row::head(record, lane, number);
    if let Some((content, key)) = record.captured.content.as_ref().zip(row::content_key(record.id, &head)) {
        let content = row::content(content);
        if content.len() > VALUE_BYTES_MAX {
            return Err(too_large(record.id, content.len()));
        }
        unit.put(Space::Content, key, content);
    }
    unit.put(Space::State, id, row::state(record, deliveries, operations));
    unit.put(Space::Head, id, head);
    let kind = Kind::of(record, &record.failure());
    unit.count(&kind, record, 1);
    Places::of(record, &kind, lane).0.into_iter().for_each(|(space, member)| unit.join(space, member));
    Ok(())
}

fn too_large(id: RecordId, bytes: usize) -> StorageError {
    let message = format!("{bytes} bytes: at most {VALUE_BYTES_MAX} fit in a value");
    StorageError::new(StorageErrorKind::Capacity, "save", message).with("record", id)
}
