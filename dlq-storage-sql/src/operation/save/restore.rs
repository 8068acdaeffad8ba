//! Records that are moved here from another store, as they stood there.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use dlq_core::record::{Action, DlqRecord, RecordId};
use dlq_core::storage::transition::{Cell, Deltas};
use dlq_core::storage::{SaveOutcome, StorageError, StorageErrorKind, StorageResult, Whole};

use super::Answers;
use super::bisection::Bisection;
use crate::driver::{Rows, Session};
use crate::error::is_of_a_record;
use crate::operation::Store;
use crate::operation::retry::retried;
use crate::row::{HISTORY, PROGRESS, history_values, is_fresh, progress_values};
use crate::statement::find::{self, Read, id_rows};
use crate::statement::insert::{Coming, NewRecords};
use crate::statement::{change, delivery, history, tally};

type Standing = HashMap<RecordId, DlqRecord>;

/// Restores a batch. A record that spoils whatever it is written with is found, and refused alone.
pub(crate) async fn restore(store: &Arc<Store>, wholes: &[Whole]) -> StorageResult<Answers> {
    let mut answers = Vec::with_capacity(wholes.len());
    for run in runs(wholes) {
        let mut bisection = Bisection::new(run.len());
        while let Some(part) = bisection.part() {
            let part = &run[part];
            match retried!(restore_part(store, part)) {
                Ok(mut done) => {
                    answers.append(&mut done);
                    bisection.stored();
                }
                Err(error) if is_of_a_record(&error) => {
                    let alone = bisection.refused().and_then(|alone| run.get(alone));
                    answers.extend(alone.map(|whole| Err(error.with("record", whole.record.id))));
                }
                Err(error) => return Err(error),
            }
        }
    }
    store.counted();
    Ok(answers)
}

/// The batch in parts in which no record comes twice, so that the second meets the first.
fn runs(wholes: &[Whole]) -> Vec<&[Whole]> {
    let (mut runs, mut begin, mut ids) = (Vec::new(), 0, HashSet::new());
    for (place, whole) in wholes.iter().enumerate() {
        if !ids.insert(whole.record.id) {
            runs.push(&wholes[begin..place]);
            (begin, ids) = (place, HashSet::from([whole.record.id]));
        }
    }
    runs.push(&wholes[begin..]);
    runs
}

async fn restore_part(store: &Store, wholes: &[Whole]) -> StorageResult<Answers> {
    let mut session = store.pools.begin("restore").await?;
    let standing = standing(&mut session, wholes).await?;
    let (mut answers, mut taken) = (Vec::with_capacity(wholes.len()), Vec::with_capacity(wholes.len()));
    for whole in wholes {
        let stands = standing.get(&whole.record.id).map(|record| record.version);
        answers.push(whole.goes_over(stands).map(|goes| match goes {
            true => {
                taken.push(whole);
                SaveOutcome::Stored { version: whole.record.version }
            }
            false => SaveOutcome::AlreadyThere,
        }));
    }
    write_records(&mut session, &taken, &standing).await?;
    write_history(&mut session, &taken, &standing).await?;
    write_ways(&mut session, &taken).await?;
    session.commit().await?;
    Ok(answers)
}

async fn standing(session: &mut Session, wholes: &[Whole]) -> StorageResult<Standing> {
    let ids = id_rows(wholes.iter().map(|whole| whole.record.id));
    let rows = find::lock(session, &ids, Read::Progress).await?;
    rows.into_iter().map(|row| row.record().map(|record| (record.id, record))).collect()
}

/// What is not there is stored; of what stands only the progress is another.
async fn write_records(session: &mut Session, taken: &[&Whole], standing: &Standing) -> StorageResult<()> {
    let mut deltas = Deltas::default();
    let (mut new, mut progress) = (Vec::with_capacity(taken.len()), Rows::new(PROGRESS));
    for record in taken.iter().map(|whole| &whole.record) {
        match standing.get(&record.id) {
            Some(stood) => deltas.change(Cell::of(stood), record),
            None => new.push(record),
        }
        if standing.contains_key(&record.id) || record.version != 1 || !is_fresh(record) {
            progress.push(progress_values(record, true));
        }
    }
    if !new.is_empty() && NewRecords::of(&new, Coming::Restored).store(session).await?.len() < new.len() {
        let message = "another stored some of these records at the same moment";
        return Err(StorageError::new(StorageErrorKind::Transaction, "restore", message));
    }
    change::progress(session, progress).await?;
    tally::add(session, &deltas).await
}

async fn write_history(session: &mut Session, taken: &[&Whole], standing: &Standing) -> StorageResult<()> {
    let mut entries = Rows::new(HISTORY);
    for Whole { record, history, .. } in taken {
        let known = standing.get(&record.id).map_or(0, |stood| stood.version);
        for entry in history.iter().filter(|entry| entry.version > known) {
            // Only what criteria choose is patched: it is counted by its history where it is repeated.
            let bulk = matches!(entry.action, Action::Patched | Action::Reopened);
            entries.push(history_values(record.id, entry, bulk));
        }
    }
    session.write_all(&[history::add(entries)]).await
}

/// Where the records were sent, and as what they came back.
async fn write_ways(session: &mut Session, taken: &[&Whole]) -> StorageResult<()> {
    let deliveries: Vec<_> = taken.iter().flat_map(|whole| whole.deliveries.iter().cloned()).collect();
    session.write_all(&[delivery::add(&deliveries)]).await?;
    let arrivals = || taken.iter().flat_map(|whole| &whole.returns).map(|(arrival, _)| *arrival);
    if arrivals().next().is_none() {
        return Ok(());
    }
    let noted = delivery::returns(session, arrivals()).await?;
    let noted: HashSet<RecordId> = noted.into_iter().map(|row| row.arrival.into()).collect();
    let of = |whole: &&Whole| {
        let id = whole.record.id;
        whole.returns.iter().map(move |(arrival, attempt)| (*arrival, (id, *attempt))).collect::<Vec<_>>()
    };
    let returns: Vec<_> = taken.iter().flat_map(of).filter(|(arrival, _)| !noted.contains(arrival)).collect();
    delivery::add_returns(session, &returns).await
}
