//! Counters by delta: what a batch of changes adds to the books.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use super::cell::{Cell, Delta};
use crate::record::DlqRecord;
use crate::storage::account::{Account, Watermark};
use crate::storage::statistics::{Dimension, Tally};

/// What changes of records add to the counters, summed: one delta a cell. Stores write it with the batch that causes it;
/// the sum of all deltas is the books.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deltas {
    /// Records, and returns, that callers submitted.
    pub submitted: u64,
    /// Records that were imported.
    pub imported: u64,
    /// Records stored.
    pub stored: u64,
    /// Dead letters recognised as returns.
    pub returned: u64,
    /// Records purged.
    pub purged: u64,
    /// Records that the store dropped of its own accord.
    pub evicted: u64,
    cells: HashMap<Cell, Delta>,
}

impl Deltas {
    /// A record was stored.
    pub fn store(&mut self, record: &DlqRecord) {
        self.stored += 1;
        self.arrive(record);
        self.add(Cell::of(record), Delta::of(record, 1));
    }

    /// A record was imported.
    pub fn import(&mut self, record: &DlqRecord) {
        self.stored += 1;
        self.imported += 1;
        self.add(Cell::of(record), Delta::of(record, 1));
    }

    /// A record was restored: how it once arrived, the books tell that are opened for it.
    pub fn restore(&mut self, record: &DlqRecord) {
        self.stored += 1;
        self.add(Cell::of(record), Delta::of(record, 1));
    }

    /// An arrival was recognised as a return.
    pub fn come_back(&mut self, arrival: &DlqRecord) {
        self.returned += 1;
        self.arrive(arrival);
    }

    /// A record changed and was counted `before`.
    pub fn change(&mut self, before: Cell, record: &DlqRecord) {
        let after = Cell::of(record);
        if after != before {
            self.add(before, Delta::of(record, -1));
            self.add(after, Delta::of(record, 1));
        }
    }

    /// A record was purged.
    pub fn purge(&mut self, record: &DlqRecord) {
        self.purged += 1;
        self.add(Cell::of(record), Delta::of(record, -1));
    }

    /// A record was dropped by the store of its own accord.
    pub fn evict(&mut self, record: &DlqRecord) {
        self.evicted += 1;
        self.add(Cell::of(record), Delta::of(record, -1));
    }

    /// Adds to one cell; a cell that comes to nothing is forgotten.
    pub fn add(&mut self, cell: Cell, delta: Delta) {
        match self.cells.entry(cell) {
            Entry::Vacant(vacant) => {
                vacant.insert(delta);
            }
            Entry::Occupied(mut occupied) => {
                occupied.get_mut().add(delta);
                if occupied.get().records == 0 {
                    occupied.remove();
                }
            }
        }
    }

    /// Every cell that changed, in no order.
    pub fn cells(&self) -> impl Iterator<Item = (&Cell, &Delta)> {
        self.cells.iter()
    }

    /// These sums by one dimension, by key; a key without records is left out.
    #[must_use]
    pub fn tallies(&self, by: Dimension) -> Vec<Tally> {
        let mut tallies = BTreeMap::new();
        for (cell, delta) in self.cells() {
            let Ok(records @ 1..) = u64::try_from(delta.records) else { continue };
            let key = cell.key(by);
            let tally = tallies.entry(key.clone()).or_insert_with(|| Tally {
                key,
                by_status: [0; 7],
                first_seen: delta.first_seen,
                last_seen: delta.last_seen,
                sample: delta.sample,
            });
            tally.by_status[usize::from(cell.status.code())] += records;
            tally.first_seen = tally.first_seen.min(delta.first_seen);
            tally.last_seen = tally.last_seen.max(delta.last_seen);
            tally.sample = tally.sample.min(delta.sample);
        }
        tallies.into_values().collect()
    }

    /// These sums as the books, with what all watermarks say was captured, and how much of it quarantine keeps.
    #[must_use]
    pub fn account<'w>(&self, watermarks: impl IntoIterator<Item = &'w Watermark>) -> Account {
        let captured = |(captured, quarantined), watermark: &Watermark| {
            (captured + watermark.captured, quarantined + watermark.quarantined)
        };
        let (captured, quarantined) = watermarks.into_iter().fold((0, 0), captured);
        let all = self.tallies(Dimension::All).pop();
        Account {
            captured,
            submitted: self.submitted,
            imported: self.imported,
            quarantined,
            stored: self.stored,
            returned: self.returned,
            by_status: all.map_or([0; 7], |all| all.by_status),
            purged: self.purged,
            evicted: self.evicted,
        }
    }

    /// Captured dead letters are counted by the watermarks instead.
    fn arrive(&mut self, record: &DlqRecord) {
        self.submitted += u64::from(record.captured.from.is_none());
    }
}
