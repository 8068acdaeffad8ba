//! [`Floor`]: below which nothing is due.
//!
//! What was due and was taken leaves a tombstone where it stood, and reading meets every one until it is forgotten, after a
//! day: the order of due times would be read slower and slower at its head, and past some hundred thousand not at all. So a
//! row tells where the members begin, and is written by the batches that write them: a member that joins below it lowers
//! it, and once many have left, whoever writes looks where they begin now.

use std::collections::HashMap;

use dlq_storage_keyed::{Key, Space};

/// How many members leave before it is looked where they begin.
const MANY: usize = 500;

/// Below which nothing is due, in one shard.
#[derive(Debug, Default)]
pub(super) struct Floor {
    /// As it stands in its row, where that is known.
    stands: Option<Option<Vec<u8>>>,
    /// Where the members begin now, once that was looked at.
    seen: Option<Vec<u8>>,
    /// How many have left since, and the greatest of them.
    left: usize,
    greatest: Vec<u8>,
}

impl Floor {
    /// Others may have written the row.
    pub(super) fn forget(&mut self) {
        self.stands = None;
        self.seen = None;
    }

    pub(super) const fn is_known(&self) -> bool {
        self.stands.is_some()
    }

    /// The row is known to hold this.
    pub(super) fn stand(&mut self, value: Option<Vec<u8>>) {
        self.stands = Some(value);
    }

    /// From where to look where the members begin, if that is worth it.
    pub(super) fn is_worth_a_look(&self) -> Option<Vec<u8>> {
        (self.left >= MANY).then(|| self.stands.clone().flatten().unwrap_or_default())
    }

    /// This is the first member; where there is none, any place will do.
    pub(super) fn see(&mut self, first: Option<Vec<u8>>) {
        self.seen = Some(first.unwrap_or_else(|| self.greatest.clone()));
    }

    /// What the row has to hold once these changes are written, if that is another value.
    pub(super) fn moved(&self, changes: &HashMap<Key, Option<Vec<u8>>>) -> Option<Vec<u8>> {
        let stands = self.stands.as_ref().and_then(Option::as_ref);
        let floor = self.seen.as_ref().or(stands)?;
        let joining = due(changes).filter(|(_, joins)| *joins).map(|(member, _)| member).min();
        let floor = joining.filter(|member| *member < floor).unwrap_or(floor);
        (stands != Some(floor)).then(|| floor.clone())
    }

    /// These changes are written, and so is the row where it moved.
    pub(super) fn settle(&mut self, moved: Option<Vec<u8>>, changes: &HashMap<Key, Option<Vec<u8>>>) {
        if self.seen.take().is_some() {
            self.left = 0;
        }
        if moved.is_some() {
            self.stands = Some(moved);
        }
        for (member, _) in due(changes).filter(|(_, joins)| !joins) {
            self.left += 1;
            if *member > self.greatest {
                self.greatest.clone_from(member);
            }
        }
    }
}

/// The members of the order of due times that change, and whether they join.
fn due(changes: &HashMap<Key, Option<Vec<u8>>>) -> impl Iterator<Item = (&Vec<u8>, bool)> {
    changes.iter().filter(|(key, _)| key.space == Space::Due).map(|(key, value)| (&key.key, value.is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(joining: &[u8], leaving: &[u8]) -> HashMap<Key, Option<Vec<u8>>> {
        let key = |member: &u8| Key { space: Space::Due, key: vec![*member] };
        let joining = joining.iter().map(|member| (key(member), Some(Vec::new())));
        joining.chain(leaving.iter().map(|member| (key(member), None))).collect()
    }

    fn after(floor: &mut Floor, changes: &HashMap<Key, Option<Vec<u8>>>) -> Option<Vec<u8>> {
        let moved = floor.moved(changes);
        floor.settle(moved.clone(), changes);
        moved
    }

    #[test]
    fn it_is_looked_for_once_many_have_left_and_lowered_by_whoever_joins_below() {
        let mut floor = Floor::default();
        assert_eq!(after(&mut floor, &changes(&[9], &[])), None, "without one, all is read");
        for _ in 0..MANY {
            assert_eq!(floor.is_worth_a_look(), None);
            assert_eq!(after(&mut floor, &changes(&[], &[3])), None);
        }
        assert_eq!(floor.is_worth_a_look(), Some(Vec::new()));
        floor.see(Some(vec![9]));
        assert_eq!(after(&mut floor, &changes(&[8, 9], &[])), Some(vec![8]), "lower than what was seen");
        assert_eq!(floor.is_worth_a_look(), None);
        assert_eq!(after(&mut floor, &changes(&[8, 12], &[2])), None);
        assert_eq!(after(&mut floor, &changes(&[5], &[])), Some(vec![5]));
    }

    #[test]
    fn where_there_is_none_it_is_where_the_last_one_was() {
        let mut floor = Floor::default();
        floor.settle(None, &changes(&[], &[3, 7, 4]));
        floor.see(None);
        assert_eq!(floor.moved(&changes(&[], &[])), Some(vec![7]));
        floor.forget();
        assert!(!floor.is_known());
        floor.stand(Some(vec![6]));
        assert_eq!(floor.moved(&changes(&[], &[])), None, "another process wrote since");
    }
}
