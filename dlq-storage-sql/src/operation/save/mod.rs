//! Saving a batch.

mod arrive;
mod bisection;
mod come_back;
mod replace;
mod restore;

use std::collections::HashSet;
use std::sync::Arc;

use dlq_core::record::{Change, DlqRecord, Progress, RecordId};
use dlq_core::storage::{Expect, ReturnClaim, Save, SaveOutcome, StorageResult};

pub(crate) use restore::restore;

use super::Store;
use super::retry::retried;

/// One answer for each save.
type Answers = Vec<StorageResult<SaveOutcome>>;

/// A dead letter that arrives.
#[derive(Debug)]
struct Arrival<'s> {
    record: &'s mut DlqRecord,
    claim: Option<ReturnClaim>,
    /// Whether it may be the return of a record.
    may_return: bool,
}

/// A replacement of progress.
#[derive(Debug)]
struct Replacement {
    id: RecordId,
    progress: Progress,
    expected: Expect,
    change: Change,
}

/// Saves that are written together, where they stand: of one kind, and no new record twice, so that the second finds the first there.
#[derive(Debug)]
enum Run<'s> {
    Arrivals(Vec<Arrival<'s>>, HashSet<RecordId>),
    Imports(Vec<&'s mut DlqRecord>, HashSet<RecordId>),
    Replacements(Vec<Replacement>),
}

pub(crate) async fn batch(store: &Arc<Store>, mut saves: Vec<Save>) -> StorageResult<Answers> {
    let mut answers = Vec::with_capacity(saves.len());
    for run in runs(&mut saves) {
        answers.append(&mut match run {
            Run::Arrivals(arrivals, _) => arrive::all(store, arrivals).await?,
            Run::Imports(records, _) => arrive::imported(store, records).await?,
            Run::Replacements(replacements) => retried!(replace::all(store, &replacements))?,
        });
    }
    store.counted();
    Ok(answers)
}

fn runs(saves: &mut [Save]) -> Vec<Run<'_>> {
    let (mut runs, room) = (Vec::new(), saves.len());
    for save in saves {
        match save {
            Save::New(record) => arrival(&mut runs, Arrival { record, claim: None, may_return: false }, room),
            Save::Arrival { record, claim } => arrival(
                &mut runs,
                Arrival { record, claim: claim.as_deref().copied(), may_return: true },
                room,
            ),
            Save::Import(record) => import(&mut runs, record),
            Save::Replace { id, progress, expected, change } => {
                let (progress, change) = (std::mem::take(&mut **progress), Change::clone(change));
                let replacement = Replacement { id: *id, progress, expected: *expected, change };
                match runs.last_mut() {
                    Some(Run::Replacements(run)) => run.push(replacement),
                    _ => runs.push(Run::Replacements(vec![replacement])),
                }
            }
        }
    }
    runs
}

fn arrival<'s>(runs: &mut Vec<Run<'s>>, arrival: Arrival<'s>, room: usize) {
    let id = arrival.record.id;
    if let Some(Run::Arrivals(run, ids)) = runs.last_mut()
        && ids.insert(id)
    {
        run.push(arrival);
    } else {
        let (mut run, mut ids) = (Vec::with_capacity(room), HashSet::with_capacity(room));
        run.push(arrival);
        ids.insert(id);
        runs.push(Run::Arrivals(run, ids));
    }
}

fn import<'s>(runs: &mut Vec<Run<'s>>, record: &'s mut DlqRecord) {
    if let Some(Run::Imports(run, ids)) = runs.last_mut()
        && ids.insert(record.id)
    {
        run.push(record);
    } else {
        let ids = HashSet::from([record.id]);
        runs.push(Run::Imports(vec![record], ids));
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod full_tests;
