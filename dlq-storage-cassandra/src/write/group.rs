//! [`Shard`]: those who write to a shard at the same time write together.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use dlq_core::storage::StorageResult;
use dlq_storage_keyed::{Key, Space, Unit, Written};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::change::Change;
use super::floor::Floor;
use super::picture::Picture;
use super::trail::{Fate, Trail};
use crate::error::Trouble;
use crate::store::{BEHIND_ALL, Tables};

/// How often a batch is tried anew after another process was faster.
const TRIES: u32 = 100;
/// The longest wait before such a try.
const WAIT_MAX: Duration = Duration::from_millis(64);
/// After how many bytes a batch is not made longer: the database writes it several times over.
const BATCH_BYTES: usize = 512 << 10;
/// How many counters are remembered.
const COUNTERS_MAX: usize = 10_000;

/// The writing to one shard.
#[derive(Debug)]
pub(crate) struct Shard {
    number: i32,
    waiting: Mutex<Vec<Call>>,
    known: tokio::sync::Mutex<Known>,
}

/// Units that wait to be written.
#[derive(Debug)]
struct Call {
    operation: &'static str,
    units: Vec<Unit>,
    answer: oneshot::Sender<StorageResult<Vec<Written>>>,
}

/// What is known of a shard. It is right as long as nobody else writes, which the next batch finds out.
#[derive(Debug, Default)]
struct Known {
    trail: Option<Trail>,
    /// Whether the last batch was ours: else the trail alone is known.
    ours: bool,
    floor: Floor,
    counters: HashMap<Key, Option<Vec<u8>>>,
}

impl Shard {
    pub(crate) fn new(number: i32) -> Self {
        Self { number, waiting: Mutex::default(), known: tokio::sync::Mutex::default() }
    }

