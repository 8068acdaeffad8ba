//! Changes of records, each a row of its own: the versions of a record leave no gap, so that its history is found by
//! counting.

use std::collections::HashMap;

use dlq_core::record::{HistoryEntry, RecordId};
use dlq_core::storage::StorageResult;

use crate::error::corrupt;
use crate::shards::{Depth, Shards};
use crate::space::Space;
use crate::store::KeyedStore;

/// Under which key the change is that led to a version.
pub(crate) fn key(id: RecordId, version: u64) -> Vec<u8> {
    [id.to_bytes().as_slice(), &version.to_be_bytes()].concat()
}

/// A change as it is kept: JSON, which whoever looks at the database can read.
pub(crate) fn value(entry: &HistoryEntry) -> Vec<u8> {
    serde_json::to_vec(entry).unwrap_or_default()
}

/// The changes of records that led to these versions, in their order.
pub(crate) async fn read<S: KeyedStore>(
    store: &Shards<S>,
    operation: &'static str,
    asked: Vec<(RecordId, u64)>,
) -> StorageResult<HashMap<RecordId, Vec<HistoryEntry>>> {
    let keys = asked.iter().map(|(id, version)| (store.home_of(*id), key(*id, *version)));
    let read = store.values_at(operation, Space::History, keys).await?;
    let mut histories: HashMap<_, Vec<_>> = HashMap::new();
    for ((id, _), entry) in asked.into_iter().zip(read) {
        // One that is gone was purged meanwhile, which whoever would write finds out.
        let Some(entry) = entry else { continue };
        let entry = serde_json::from_slice(&entry).map_err(|error| {
            corrupt("history", "a stored change is damaged").with("record", id).caused_by(error)
        })?;
        histories.entry(id).or_default().push(entry);
    }
    Ok(histories)
}

/// All changes of a record, oldest first.
pub(crate) async fn all<S: KeyedStore>(store: &Shards<S>, id: RecordId) -> StorageResult<Vec<HistoryEntry>> {
    let records = store.read("history", &[id], Depth::Listed).await?;
    let version = records.get(&id).map_or(1, |stored| stored.record.version);
    let asked = (2..=version).map(|version| (id, version)).collect();
    Ok(read(store, "history", asked).await?.remove(&id).unwrap_or_default())
}
