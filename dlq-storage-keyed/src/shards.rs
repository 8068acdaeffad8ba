//! [`Shards`]: all shards of a store as one.

use std::collections::HashMap;

use dlq_core::Timestamp;
use dlq_core::record::RecordId;
use dlq_core::storage::{StorageError, StorageErrorKind, StorageResult};
use futures_util::future::try_join_all;
use xxhash_rust::xxh3::xxh3_64;

use crate::operation::Offered;
use crate::row::{Stored, Values, content_key};
use crate::space::Space;
use crate::store::{Asked, KeyedStore, ReadRow};
use crate::unit::{Unit, Written};

/// How much is read of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// All but its content.
    Listed,
    /// All.
    Whole,
}

/// A record's id, its state, and its head.
type Listed = (RecordId, Vec<u8>, Option<Vec<u8>>);

/// All shards of a store as one.
#[derive(Debug)]
pub(crate) struct Shards<S> {
    pub(crate) store: S,
    /// What is being offered to a worker of this process.
    pub(crate) offered: Offered,
}

impl<S: KeyedStore> Shards<S> {
    /// Where a key is at home. The rows of a record are at home where its id is.
    pub(crate) fn home(&self, key: &[u8]) -> u32 {
        let shards = u64::from(self.store.shards().max(1));
        u32::try_from(xxh3_64(key) % shards).unwrap_or_default()
    }

