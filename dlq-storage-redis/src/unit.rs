//! [`Unit`]: what is written together or not at all, and on which condition; and the one script that writes units.

use std::collections::HashMap;

use dlq_core::storage::transition::Deltas;

use crate::key::Key;
use crate::tally;

/// Writes that are made together, if everything stands that they expect.
#[derive(Debug, Default)]
pub(crate) struct Unit {
    expected: Vec<(Key, Vec<u8>, Vec<u8>)>,
    heads: Vec<(Key, Vec<u8>, Vec<u8>)>,
    puts: Vec<(Key, Vec<u8>, Vec<u8>)>,
    cuts: Vec<(Key, Vec<u8>)>,
    joins: Vec<(Key, Vec<u8>)>,
    leaves: Vec<(Key, Vec<u8>)>,
    deltas: Deltas,
    sums: Vec<(Key, Vec<u8>, u64)>,
}

/// What became of a [`Unit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// It is written.
    Yes,
    /// This expectation, from 1, did not hold, and nothing is written.
    Vain(usize),
}

impl Unit {
    /// Only if the hash's field holds this value; an empty one is none.
    pub(crate) fn expect(&mut self, hash: Key, field: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.expected.push((hash, field.into(), value.into()));
    }

    /// Only if the member is the set's first that begins with the prefix.
    pub(crate) fn expect_first(&mut self, set: Key, prefix: impl Into<Vec<u8>>, member: Vec<u8>) {
        self.heads.push((set, prefix.into(), member));
    }

    pub(crate) fn put(&mut self, hash: Key, field: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.puts.push((hash, field.into(), value.into()));
    }

    pub(crate) fn cut(&mut self, hash: Key, field: impl Into<Vec<u8>>) {
        self.cuts.push((hash, field.into()));
    }

    pub(crate) fn join(&mut self, set: Key, member: impl Into<Vec<u8>>) {
        self.joins.push((set, member.into()));
    }

    pub(crate) fn leave(&mut self, set: Key, member: impl Into<Vec<u8>>) {
        self.leaves.push((set, member.into()));
    }

    pub(crate) fn add(&mut self, hash: Key, field: impl Into<Vec<u8>>, number: u64) {
        self.sums.push((hash, field.into(), number));
    }

    /// What it adds to the books and the counters.
    pub(crate) const fn deltas(&mut self) -> &mut Deltas {
        &mut self.deltas
    }

    /// About how many bytes it takes to send.
    pub(crate) fn weight(&self) -> usize {
        self.puts.iter().map(|(_, field, value)| field.len() + value.len()).sum::<usize>() + 500
    }
}

/// The script's arguments for these units.
pub(crate) fn arguments(units: &[Unit]) -> Arguments<'_> {
    let mut cells = Cells::default();
    let mut arguments = Arguments(Vec::new());
    for unit in units {
        arguments.triples(&unit.expected);
        arguments.triples(&unit.heads);
        arguments.triples(&unit.puts);
        arguments.pairs(&unit.cuts);
        arguments.pairs(&unit.joins);
        arguments.pairs(&unit.leaves);
        cells.write(&unit.deltas, &mut arguments);
        arguments.sums(unit);
    }
    let mut all = cells.first();
    all.0.append(&mut arguments.0);
    all
}

/// Arguments in their order: most are borrowed from what they tell of.
#[derive(Debug)]
pub(crate) struct Arguments<'a>(Vec<Argument<'a>>);

#[derive(Debug)]
enum Argument<'a> {
    Number(i64),
    Bytes(&'a [u8]),
    Own(Vec<u8>),
}

impl<'a> Arguments<'a> {
    fn number(&mut self, number: usize) {
        self.0.push(Argument::Number(i64::try_from(number).unwrap_or(i64::MAX)));
    }

    fn triples(&mut self, list: &'a [(Key, Vec<u8>, Vec<u8>)]) {
        self.number(list.len());
        for (key, field, value) in list {
            self.number(key.place());
            self.0.extend([Argument::Bytes(field), Argument::Bytes(value)]);
        }
    }

    fn pairs(&mut self, list: &'a [(Key, Vec<u8>)]) {
        self.number(list.len());
        for (key, value) in list {
            self.number(key.place());
            self.0.push(Argument::Bytes(value));
        }
    }

    fn sums(&mut self, unit: &'a Unit) {
        let books = tally::books(&unit.deltas).filter(|(_, number)| *number > 0);
        let books = books.map(|(name, number)| (Key::Books, name.as_bytes(), number));
        let sums = unit.sums.iter().map(|(key, field, number)| (*key, field.as_slice(), *number));
        let all: Vec<_> = books.chain(sums).collect();
        self.number(all.len());
        for (key, field, number) in all {
            self.number(key.place());
            let number = i64::try_from(number).unwrap_or(i64::MAX);
            self.0.extend([Argument::Bytes(field), Argument::Number(number)]);
        }
    }

    /// Hands the arguments to a command.
    pub(crate) fn give(&self, command: &mut redis::Cmd) {
        for argument in &self.0 {
            match argument {
                Argument::Number(number) => command.arg(*number),
                Argument::Bytes(bytes) => command.arg(*bytes),
                Argument::Own(bytes) => command.arg(bytes),
            };
        }
    }
}

/// The cells of a batch, each told once.
#[derive(Default)]
struct Cells {
    known: HashMap<Vec<u8>, (usize, dlq_core::storage::transition::Delta)>,
}

impl Cells {
    fn write(&mut self, deltas: &Deltas, arguments: &mut Arguments<'_>) {
        arguments.number(deltas.cells().count());
        for (cell, delta) in deltas.cells() {
            let next = self.known.len() + 1;
            let (number, known) = self.known.entry(tally::name(cell)).or_insert((next, *delta));
            known.first_seen = known.first_seen.min(delta.first_seen);
            known.last_seen = known.last_seen.max(delta.last_seen);
            arguments.number(*number);
            arguments.0.push(Argument::Number(delta.records));
        }
    }

    fn first(self) -> Arguments<'static> {
        let mut cells: Vec<_> = self.known.into_iter().collect();
        cells.sort_by_key(|(_, (number, _))| *number);
        let mut first = Arguments(Vec::new());
        first.number(cells.len());
        for (name, (_, delta)) in cells {
            let sample = delta.sample.to_string().into_bytes();
            first.0.extend([
                Argument::Own(name),
                Argument::Number(delta.first_seen.as_millis()),
                Argument::Number(delta.last_seen.as_millis()),
                Argument::Own(sample),
            ]);
        }
        first
    }
}
