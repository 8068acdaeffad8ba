//! [`Proof`]: both ends read back, and compared in everything.

use std::collections::BTreeMap;

use dlq_core::storage::{Account, Dimension, StorageResult, TallyKey, Whole};
use dlq_core::{DlqStatus, DlqStorage};
use futures_util::{StreamExt, TryStreamExt};
use serde::Serialize;
use serde_json::Value;

use super::documents;
use super::ends::Ends;
use super::fill;
use super::shown::Shown;
use super::state::State;

/// How many records are read together, and how many batches at the same time.
const BATCH: usize = 200;
const READING: usize = 2;

/// What both ends keep, side by side.
#[derive(Debug, Serialize)]
pub struct Proof {
    /// Whether they keep the same.
    pub same: bool,
    /// What was compared.
    pub compared: Vec<Row>,
}

/// One thing that was compared.
#[derive(Debug, Serialize)]
pub struct Row {
    /// What.
    pub what: &'static str,
    /// What the source says.
    pub source: String,
    /// What the target says.
    pub target: String,
    /// Whether it is the same, to the last key behind a number.
    pub same: bool,
}

/// What one end keeps.
struct Side {
    state: State,
    tallies: Vec<BTreeMap<TallyKey, [u64; 7]>>,
    documents: BTreeMap<(String, String), Value>,
    contents: Contents,
}

/// What was read of all records. Sums do not depend on the order.
#[derive(Clone, Copy, Default)]
struct Contents {
    records: u64,
    changes: u64,
    deliveries: u64,
    returns: u64,
    checksum: u128,
}

const DIMENSIONS: [(&str, Dimension); 3] = [
    ("counts by topic", Dimension::Topic),
    ("counts by type of failure", Dimension::ErrorType),
    ("counts by failure group", Dimension::Fingerprint),
];

impl Proof {
    /// Reads both ends.
    ///
    /// # Errors
    /// One of them cannot be read.
    pub(super) async fn of(ends: &Ends, shown: &Shown) -> anyhow::Result<Self> {
        shown.begin("proving", 2 * State::of(&*ends.source).await?.records());
        let (source, target) =
            futures_util::try_join!(Side::of(&*ends.source, shown), Side::of(&*ends.target, shown))?;
        let mut compared = Vec::new();
        contents(&mut compared, source.contents, target.contents);
        counts(&mut compared, &source, &target);
        books(&mut compared, &source.state.account, &target.state.account);
        let row = |what, count: [usize; 2], same| {
            let [source, target] = count.map(|count| count.to_string());
            Row { what, source, target, same }
        };
        let marks = [&source, &target].map(|side| side.state.watermarks.len());
        compared.push(row("watermarks", marks, source.state.watermarks == target.state.watermarks));
        let count = [&source, &target].map(|side| side.documents.len());
        compared.push(row("documents", count, source.documents == target.documents));
        Ok(Self { same: compared.iter().all(|row| row.same), compared })
    }
}

fn equal(what: &'static str, source: impl ToString, target: impl ToString) -> Row {
    let (source, target) = (source.to_string(), target.to_string());
    Row { what, same: source == target, source, target }
}

fn contents(compared: &mut Vec<Row>, source: Contents, target: Contents) {
    compared.extend([
        equal("records", source.records, target.records),
        equal("changes in their history", source.changes, target.changes),
        equal("places of delivery", source.deliveries, target.deliveries),
        equal("noted returns", source.returns, target.returns),
        equal("checksum of all that", hex(source.checksum), hex(target.checksum)),
    ]);
}

fn hex(checksum: u128) -> String {
    format!("{checksum:032x}")
}

fn counts(compared: &mut Vec<Row>, source: &Side, target: &Side) {
    for status in DlqStatus::ALL {
        let count = |side: &Side| side.state.account.with_status(status);
        compared.push(equal(status.as_str(), count(source), count(target)));
    }
    for ((what, _), (source, target)) in DIMENSIONS.iter().zip(source.tallies.iter().zip(&target.tallies)) {
        let shown = |tallies: &BTreeMap<_, _>| format!("{} keys", tallies.len());
        compared.push(Row { what, source: shown(source), target: shown(target), same: source == target });
    }
}

fn books(compared: &mut Vec<Row>, source: &Account, target: &Account) {
    let entries = |a: &Account| {
        [a.captured, a.submitted, a.imported, a.stored, a.returned, a.quarantined, a.purged, a.evicted]
    };
    let names =
        ["captured", "submitted", "imported", "stored", "returned", "quarantined", "purged", "evicted"];
    let both = entries(source).into_iter().zip(entries(target));
    compared.extend(names.into_iter().zip(both).map(|(what, (source, target))| equal(what, source, target)));
}

impl Side {
    async fn of(storage: &dyn DlqStorage, shown: &Shown) -> anyhow::Result<Self> {
        let contents = Contents::of(storage, shown).await?;
        let mut tallies = Vec::new();
        for (_, by) in DIMENSIONS {
            let counted = storage.statistics(by).await?;
            tallies.push(counted.into_iter().map(|tally| (tally.key, tally.by_status)).collect());
        }
        Ok(Self {
            state: State::of(storage).await?,
            tallies,
            documents: documents::of(storage).await?,
            contents,
        })
    }
}

impl Contents {
    async fn of(storage: &dyn DlqStorage, shown: &Shown) -> anyhow::Result<Self> {
        let size = std::cell::Cell::new(BATCH);
        let batches = fill::pages(storage, None, &size).map(|ids| async { storage.wholes(&ids?).await });
        let batches = batches.buffered(READING);
        let all = batches.try_fold(Self::default(), async |mut all, wholes| {
            shown.went_on(wholes.len() as u64);
            wholes.iter().flatten().for_each(|whole| all.add(whole));
            StorageResult::Ok(all)
        });
        Ok(all.await?)
    }

    fn add(&mut self, whole: &Whole) {
        self.records += 1;
        self.changes += whole.history.len() as u64;
        self.deliveries += whole.deliveries.len() as u64;
        self.returns += whole.returns.len() as u64;
        self.checksum = self.checksum.wrapping_add(whole.checksum());
    }
}
