//! [`Operations`]: which operations led to a record's latest versions, so that few entries of its history are read to
//! tell whether one was done before.

use dlq_core::record::{HistoryEntry, OperationId};
use xxhash_rust::xxh3::xxh3_64;

/// How many bytes are kept of each: as few as that another is rarely taken for it, which the history then tells.
const BYTES: usize = 4;
/// Of how many versions.
const VERSIONS: usize = 32;

/// Parts of hashes of operations, one a version, the latest last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Operations(Vec<u8>);

impl Operations {
    pub(super) const fn read(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Those that led to the versions of a whole history.
    pub(crate) fn of(history: &[HistoryEntry]) -> Self {
        let mut operations = Self::default();
        history.iter().for_each(|entry| operations.push(entry.change.operation));
        operations
    }

    /// One more version.
    pub(crate) fn push(&mut self, operation: OperationId) {
        let past = (self.0.len() + BYTES).saturating_sub(VERSIONS * BYTES);
        self.0.drain(..past);
        self.0.extend(part(operation));
    }

    /// The versions, of a record that is at this one, that one of these operations may have led to.
    pub(crate) fn versions(&self, version: u64, asked: &[OperationId]) -> impl Iterator<Item = u64> + use<> {
        let parts: Vec<_> = asked.iter().map(|operation| part(*operation)).collect();
        let known: Vec<_> =
            self.0.chunks_exact(BYTES).map(|known| parts.iter().any(|part| part == known)).collect();
        let first = (version + 1).saturating_sub(known.len() as u64).max(2);
        let unknown = 2..if asked.is_empty() { 2 } else { first };
        unknown.chain((first..=version).zip(known).filter_map(|(version, may)| may.then_some(version)))
    }
}

fn part(operation: OperationId) -> [u8; BYTES] {
    let [a, b, c, d, ..] = xxh3_64(operation.0.as_bytes()).to_be_bytes();
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(operations: &Operations, version: u64, asked: &[OperationId]) -> Vec<u64> {
        operations.versions(version, asked).collect()
    }

    #[test]
    fn the_versions_of_an_operation_are_found_and_few_others() {
        let all: Vec<_> = (0..100).map(|_| OperationId::new()).collect();
        let mut operations = Operations::default();
        assert!(of(&operations, 1, &all).is_empty());
        for (version, operation) in (2..).zip(&all) {
            operations.push(*operation);
            assert!(of(&operations, version, &[*operation]).contains(&version));
            assert!(of(&operations, version, &[]).is_empty());
        }
        assert_eq!(operations.bytes().len(), VERSIONS * BYTES);
        let latest = of(&operations, 101, &all[90..91]);
        assert!(latest.contains(&92) && latest.contains(&2) && latest.len() < 80, "{latest:?}");
        assert!(of(&operations, 101, &all[..1]).contains(&2), "what is not known is read");
    }
}
