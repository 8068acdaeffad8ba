//! [`KeyedStore`]: what a database has to be able to do, so that all the rest can be had for it.

use std::fmt::Debug;
use std::ops::Bound;

use async_trait::async_trait;
use dlq_core::Timestamp;
use dlq_core::storage::{StorageCapability, StorageResult};

use crate::space::Space;
use crate::unit::{Unit, Written};

/// The layout of what this crate has written. A database notes it beside its own, and refuses another.
pub const LAYOUT: u64 = 3;

/// A row's key and its value, as they were read.
pub type ReadRow = (Vec<u8>, Vec<u8>);

/// A database that keeps bytes under keys, in shards; within a shard, several are written together or not at all.
///
/// # Behaviour of every method
/// - `operation` is the contract's method that asks; errors name it.
/// - What a written unit has written is read by whoever asks after its answer.
/// - An error means that nothing was read, or that what became of the units is unknown: they may be written yet. It is
///   temporary where asking again may help.
/// - Calls run at the same time, about the same shard as well.
/// - No future is dropped half-way: [`KeyedStorage`](crate::KeyedStorage) runs what it begins to its end.
#[async_trait]
pub trait KeyedStore: Debug + Send + Sync + Sized + 'static {
    /// Which database, and how it is used.
    type Config: Clone + Send + Sync + 'static;

    /// Connects, and notes in an empty database the layout and the number of shards.
    ///
    /// # Errors
    /// The configuration makes no sense; the database cannot be reached or does not let us; or what it holds has another
    /// layout or number of shards than was asked for, both of which are told.
    async fn connect(config: &Self::Config) -> StorageResult<Self>;

    /// What it can promise.
    fn capability(&self) -> &StorageCapability;

    /// Among how many shards the rows are spread, at least 1: fixed when the store was made.
    fn shards(&self) -> u32;

    /// The time that rules over leases and due times.
    ///
    /// # Errors
    /// As above.
    async fn now(&self, operation: &'static str) -> StorageResult<Timestamp>;

    /// The values of rows, in the order asked, `None` where there is none. What is asked of one shard is read as it stands
    /// at one moment, where the database can.
    ///
    /// # Errors
    /// As above.
    async fn values(
        &self,
        operation: &'static str,
        asked: &[Asked],
    ) -> StorageResult<Vec<Vec<Option<Vec<u8>>>>>;

    /// All rows of some [small](Space::is_small) spaces of a shard, in no order; as they stand at one moment, where the
    /// database can.
    ///
    /// # Errors
    /// As above.
    async fn rows(
        &self,
        operation: &'static str,
        shard: u32,
        spaces: &[Space],
    ) -> StorageResult<Vec<Vec<ReadRow>>>;

    /// The first members of each stretch, at most `limit` of each: byte by byte from the smallest on, or `descending` from
    /// the greatest. Fewer than that come only from a stretch that holds no more.
    ///
    /// # Errors
    /// As above.
    async fn members(
        &self,
        operation: &'static str,
        stretches: &[Stretch],
        descending: bool,
        limit: usize,
    ) -> StorageResult<Vec<Vec<Vec<u8>>>>;

    /// Writes units to a shard, each whole or not at all; one answer each, in order. Where many are written in several
    /// steps, they are written in their order.
    ///
    /// # Errors
    /// As above; what became of each unit is unknown.
    async fn write(
        &self,
        operation: &'static str,
        shard: u32,
        units: Vec<Unit>,
    ) -> StorageResult<Vec<Written>>;

    /// Whether the database can be reached and written; what an operator should know about it.
    ///
    /// # Errors
    /// It cannot be reached or written.
    async fn health(&self) -> StorageResult<Vec<String>>;

    /// Ends the use of the database.
    async fn close(&self) {}
}

/// Rows that are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// In which shard.
    pub shard: u32,
    /// In which space, which is not sorted.
    pub space: Space,
    /// Under which keys; some may be asked twice.
    pub keys: Vec<Vec<u8>>,
}

/// A stretch of a sorted space, from the small to the great.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// In which shard.
    pub shard: u32,
    /// In which space, which is sorted.
    pub space: Space,
    /// Where it begins.
    pub low: Bound<Vec<u8>>,
    /// Where it ends.
    pub high: Bound<Vec<u8>>,
}

impl Stretch {
    /// All members.
    pub(crate) const fn all(shard: u32, space: Space) -> Self {
        Self { shard, space, low: Bound::Unbounded, high: Bound::Unbounded }
    }

    /// All members that begin with a prefix.
    pub(crate) fn behind(shard: u32, space: Space, prefix: &[u8]) -> Self {
        Self { shard, space, low: Bound::Included(prefix.to_vec()), high: end_of(prefix) }
    }

    /// Goes on beyond a member.
    pub(crate) fn go_on(&mut self, member: Vec<u8>, descending: bool) {
        let bound = Bound::Excluded(member);
        if descending {
            self.high = bound;
        } else {
            self.low = bound;
        }
    }
}

/// The end of what begins with a prefix.
fn end_of(prefix: &[u8]) -> Bound<Vec<u8>> {
    let Some(last) = prefix.iter().rposition(|byte| *byte != u8::MAX) else { return Bound::Unbounded };
    let mut end = prefix.get(..=last).unwrap_or_default().to_vec();
    end[last] += 1;
    Bound::Excluded(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_ends_where_its_prefix_does() {
        assert_eq!(end_of(b"ab"), Bound::Excluded(b"ac".to_vec()));
        assert_eq!(end_of(b"a\xff\xff"), Bound::Excluded(b"b".to_vec()));
        assert_eq!(end_of(b"\xff"), Bound::Unbounded);
        assert_eq!(end_of(b""), Bound::Unbounded);
    }
}