    pub(crate) fn home_of(&self, id: RecordId) -> u32 {
        self.home(&id.to_bytes())
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = u32> + use<S> {
        0..self.store.shards().max(1)
    }

    pub(crate) async fn now(&self, operation: &'static str) -> StorageResult<Timestamp> {
        self.store.now(operation).await
    }

    /// The value of one row that is at home where its key is.
    pub(crate) async fn value(
        &self,
        operation: &'static str,
        space: Space,
        key: &[u8],
    ) -> StorageResult<Option<Vec<u8>>> {
        Ok(self.values(operation, space, vec![key.to_vec()]).await?.pop().flatten())
    }

    /// The values of rows that are at home where their keys are, in the order asked.
    pub(crate) async fn values(
        &self,
        operation: &'static str,
        space: Space,
        keys: Vec<Vec<u8>>,
    ) -> StorageResult<Vec<Option<Vec<u8>>>> {
        let homes: Vec<_> = keys.iter().map(|key| self.home(key)).collect();
        self.values_at(operation, space, homes.into_iter().zip(keys)).await
    }

    /// The values of rows by shard and key, in the order asked.
    pub(crate) async fn values_at(
        &self,
        operation: &'static str,
        space: Space,
        asked: impl Iterator<Item = (u32, Vec<u8>)>,
    ) -> StorageResult<Vec<Option<Vec<u8>>>> {
        let portions = by_shard(asked.enumerate().map(|(place, (shard, key))| (shard, (place, key))));
        let (mut places, mut all) = (Vec::new(), Vec::new());
        for (shard, portion) in portions {
            let (some, keys): (Vec<_>, Vec<_>) = portion.into_iter().unzip();
            places.extend(some);
            all.push(Asked { shard, space, keys });
        }
        if all.is_empty() {
            return Ok(Vec::new());
        }
        let read = self.store.values(operation, &all).await?;
        let mut values = vec![None; places.len()];
        for (place, value) in places.into_iter().zip(read.into_iter().flatten()) {
            values[place] = value;
        }
        Ok(values)
    }

    /// The rows of small spaces, of all shards.
    pub(crate) async fn rows(
        &self,
        operation: &'static str,
        spaces: &[Space],
    ) -> StorageResult<Vec<Vec<Vec<ReadRow>>>> {
        try_join_all(self.all().map(|shard| self.store.rows(operation, shard, spaces))).await
    }

    /// Writes units to their shards, each whole or not at all, and tells of each, in order.
    pub(crate) async fn write(
        &self,
        operation: &'static str,
        units: Vec<(u32, Unit)>,
    ) -> StorageResult<Vec<Written>> {
        let mut answers = vec![Written::Yes; units.len()];
        let portions =
            by_shard(units.into_iter().enumerate().map(|(place, (shard, unit))| (shard, (place, unit))));
        let written = portions.into_iter().map(|(shard, portion)| async move {
            let (places, units): (Vec<_>, Vec<_>) = portion.into_iter().unzip();
            let told = self.store.write(operation, shard, units).await?;
            if told.len() == places.len() { Ok((places, told)) } else { Err(untold(operation)) }
        });
        for (places, told) in try_join_all(written).await? {
            places.into_iter().zip(told).for_each(|(place, told)| answers[place] = told);
        }
        Ok(answers)
    }

    /// The same for one unit; answers whether it is written.
    pub(crate) async fn write_one(
        &self,
        operation: &'static str,
        shard: u32,
        unit: Unit,
    ) -> StorageResult<bool> {
        Ok(self.write(operation, vec![(shard, unit)]).await? == [Written::Yes])
    }

    /// The records of these ids, as they stand; those that are not there are left out.
    pub(crate) async fn read(
        &self,
        operation: &'static str,
        ids: &[RecordId],
        depth: Depth,
    ) -> StorageResult<HashMap<RecordId, Stored>> {
        let (mut records, mut suspects) = (HashMap::with_capacity(ids.len()), HashMap::new());
        let mut left = ids.to_vec();
        while !left.is_empty() {
            let listed = self.listed(operation, &left).await?;
            let contents = match depth {
                Depth::Listed => None,
                Depth::Whole => Some(self.contents(operation, &listed).await?),
            };
            left.clear();
            for (id, state, head) in listed {
                let content = contents.as_ref().map(|contents| contents.get(&id).cloned());
                // Its content is gone: who purged it meanwhile took its head first, and that has to be looked at again.
                if content == Some(None) && suspects.get(&id) != Some(&head) {
                    suspects.insert(id, head);
                    left.push(id);
                } else {
                    records.insert(id, Stored::read(id, Values { state, head, content })?);
                }
            }
        }
        Ok(records)
    }

    /// State and head of those of these records that are there.
    async fn listed(&self, operation: &'static str, ids: &[RecordId]) -> StorageResult<Vec<Listed>> {
        let portions = by_shard(ids.iter().map(|id| (self.home_of(*id), *id)));
        let mut asked = Vec::with_capacity(portions.len() * 2);
        for (shard, ids) in &portions {
            let keys: Vec<_> = ids.iter().map(|id| id.to_bytes().to_vec()).collect();
            asked.push(Asked { shard: *shard, space: Space::State, keys: keys.clone() });
            asked.push(Asked { shard: *shard, space: Space::Head, keys });
        }
        let mut read = self.store.values(operation, &asked).await?.into_iter();
        let mut listed = Vec::with_capacity(ids.len());
        for (_, ids) in portions {
            let (states, heads) = (read.next().unwrap_or_default(), read.next().unwrap_or_default());
            let both = states.into_iter().zip(heads);
            listed
                .extend(ids.into_iter().zip(both).filter_map(|(id, (state, head))| Some((id, state?, head))));
        }
        Ok(listed)
    }

    /// The contents of records by what was read of them, as far as they are there.
    async fn contents(
        &self,
        operation: &'static str,
        listed: &[Listed],
    ) -> StorageResult<HashMap<RecordId, Vec<u8>>> {
        let keys = listed.iter().filter_map(|(id, _, head)| Some((*id, content_key(*id, head.as_deref()?)?)));
        let (ids, keys): (Vec<_>, Vec<_>) = keys.unzip();
        let asked = ids.iter().map(|id| self.home_of(*id)).zip(keys);
        let read = self.values_at(operation, Space::Content, asked).await?;
        Ok(ids.into_iter().zip(read).filter_map(|(id, content)| Some((id, content?))).collect())
    }
}

fn untold(operation: &'static str) -> StorageError {
    let message = "the database did not tell of every unit";
    StorageError::new(StorageErrorKind::Unexpected, operation, message)
}

/// What goes to each shard, in its order.
fn by_shard<T>(all: impl Iterator<Item = (u32, T)>) -> Vec<(u32, Vec<T>)> {
    let mut portions: Vec<(u32, Vec<T>)> = Vec::new();
    let mut places = HashMap::new();
    for (shard, one) in all {
        let place = *places.entry(shard).or_insert_with(|| {
            portions.push((shard, Vec::new()));
            portions.len() - 1
        });
        portions[place].1.push(one);
    }
    portions
}
