//! The store as a whole, to be moved.

use std::collections::{BTreeSet, HashSet};
use std::ops::Bound;

use async_trait::async_trait;
use dlq_core::record::{Action, RecordId, SourcePartition};
use dlq_core::storage::transition::raise;
use dlq_core::storage::{Account, DlqTransfer, SaveOutcome, StorageResult, Watermark, Whole};

use crate::ledger::{TRIES, contended, pause};
use crate::operation::{read, save, watermark};
use crate::row::Stored;
use crate::shards::{Depth, Shards};
use crate::space::Space;
use crate::storage::KeyedStorage;
use crate::store::{KeyedStore, Stretch};
use crate::unit::Unit;
use crate::{history, position};

/// The shard that counts what no record of this store tells.
const FIRST: u32 = 0;

#[async_trait]
impl<S: KeyedStore> DlqTransfer for KeyedStorage<S> {
    async fn wholes(&self, ids: &[RecordId]) -> StorageResult<Vec<Option<Whole>>> {
        let ids = ids.to_vec();
        self.run(async move |store| wholes(&store, &ids).await).await
    }

    async fn restore(&self, wholes: Vec<Whole>) -> StorageResult<Vec<StorageResult<SaveOutcome>>> {
        self.run(async move |store| save::restore(&store, &wholes).await).await
    }

    async fn open_books(
        &self,
        account: &Account,
        watermarks: &[(SourcePartition, Watermark)],
    ) -> StorageResult<()> {
        let (account, watermarks) = (account.clone(), watermarks.to_vec());
        self.run(async move |store| open_books(&store, &account, &watermarks).await).await
    }

    async fn document_kinds(&self) -> StorageResult<Vec<String>> {
        self.run(async move |store| document_kinds(&store).await).await
    }
}

async fn wholes<S: KeyedStore>(store: &Shards<S>, ids: &[RecordId]) -> StorageResult<Vec<Option<Whole>>> {
    let mut records = store.read("wholes", ids, Depth::Whole).await?;
    let versions = records.values().flat_map(|stored| {
        let (id, version) = (stored.record.id, stored.record.version);
        (2..=version).map(move |version| (id, version))
    });
    let mut histories = history::read(store, "wholes", versions.collect()).await?;
    let there = delivered(store, records.values()).await?;
    for stored in records.values_mut() {
        stored
            .deliveries
            .retain(|delivery| there.contains(&(position::key(&delivery.position), delivery.record)));
    }
    let mut whole = |id: &RecordId| {
        let mut stored = records.remove(id)?;
        let history = histories.remove(id).unwrap_or_default();
        let returns = history.iter().filter(|entry| entry.action == Action::Returned);
        let returns = returns.filter_map(|entry| {
            Some((RecordId::from_bytes(entry.change.operation.0.into_bytes()), entry.attempt?))
        });
        let (returns, deliveries) = (returns.collect(), std::mem::take(&mut stored.deliveries));
        let mut whole = Whole { record: stored.listed(), history, deliveries, returns };
        whole.sort();
        Some(whole)
    };
    let mut asked: Vec<Option<Whole>> = Vec::with_capacity(ids.len());
    for (place, id) in ids.iter().enumerate() {
        let earlier = ids.get(..place).and_then(|earlier| earlier.iter().position(|other| other == id));
        let known = earlier.and_then(|earlier| asked.get(earlier)?.clone());
        asked.push(known.or_else(|| whole(id)));
    }
    Ok(asked)
}

/// Where attempts of these records were delivered, as far as no other was delivered there since.
async fn delivered<S: KeyedStore>(
    store: &Shards<S>,
    records: impl Iterator<Item = &Stored>,
) -> StorageResult<HashSet<(Vec<u8>, RecordId)>> {
    let told = records.flat_map(|stored| &stored.deliveries);
    let told: Vec<_> = told.map(|delivery| (position::key(&delivery.position), delivery.record)).collect();
    let keys = told.iter().map(|(key, _)| key.clone()).collect();
    let values = store.values("wholes", Space::Positions, keys).await?;
    let there = told.into_iter().zip(values);
    let there = there
        .filter(|((_, record), value)| value.as_ref().is_some_and(|value| position::is_of(value, *record)));
    Ok(there.map(|(told, _)| told).collect())
}

/// What the records do not tell is counted in one shard, if that stands as it was read: nothing is added twice.
async fn open_books<S: KeyedStore>(
    store: &Shards<S>,
    account: &Account,
    watermarks: &[(SourcePartition, Watermark)],
) -> StorageResult<()> {
    for tried in 0..TRIES {
        pause(tried).await;
        let stands = store.store.rows("open_books", FIRST, &[Space::Books]).await?;
        let by = raise(&read::account(store).await?, account)?;
        let mut unit = Unit::default();
        unit.book(|deltas| *deltas = by);
        for key in unit.sums.iter().map(|(key, _)| key.key.clone()).collect::<Vec<_>>() {
            let value = stands.iter().flatten().find(|(name, _)| *name == key);
            unit.expect(Space::Books, key, value.map(|(_, value)| value.clone()).unwrap_or_default());
        }
        if store.write_one("open_books", FIRST, unit).await? {
            return watermark::replace(store, watermarks).await;
        }
    }
    Err(contended("open_books"))
}

async fn document_kinds<S: KeyedStore>(store: &Shards<S>) -> StorageResult<Vec<String>> {
    let mut kinds = BTreeSet::new();
    for shard in store.all() {
        let mut left = Stretch::all(shard, Space::DocumentIds);
        loop {
            let first = store.store.members("document_kinds", std::slice::from_ref(&left), false, 1).await?;
            let Some(member) = first.into_iter().flatten().next() else { break };
            let kind = member.split(|byte| *byte == 0).next().unwrap_or_default();
            left.low = Bound::Included([kind, b"\x01"].concat());
            kinds.insert(String::from_utf8_lossy(kind).into_owned());
        }
    }
    Ok(kinds.into_iter().collect())
}
