//! [`Unit`]: what is written together or not at all, and on which condition.

use dlq_core::record::DlqRecord;
use dlq_core::storage::transition::{Delta, Deltas};

use crate::kind::Kind;
use crate::space::Space;
use crate::tally;

/// Writes that are made together, if everything stands that they expect.
///
/// - The expectations are looked at first; then everything is written, in any order: no two writes of a unit touch the same
///   row or member.
/// - No unit of a call expects a row that another of them writes; counts and sums may meet.
/// - A unit without expectations is always written.
#[derive(Clone, Debug, Default)]
pub struct Unit {
    /// What has to stand; an empty value means that there is no such row.
    pub expected: Vec<Row>,
    /// Rows that are written. A value is never empty.
    pub puts: Vec<Row>,
    /// Rows that are taken away; those that are not there are no matter.
    pub cuts: Vec<Key>,
    /// Members that join their set; those that are there are no matter.
    pub joins: Vec<Key>,
    /// Members that leave their set; those that are not there are no matter.
    pub leaves: Vec<Key>,
    /// What is added to rows of [`Space::Tally`], by their keys: [`counted`](crate::counted) tells what becomes of a row.
    pub counts: Vec<(Vec<u8>, Delta)>,
    /// What is added to rows that are numbers: [`summed`](crate::summed) tells what becomes of a row.
    pub sums: Vec<(Key, i64)>,
}

/// A key of a space: of a row, or a member itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// In which space.
    pub space: Space,
    /// The key.
    pub key: Vec<u8>,
}

/// A row and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// In which space.
    pub space: Space,
    /// Under which key.
    pub key: Vec<u8>,
    /// The value.
    pub value: Vec<u8>,
}

/// What became of a [`Unit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is written.
    Yes,
    /// This expectation, by its place from 0, did not hold, and nothing is written. The first that did not, where several.
    Vain(usize),
}

impl Unit {
    /// Whether it takes rows away without bringing any but sums: a database that is full lets it through, or could never be
    /// emptied.
    #[must_use]
    pub const fn gives_room(&self) -> bool {
        self.puts.is_empty() && !self.cuts.is_empty()
    }

    /// About how many bytes it takes to send.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.puts.iter().map(|row| row.key.len() + row.value.len()).sum::<usize>() + 500
    }

    /// Only if this row holds this value; an empty one is none.
    pub(crate) fn expect(&mut self, space: Space, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.expected.push(Row { space, key: key.into(), value: value.into() });
    }

    pub(crate) fn put(&mut self, space: Space, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.puts.push(Row { space, key: key.into(), value: value.into() });
    }

    pub(crate) fn cut(&mut self, space: Space, key: impl Into<Vec<u8>>) {
        self.cuts.push(Key { space, key: key.into() });
    }

    pub(crate) fn join(&mut self, space: Space, member: impl Into<Vec<u8>>) {
        self.joins.push(Key { space, key: member.into() });
    }

    pub(crate) fn leave(&mut self, space: Space, member: impl Into<Vec<u8>>) {
        self.leaves.push(Key { space, key: member.into() });
    }

    pub(crate) fn add(&mut self, space: Space, key: impl Into<Vec<u8>>, number: i64) {
        self.sums.push((Key { space, key: key.into() }, number));
    }

    /// Counts records of this kind: this many more like this one.
    pub(crate) fn count(&mut self, kind: &Kind, record: &DlqRecord, records: i64) {
        self.counts.push((kind.name(), Delta::of(record, records)));
    }

    /// Counts a record that was of one kind under another.
    pub(crate) fn recount(&mut self, before: &Kind, after: &Kind, record: &DlqRecord) {
        if after != before {
            self.count(before, record, -1);
            self.count(after, record, 1);
        }
    }

    /// Counts in the sums of the books what changes of records add to them.
    pub(crate) fn book(&mut self, change: impl FnOnce(&mut Deltas)) {
        self.add_books(1, change);
    }

    /// Takes back what a change has counted there.
    pub(crate) fn take_back(&mut self, change: impl FnOnce(&mut Deltas)) {
        self.add_books(-1, change);
    }

    fn add_books(&mut self, times: i64, change: impl FnOnce(&mut Deltas)) {
        let mut deltas = Deltas::default();
        change(&mut deltas);
        for (name, sum) in tally::books(&deltas).filter(|(_, sum)| *sum > 0) {
            self.add(Space::Books, name, times * i64::try_from(sum).unwrap_or(i64::MAX));
        }
    }
}
