//! [`arguments`]: units as the one script takes them that writes: what all of them ask of one key stands together, so that
//! the script hands it on as it came.

use std::collections::HashMap;

use dlq_core::storage::transition::Delta;
use dlq_storage_keyed::{Key, Space, Unit};
use redis::Cmd;

use crate::key::place;

/// What units ask of one key: whose each item is, and the items.
#[derive(Debug, Default)]
struct Group<'a> {
    owners: Vec<u8>,
    items: Vec<&'a [u8]>,
}

/// The same for expectations.
#[derive(Debug, Default)]
struct Expected<'a> {
    fields: Group<'a>,
    places: Vec<u8>,
    values: Vec<&'a [u8]>,
}

/// What units add to one count.
#[derive(Debug, Default)]
struct Sum {
    owners: Vec<u8>,
    differences: Vec<u8>,
    sum: i64,
}

/// What units ask of each key, by the codes of spaces.
#[derive(Debug)]
struct Groups<'a> {
    expected: Vec<Expected<'a>>,
    puts: Vec<Group<'a>>,
    cuts: Vec<Group<'a>>,
    joins: Vec<Group<'a>>,
    leaves: Vec<Group<'a>>,
    cells: HashMap<&'a [u8], (Delta, Sum)>,
    sums: HashMap<&'a Key, Sum>,
}

/// Hands these units to a call of the script. They are no more than an owner's two bytes tell.
pub(crate) fn arguments(units: &[Unit], command: &mut Cmd) {
    let mut groups = Groups::new();
    for (owner, unit) in (0_u16..).zip(units) {
        groups.add(owner.to_be_bytes(), unit);
    }
    command.arg(units.len());
    groups.give(command);
}

impl<'a> Groups<'a> {
    fn new() -> Self {
        fn all<T: Default>() -> Vec<T> {
            Space::ALL.iter().map(|_| T::default()).collect()
        }
        let (cells, sums) = (HashMap::new(), HashMap::new());
        Self { expected: all(), puts: all(), cuts: all(), joins: all(), leaves: all(), cells, sums }
    }

    fn add(&mut self, owner: [u8; 2], unit: &'a Unit) {
        for (place, row) in (1..).zip(&unit.expected) {
            let expected = &mut self.expected[usize::from(row.space.code())];
            expected.fields.add(owner, [&row.key]);
            expected.places.push(place);
            expected.values.push(&row.value);
        }
        for row in &unit.puts {
            self.puts[usize::from(row.space.code())].add(owner, [&row.key, &row.value]);
        }
        for Key { space, key } in &unit.cuts {
            self.cuts[usize::from(space.code())].add(owner, [key]);
        }
        for Key { space, key } in &unit.joins {
            self.joins[usize::from(space.code())].add(owner, [b"0", key]);
        }
        for Key { space, key } in &unit.leaves {
            self.leaves[usize::from(space.code())].add(owner, [key]);
        }
        for (name, delta) in &unit.counts {
            let (all, sum) = self.cells.entry(name).or_insert_with(|| (*delta, Sum::default()));
            all.first_seen = all.first_seen.min(delta.first_seen);
            all.last_seen = all.last_seen.max(delta.last_seen);
            sum.add(owner, delta.records);
        }
        for (key, number) in &unit.sums {
            self.sums.entry(key).or_default().add(owner, *number);
        }
    }

    fn give(&self, command: &mut Cmd) {
        for (space, expected) in Space::ALL.into_iter().zip(&self.expected) {
            if !expected.places.is_empty() {
                command.arg("e").arg(place(space)).arg(&expected.fields.owners).arg(&expected.places);
                command.arg(&expected.fields.items).arg(&expected.values);
            }
        }
        for (kind, groups) in [("p", &self.puts), ("c", &self.cuts), ("j", &self.joins), ("l", &self.leaves)]
        {
            for (space, group) in
                Space::ALL.into_iter().zip(groups).filter(|(_, group)| !group.items.is_empty())
            {
                command.arg(kind).arg(place(space)).arg(&group.owners).arg(&group.items);
            }
        }
        for (name, (delta, sum)) in &self.cells {
            command.arg("t").arg(*name);
            sum.give(command);
            command.arg(delta.first_seen.as_millis()).arg(delta.last_seen.as_millis());
            command.arg(delta.sample.to_string());
        }
        for (key, sum) in &self.sums {
            command.arg("s").arg(place(key.space));
            sum.give(command);
            command.arg(&key.key);
        }
    }
}

impl<'a> Group<'a> {
    fn add<const N: usize>(&mut self, owner: [u8; 2], items: [&'a [u8]; N]) {
        self.owners.extend(owner);
        self.items.extend(items);
    }
}

impl Sum {
    fn add(&mut self, owner: [u8; 2], number: i64) {
        self.owners.extend(owner);
        self.differences.extend(number.to_be_bytes());
        self.sum = self.sum.saturating_add(number);
    }

    fn give(&self, command: &mut Cmd) {
        command.arg(&self.owners).arg(&self.differences).arg(self.sum);
    }
}
