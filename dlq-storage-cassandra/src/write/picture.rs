//! [`Picture`]: a shard's rows as far as some units need them, as they stand and as the units will leave them.

use std::collections::{HashMap, HashSet};

use dlq_storage_keyed::{Key, Row, Space, Unit, counted, summed};

use crate::error::Trouble;

/// What a row holds: nothing where there is none.
type Value = Option<Vec<u8>>;

/// A shard's rows as far as some units need them.
#[derive(Debug, Default)]
pub(super) struct Picture {
    /// As they were read, or were left by what is written.
    stands: HashMap<Key, Value>,
    /// As they will be.
    changes: HashMap<Key, Value>,
}

impl Picture {
    /// Starts from rows that are known already.
    pub(super) fn new(known: HashMap<Key, Value>) -> Self {
        Self { stands: known, changes: HashMap::new() }
    }

    /// The rows that these units need and that are not in the picture.
    pub(super) fn missing<'a>(&self, units: impl Iterator<Item = &'a Unit>) -> Vec<Key> {
        let mut missing = HashSet::new();
        for unit in units {
            let expected = unit.expected.iter().map(key_of);
            let needed = expected.chain(counters(unit)).filter(|key| !self.stands.contains_key(key));
            missing.extend(needed);
        }
        missing.into_iter().collect()
    }

    /// Takes up rows that were read; those that are not told are not there.
    pub(super) fn learn(&mut self, asked: Vec<Key>, read: Vec<(Key, Vec<u8>)>) {
        self.stands.extend(asked.into_iter().map(|key| (key, None)));
        self.stands.extend(read.into_iter().map(|(key, value)| (key, Some(value))));
    }

    /// The first expectation of a unit that does not hold.
    pub(super) fn vain(&self, unit: &Unit) -> Option<usize> {
        let holds = |row: &Row| self.value(&key_of(row)).unwrap_or_default() == row.value;
        unit.expected.iter().position(|row| !holds(row))
    }

    /// Makes the changes of a unit. What is plain is not among them.
    ///
    /// # Errors
    /// What is to be counted is no count; the picture is then of no use any more.
    pub(super) fn apply(&mut self, unit: &Unit) -> Result<(), Trouble> {
        let rows = unit.puts.iter().filter(|row| !row.space.is_plain());
        rows.for_each(|row| self.change(key_of(row), Some(row.value.clone())));
        let cuts = unit.cuts.iter().filter(|key| !key.space.is_plain());
        cuts.chain(&unit.leaves).for_each(|key| self.change(key.clone(), None));
        unit.joins.iter().for_each(|key| self.change(key.clone(), Some(Vec::new())));
        let damaged = |_| Trouble::Corrupt("a stored counter is damaged");
        for (name, delta) in &unit.counts {
            let key = Key { space: Space::Tally, key: name.clone() };
            let count = counted(self.value(&key), delta).map_err(damaged)?;
            self.change(key, count);
        }
        for (key, added) in &unit.sums {
            let sum = summed(self.value(key), *added).map_err(damaged)?;
            self.change(key.clone(), Some(sum));
        }
        Ok(())
    }

    /// What is to be written.
    pub(super) const fn changes(&self) -> &HashMap<Key, Value> {
        &self.changes
    }

    /// The changes are written.
    pub(super) fn settle(&mut self) {
        self.stands.extend(self.changes.drain());
    }

    /// What is worth knowing next time: the counters, which nearly every unit adds to.
    pub(super) fn counters(self) -> HashMap<Key, Value> {
        let mut stands = self.stands;
        stands.retain(|key, _| matches!(key.space, Space::Tally | Space::Books));
        stands
    }

    fn value(&self, key: &Key) -> Option<&[u8]> {
        self.changes.get(key).or_else(|| self.stands.get(key))?.as_deref()
    }

    fn change(&mut self, key: Key, value: Value) {
        self.changes.insert(key, value);
    }
}

fn key_of(row: &Row) -> Key {
    Key { space: row.space, key: row.key.clone() }
}

fn counters(unit: &Unit) -> impl Iterator<Item = Key> {
    let tally = unit.counts.iter().map(|(name, _)| Key { space: Space::Tally, key: name.clone() });
    tally.chain(unit.sums.iter().map(|(key, _)| key.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(space: Space, value: &[u8]) -> Row {
        Row { space, key: b"k".to_vec(), value: value.to_vec() }
    }

    fn key(space: Space) -> Key {
        Key { space, key: b"k".to_vec() }
    }

    #[test]
    fn a_later_unit_finds_what_an_earlier_one_left() {
        let mut picture = Picture::default();
        let first = Unit {
            expected: vec![row(Space::State, b"")],
            puts: vec![row(Space::State, b"1"), row(Space::Content, b"plain")],
            joins: vec![key(Space::Due)],
            sums: vec![(key(Space::Books), 2)],
            ..Unit::default()
        };
        let missing = picture.missing([&first].into_iter());
        assert_eq!(missing.len(), 2);
        picture.learn(missing, vec![(key(Space::Books), b"40".to_vec())]);
        assert_eq!(picture.vain(&first), None);
        picture.apply(&first).unwrap();
        assert_eq!(picture.vain(&first), Some(0), "it is there now");
        let second = Unit {
            expected: vec![row(Space::State, b"1")],
            cuts: vec![key(Space::State)],
            leaves: vec![key(Space::Due)],
            ..Unit::default()
        };
        assert_eq!(picture.vain(&second), None);
        picture.apply(&second).unwrap();
        let changes = picture.changes();
        assert_eq!(changes.len(), 3);
        assert_eq!(changes[&key(Space::Books)].as_deref(), Some(b"42".as_slice()));
        assert!(changes[&key(Space::State)].is_none() && changes[&key(Space::Due)].is_none());
        picture.settle();
        assert!(picture.changes().is_empty() && picture.vain(&first).is_none());
        assert_eq!(picture.counters().len(), 1);
    }

    #[test]
    fn a_damaged_counter_is_told() {
        let unit = Unit { sums: vec![(key(Space::Bulk), 1)], ..Unit::default() };
        let mut picture = Picture::default();
        picture.learn(vec![key(Space::Bulk)], vec![(key(Space::Bulk), b"x".to_vec())]);
        assert!(matches!(picture.apply(&unit), Err(Trouble::Corrupt(_))));
    }
}
