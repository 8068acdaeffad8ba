//! Saving a batch.

mod arrive;
mod bisection;
mod come_back;
mod replace;

use std::collections::HashSet;
use std::sync::Arc;

use dlq_core::record::{Change, DlqRecord, Progress, RecordId};
use dlq_core::storage::{Expect, ReturnClaim, Save, SaveOutcome, StorageResult};

use super::Store;
use super::retry::retried;

/// One answer for each save.
type Answers = Vec<StorageResult<SaveOutcome>>;

/// A dead letter that arrives.
#[derive(Debug)]
struct Arrival {
    record: DlqRecord,
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

/// Saves that are written together: of one kind, and no new record twice, so that the second finds the first there.
#[derive(Debug)]
enum Run {
    Arrivals(Vec<Arrival>, HashSet<RecordId>),
    Imports(Vec<DlqRecord>, HashSet<RecordId>),
    Replacements(Vec<Replacement>),
}

pub(crate) async fn batch(store: &Arc<Store>, saves: Vec<Save>) -> StorageResult<Answers> {
    let mut answers = Vec::with_capacity(saves.len());
    for run in runs(saves) {
        answers.append(&mut match run {
            Run::Arrivals(arrivals, _) => arrive::all(store, arrivals).await?,
            Run::Imports(records, _) => arrive::imported(store, records).await?,
            Run::Replacements(replacements) => retried!(replace::all(store, &replacements))?,
        });
    }
    store.counted();
    Ok(answers)
}

fn runs(saves: Vec<Save>) -> Vec<Run> {
    let (mut runs, room) = (Vec::new(), saves.len());
    for save in saves {
        match save {
            Save::New(record) => arrival(&mut runs, Arrival { record, claim: None, may_return: false }, room),
            Save::Arrival { record, claim } => {
                let claim = claim.map(|claim| *claim);
                arrival(&mut runs, Arrival { record, claim, may_return: true }, room);
            }
            Save::Import(record) => import(&mut runs, record),
            Save::Replace { id, progress, expected, change } => {
                let replacement = Replacement { id, progress: *progress, expected, change: *change };
                match runs.last_mut() {
                    Some(Run::Replacements(run)) => run.push(replacement),
                    _ => runs.push(Run::Replacements(vec![replacement])),
                }
            }
        }
    }
    runs
}

fn arrival(runs: &mut Vec<Run>, arrival: Arrival, room: usize) {
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

fn import(runs: &mut Vec<Run>, record: DlqRecord) {
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
