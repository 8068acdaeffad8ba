//! Writing records: a batch is written in runs, each of one kind and with no id twice, so that the second of two finds
//! the first there.

mod arrive;
mod come_back;
mod restore;

use std::collections::{HashMap, HashSet};

use dlq_core::record::{Change, DlqRecord, Progress, RecordId};
use dlq_core::storage::transition::{replace as by_the_rules, replaced_before};
use dlq_core::storage::{Expect, ReturnClaim, Save, SaveOutcome, StorageResult};

use crate::ledger::{Needs, change};
use crate::shards::Shards;
use crate::store::KeyedStore;

pub(crate) use restore::restore;

type Answers = Vec<StorageResult<SaveOutcome>>;

/// A record that comes, and whence.
#[derive(Debug)]
struct Arrival {
    record: DlqRecord,
    claim: Option<ReturnClaim>,
    coming: Coming,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coming {
    /// It is new, whatever else is known.
    New,
    /// It may be the return of a record.
    Arriving,
    /// An export or quarantine kept it.
    Imported,
}

/// A replacement of progress.
#[derive(Debug)]
struct Replacement {
    id: RecordId,
    progress: Progress,
    expected: Expect,
    change: Change,
}

/// Saves that are written together.
#[derive(Debug)]
enum Run {
    Arrivals(Vec<Arrival>, HashSet<RecordId>),
    Replacements(Vec<Replacement>),
}

pub(crate) async fn batch<S: KeyedStore>(store: &Shards<S>, saves: Vec<Save>) -> StorageResult<Answers> {
    let mut answers = Vec::with_capacity(saves.len());
    for run in runs(saves) {
        answers.append(&mut match run {
            Run::Arrivals(arrivals, _) => arrive::all(store, arrivals).await?,
            Run::Replacements(replacements) => replace_all(store, &replacements).await?,
        });
    }
    Ok(answers)
}

fn runs(saves: Vec<Save>) -> Vec<Run> {
    let mut runs = Vec::new();
    for save in saves {
        match save {
            Save::New(record) => arrival(&mut runs, Arrival { record, claim: None, coming: Coming::New }),
            Save::Arrival { record, claim } => {
                let claim = claim.map(|claim| *claim);
                arrival(&mut runs, Arrival { record, claim, coming: Coming::Arriving });
            }
            Save::Import(record) => {
                arrival(&mut runs, Arrival { record, claim: None, coming: Coming::Imported });
            }
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

fn arrival(runs: &mut Vec<Run>, arrival: Arrival) {
    let id = arrival.record.id;
    if let Some(Run::Arrivals(run, ids)) = runs.last_mut()
        && ids.insert(id)
    {
        run.push(arrival);
    } else {
        runs.push(Run::Arrivals(vec![arrival], HashSet::from([id])));
    }
}

async fn replace_all<S: KeyedStore>(
    store: &Shards<S>,
    replacements: &[Replacement],
) -> StorageResult<Answers> {
    let mut asked: HashMap<_, Vec<_>> = HashMap::new();
    replacements.iter().for_each(|replacement| {
        asked.entry(replacement.id).or_default().push(replacement.change.operation);
    });
    let before = |record: &DlqRecord| asked[&record.id].clone();
    change(
        store,
        "save",
        replacements,
        Needs::listed(&before),
        |replacement| replacement.id,
        |ledger, replacement| {
            let Replacement { id, progress, expected, change } = replacement;
            if let Some(answer) = replaced_before(ledger.history(*id), change) {
                return Ok(answer);
            }
            let now = ledger.now;
            ledger.change(*id, "save", |record| {
                let entry = by_the_rules(record, progress.clone(), *expected, change, now)?;
                Ok((SaveOutcome::Stored { version: record.version }, entry))
            })
        },
    )
    .await
}
