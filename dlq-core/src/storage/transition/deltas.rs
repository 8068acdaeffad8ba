//! Counters by delta: what a batch of changes adds to the books.

use std::collections::{BTreeMap, HashMap};

use crate::clock::Timestamp;
use crate::record::{DlqRecord, DlqStatus, ErrorType, Fingerprint, RecordId, TopicName};
use crate::storage::account::Account;
use crate::storage::statistics::{Dimension, Tally, TallyKey};

/// What changes of records add to the counters, summed: one delta a cell. Stores write it with the batch that causes it;
/// the sum of all deltas is the books.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deltas {
    /// Records, and returns, that callers submitted.
    pub submitted: u64,
    /// Records stored.
    pub stored: u64,
    /// Dead letters recognised as returns.
    pub returned: u64,
    /// Records purged.
    pub purged: u64,
    cells: HashMap<Cell, Delta>,
}

/// What is counted together: every [`Dimension`] is a sum over cells.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell {
    /// The origin's topic, or the dead-letter topic where that is unknown.
    pub topic: Option<TopicName>,
    /// The current failure's type.
    pub error_type: ErrorType,
    /// The current failure's fingerprint.
    pub fingerprint: Fingerprint,
    /// The status.
    pub status: DlqStatus,
}

/// How many records came into a cell, less those that left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delta {
    /// How many.
    pub records: i64,
    /// When the first that came or left was made.
    pub first_seen: Timestamp,
    /// When the last that came or left was made.
    pub last_seen: Timestamp,
    /// One of them.
    pub sample: RecordId,
}

impl Cell {
    /// The cell in which a record is counted.
    #[must_use]
    pub fn of(record: &DlqRecord) -> Self {
        let captured = &record.captured.failure;
        let current = record.progress.failure.as_ref();
        Self {
            topic: record.captured.topic().cloned(),
            error_type: current.map_or(captured.error_type, |failure| failure.error_type),
            fingerprint: current.map_or(captured.fingerprint, |failure| failure.fingerprint),
            status: record.progress.status,
        }
    }

    fn key(&self, by: Dimension) -> TallyKey {
        match by {
            Dimension::All => TallyKey::All,
            Dimension::Topic => TallyKey::Topic(self.topic.as_ref().map(ToString::to_string)),
            Dimension::ErrorType => TallyKey::ErrorType(self.error_type),
            Dimension::Fingerprint => TallyKey::Fingerprint(self.fingerprint),
        }
    }
}

impl Delta {
    fn of(record: &DlqRecord, records: i64) -> Self {
        let made = record.progress.created_at;
        Self { records, first_seen: made, last_seen: made, sample: record.id }
    }

    fn add(&mut self, other: Self) {
        self.records += other.records;
        self.first_seen = self.first_seen.min(other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
    }
}

impl Deltas {
    /// A record was stored.
    pub fn store(&mut self, record: &DlqRecord) {
        self.stored += 1;
        self.arrive(record);
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

    /// Adds to one cell; a cell that comes to nothing is forgotten.
    pub fn add(&mut self, cell: Cell, delta: Delta) {
        use std::collections::hash_map::Entry;
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
        }
        tallies.into_values().collect()
    }

    /// These sums as the books, with what the watermarks say was captured.
    #[must_use]
    pub fn account(&self, captured: u64) -> Account {
        let all = self.tallies(Dimension::All).pop();
        Account {
            captured,
            submitted: self.submitted,
            stored: self.stored,
            returned: self.returned,
            by_status: all.map_or([0; 7], |all| all.by_status),
            purged: self.purged,
            ..Account::default()
        }
    }

    /// Captured dead letters are counted by the watermarks instead.
    fn arrive(&mut self, record: &DlqRecord) {
        self.submitted += u64::from(record.captured.from.is_none());
    }
}
