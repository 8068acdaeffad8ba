//! [`arguments`]: units as the one script takes them that writes.

use std::collections::HashMap;

use dlq_core::storage::transition::Delta;
use dlq_storage_keyed::{Key, Row, Unit};

use crate::key::place;

/// The script's arguments for these units.
pub(crate) fn arguments(units: &[Unit]) -> Arguments<'_> {
    let mut cells = Cells::default();
    let mut arguments = Arguments(Vec::new());
    for unit in units {
        arguments.rows(&unit.expected);
        arguments.rows(&unit.puts);
        arguments.keys(&unit.cuts);
        arguments.keys(&unit.joins);
        arguments.keys(&unit.leaves);
        cells.write(&unit.counts, &mut arguments);
        arguments.sums(&unit.sums);
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
    fn length(&mut self, length: usize) {
        self.0.push(Argument::Number(i64::try_from(length).unwrap_or(i64::MAX)));
    }

    fn rows(&mut self, list: &'a [Row]) {
        self.length(list.len());
        for Row { space, key, value } in list {
            self.0.extend([
                Argument::Number(place(*space).into()),
                Argument::Bytes(key),
                Argument::Bytes(value),
            ]);
        }
    }

    fn keys(&mut self, list: &'a [Key]) {
        self.length(list.len());
        for Key { space, key } in list {
            self.0.extend([Argument::Number(place(*space).into()), Argument::Bytes(key)]);
        }
    }

    fn sums(&mut self, list: &'a [(Key, i64)]) {
        self.length(list.len());
        for (Key { space, key }, sum) in list {
            self.0.extend([
                Argument::Number(place(*space).into()),
                Argument::Bytes(key),
                Argument::Number(*sum),
            ]);
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
struct Cells<'a> {
    known: HashMap<&'a [u8], (usize, Delta)>,
}

impl<'a> Cells<'a> {
    fn write(&mut self, counts: &'a [(Vec<u8>, Delta)], arguments: &mut Arguments<'a>) {
        arguments.length(counts.len());
        for (name, delta) in counts {
            let next = self.known.len() + 1;
            let (number, known) = self.known.entry(name).or_insert((next, *delta));
            known.first_seen = known.first_seen.min(delta.first_seen);
            known.last_seen = known.last_seen.max(delta.last_seen);
            arguments.length(*number);
            arguments.0.push(Argument::Number(delta.records));
        }
    }

    fn first(self) -> Arguments<'a> {
        let mut cells: Vec<_> = self.known.into_iter().collect();
        cells.sort_by_key(|(_, (number, _))| *number);
        let mut first = Arguments(Vec::new());
        first.length(cells.len());
        for (name, (_, delta)) in cells {
            let sample = delta.sample.to_string().into_bytes();
            first.0.extend([
                Argument::Bytes(name),
                Argument::Number(delta.first_seen.as_millis()),
                Argument::Number(delta.last_seen.as_millis()),
                Argument::Own(sample),
            ]);
        }
        first
    }
}