    /// Writes units, each whole or not at all, and tells of each. Whoever comes while others write waits, and then one
    /// writes for all who waited.
    pub(crate) async fn write(
        &self,
        tables: &Tables,
        operation: &'static str,
        units: Vec<Unit>,
    ) -> StorageResult<Vec<Written>> {
        let (answer, mut told) = oneshot::channel();
        self.lock().push(Call { operation, units, answer });
        let mut known = tokio::select! {
            biased;
            told = &mut told => return told.unwrap_or_else(|_| Err(Trouble::Unknown.told(operation))),
            known = self.known.lock() => known,
        };
        let calls = std::mem::take(&mut *self.lock());
        self.write_all(tables, &mut known, calls).await;
        told.await.unwrap_or_else(|_| Err(Trouble::Unknown.told(operation)))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Call>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what all these calls asked for. Whoever's units are all written is told so, whatever becomes of the others;
    /// where the database refuses them together, each call is tried alone.
    async fn write_all(&self, tables: &Tables, known: &mut Known, calls: Vec<Call>) {
        let units: Vec<_> = calls.iter().flat_map(|call| &call.units).collect();
        let mut answers = vec![None; units.len()];
        let together = self.settle(tables, known, &units, &mut answers).await;
        let alone = calls.len() > 1 && together.as_ref().is_err_and(Trouble::is_permanent);
        let mut left = answers.as_mut_slice();
        for call in calls {
            let (own, others) = left.split_at_mut(call.units.len());
            left = others;
            let units: Vec<_> = call.units.iter().collect();
            let ended = match alone {
                true => self.settle(tables, known, &units, own).await,
                false => together.clone(),
            };
            let told: Option<Vec<_>> = own.iter().copied().collect();
            let trouble = || ended.err().unwrap_or(Trouble::Unknown).told(call.operation);
            // Whoever does not wait any more is not told.
            let _gone = call.answer.send(told.ok_or_else(trouble));
        }
    }

    async fn settle(
        &self,
        tables: &Tables,
        known: &mut Known,
        units: &[&Unit],
        answers: &mut [Option<Written>],
    ) -> Result<(), Trouble> {
        for tried in 0..TRIES {
            pause(tried).await;
            if self.attempt(tables, known, units, answers).await? {
                return Ok(());
            }
        }
        Err(Trouble::Contended)
    }

    /// Goes on from what is known, batch by batch; answers whether nobody else was faster.
    async fn attempt(
        &self,
        tables: &Tables,
        known: &mut Known,
        units: &[&Unit],
        answers: &mut [Option<Written>],
    ) -> Result<bool, Trouble> {
        if !std::mem::take(&mut known.ours) {
            known.floor.forget();
            known.counters.clear();
        }
        let mut trail = match known.trail.take() {
            Some(trail) => trail,
            None => Trail::new(tables.trail(self.number).await?),
        };
        let mut left: Vec<_> = (0..units.len()).filter(|place| answers[*place].is_none()).collect();
        let mut picture = Picture::new(std::mem::take(&mut known.counters));
        // What is read from here on has stood since the trail was read, or the next batch is not written.
        let missing = picture.missing(left.iter().map(|place| units[*place]));
        let read = tables.read(self.number, &missing).await?;
        picture.learn(missing, read);
        if !known.floor.is_known() {
            known.floor.stand(tables.floor(self.number).await?);
        }
        if let Some(low) = known.floor.is_worth_a_look() {
            let first = tables.members(self.number, Space::Due, [&low, &BEHIND_ALL], false, 1).await?;
            known.floor.see(first.into_iter().next());
        }
        while !left.is_empty() {
            let rest = left.split_off(portion(units, &left, tables.batch_rows));
            let told = judge(&mut picture, units, &left)?;
            if !picture.changes().is_empty() {
                let (after, rows) = (trail.next(), picture.changes());
                let floor = known.floor.moved(rows);
                let change = Change {
                    shard: self.number,
                    before: &trail,
                    after: &after,
                    rows,
                    floor: floor.as_deref(),
                };
                let (fate, stands) = change.write(tables).await?;
                if matches!(fate, Fate::Last | Fate::Written) {
                    note(answers, &left, told);
                }
                if fate != Fate::Last {
                    known.trail = stands;
                    return Ok(false);
                }
                known.floor.settle(floor, rows);
                trail = after;
                picture.settle();
            } else {
                note(answers, &left, told);
            }
            left = rest;
        }
        known.counters = picture.counters();
        if known.counters.len() > COUNTERS_MAX {
            known.counters.clear();
        }
        (known.trail, known.ours) = (Some(trail), true);
        Ok(true)
    }
}

/// What becomes of each of these units, made in the picture.
fn judge(picture: &mut Picture, units: &[&Unit], places: &[usize]) -> Result<Vec<Written>, Trouble> {
    let mut told = Vec::with_capacity(places.len());
    for unit in places.iter().map(|place| units[*place]) {
        told.push(match picture.vain(unit) {
            Some(place) => Written::Vain(place),
            None => {
                picture.apply(unit)?;
                Written::Yes
            }
        });
    }
    Ok(told)
}

fn note(answers: &mut [Option<Written>], places: &[usize], told: Vec<Written>) {
    places.iter().zip(told).for_each(|(place, told)| answers[*place] = Some(told));
}

/// How many of these units one batch takes: at least one, whatever its size.
fn portion(units: &[&Unit], places: &[usize], rows_max: usize) -> usize {
    let (mut rows, mut bytes) = (0, 0);
    let fits = places.iter().take_while(|place| {
        let (unit, first) = (units[**place], rows == 0);
        rows += unit.puts.len() + unit.cuts.len() + unit.joins.len() + unit.leaves.len();
        bytes += unit.weight();
        first || (rows <= rows_max && bytes <= BATCH_BYTES)
    });
    fits.count().max(1)
}

/// Waits before a further try, each time another while, or they would meet again.
async fn pause(tried: u32) {
    if tried > 0 {
        let most = Duration::from_millis(2_u64 << tried.min(10)).min(WAIT_MAX);
        let dice = u32::from(Uuid::new_v4().as_bytes()[0]);
        tokio::time::sleep(most * dice / 255).await;
    }
}
