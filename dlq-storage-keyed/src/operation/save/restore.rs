//! Records that are moved here from another store, as they stood there.

use std::collections::{HashMap, HashSet};

use dlq_core::Timestamp;
use dlq_core::record::{Action, RecordId};
use dlq_core::storage::{SaveOutcome, StorageResult, Whole};
use uuid::Uuid;

use super::Answers;
use super::arrive::fill;
use crate::index::Places;
use crate::ledger::{TRIES, contended, pause};
use crate::position::Return;
use crate::row::{Operations, Stored, state};
use crate::shards::{Depth, Shards};
use crate::space::Space;
use crate::store::KeyedStore;
use crate::unit::{Unit, Written};
use crate::{history, noted, position};

/// What is written about a record.
struct Writes {
    /// What is kept in other shards: written before the record, for whoever finds the record there looks no further.
    before: Vec<(u32, Unit)>,
    unit: (u32, Unit),
}

/// Restores a batch: in runs in which no record comes twice, so that the second meets the first.
pub(crate) async fn restore<S: KeyedStore>(store: &Shards<S>, wholes: &[Whole]) -> StorageResult<Answers> {
    let mut answers = Vec::with_capacity(wholes.len());
    let mut left = wholes;
    while !left.is_empty() {
        let mut ids = HashSet::new();
        let run = left.iter().take_while(|whole| ids.insert(whole.record.id)).count();
        let (run, rest) = left.split_at(run);
        answers.append(&mut restore_run(store, run).await?);
        left = rest;
    }
    Ok(answers)
}

/// The same for records of which none comes twice. Where somebody else was faster, they are looked at anew.
async fn restore_run<S: KeyedStore>(store: &Shards<S>, wholes: &[Whole]) -> StorageResult<Answers> {
    let mut answers: Vec<_> = wholes.iter().map(|_| None).collect();
    for tried in 0..TRIES {
        let left: Vec<_> = (0..wholes.len()).filter(|place| answers[*place].is_none()).collect();
        if left.is_empty() {
            return Ok(answers.into_iter().flatten().collect());
        }
        pause(tried).await;
        let ids: Vec<_> = left.iter().map(|place| wholes[*place].record.id).collect();
        let (now, standing) =
            (store.now("restore").await?, store.read("restore", &ids, Depth::Listed).await?);
        let (mut before, mut units, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for place in left {
            match writes(store, &wholes[place], &standing, now) {
                Ok(Some(mut writes)) => {
                    before.append(&mut writes.before);
                    units.push(writes.unit);
                    places.push(place);
                }
                Ok(None) => answers[place] = Some(Ok(SaveOutcome::AlreadyThere)),
                Err(refusal) => answers[place] = Some(Err(refusal)),
            }
        }
        store.write("restore", before).await?;
        for (place, written) in places.into_iter().zip(store.write("restore", units).await?) {
            let version = wholes[place].record.version;
            answers[place] = (written == Written::Yes).then_some(Ok(SaveOutcome::Stored { version }));
        }
    }
    Err(contended("restore"))
}

/// What is to be written about a record, if anything is.
fn writes<S: KeyedStore>(
    store: &Shards<S>,
    whole: &Whole,
    standing: &HashMap<RecordId, Stored>,
    now: Timestamp,
) -> StorageResult<Option<Writes>> {
    let Whole { record, history, deliveries, returns } = whole;
    let (id, stands) = (record.id, standing.get(&record.id));
    if !whole.goes_over(stands.map(|stands| stands.record.version))? {
        return Ok(None);
    }
    let mut unit = Unit::default();
    let operations = Operations::of(history);
    match stands {
        None => {
            unit.expect(Space::State, id.to_bytes(), "");
            fill(&mut unit, record, Uuid::new_v4().as_u64_pair().0, deliveries, &operations)?;
            unit.book(|deltas| deltas.restore(record));
        }
        Some(stands) => {
            unit.expect(Space::State, id.to_bytes(), stands.state.as_slice());
            unit.put(Space::State, id.to_bytes(), state(record, deliveries, &operations));
            let (was, is) = (stands.kind(), stands.kind_of(record));
            let old = Places::of(&stands.record, &was, stands.lane);
            let new = Places::of(record, &is, stands.lane);
            old.beside(&new).for_each(|(space, member)| unit.leave(*space, member.clone()));
            new.beside(&old).for_each(|(space, member)| unit.join(*space, member.clone()));
            unit.recount(&was, &is, record);
        }
    }
    let known = stands.map_or(0, |stands| stands.record.version);
    for entry in history.iter().filter(|entry| entry.version > known) {
        unit.put(Space::History, history::key(id, entry.version), history::value(entry));
        // Only what criteria choose is patched: what it took is counted, where it is repeated.
        if matches!(entry.action, Action::Patched | Action::Reopened) {
            let key = entry.change.operation.0.into_bytes();
            unit.add(Space::Bulk, key, 1);
            noted::remember(&mut unit, Space::Bulk, &key, now);
        }
    }
    let mut before: Vec<_> =
        deliveries.iter().filter_map(|delivery| position::note(store, delivery, &mut unit)).collect();
    before.extend(returns.iter().map(|(arrival, attempt)| mark(store, *arrival, id, *attempt, now)));
    Ok(Some(Writes { before, unit: (store.home_of(id), unit) }))
}

/// That an arrival was a return, and that its record knows.
fn mark<S: KeyedStore>(
    store: &Shards<S>,
    arrival: RecordId,
    record: RecordId,
    attempt: u32,
    at: Timestamp,
) -> (u32, Unit) {
    let (mut unit, key) = (Unit::default(), arrival.to_bytes());
    unit.put(Space::Returns, key, Return { record, attempt, done: true, at }.value());
    noted::remember(&mut unit, Space::Returns, &key, at);
    (store.home_of(arrival), unit)
}
