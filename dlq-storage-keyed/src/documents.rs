//! Documents under compare-and-set.

use async_trait::async_trait;
use dlq_core::storage::{DlqDocuments, Document, Expect, StorageError, StorageErrorKind, StorageResult};
use serde_json::Value;

use crate::error::corrupt;
use crate::ledger::{TRIES, contended, pause};
use crate::operation::merge::Merge;
use crate::shards::Shards;
use crate::space::Space;
use crate::storage::KeyedStorage;
use crate::store::{KeyedStore, Stretch};
use crate::unit::Unit;

#[async_trait]
impl<S: KeyedStore> DlqDocuments for KeyedStorage<S> {
    async fn get(&self, kind: &str, id: &str) -> StorageResult<Option<Document>> {
        let (field, id) = (field(kind, id), id.to_owned());
        self.run(async move |store| match stands(&store, "get", &field).await? {
            Some(value) => Ok(Some(document(id, &value)?)),
            None => Ok(None),
        })
        .await
    }

    async fn put(&self, kind: &str, id: &str, json: &Value, expected: Expect) -> StorageResult<u64> {
        let (field, id, json) = (field(kind, id), id.to_owned(), json.to_string());
        self.run(async move |store| put(&store, &field, &id, &json, expected).await).await
    }

    async fn delete(&self, kind: &str, id: &str) -> StorageResult<bool> {
        let field = field(kind, id);
        self.run(async move |store| delete(&store, &field).await).await
    }

    async fn list(&self, kind: &str, after: Option<&str>, limit: usize) -> StorageResult<Vec<Document>> {
        let (kind, after) = (field(kind, ""), after.map(|after| field(kind, after)));
        self.run(async move |store| list(&store, &kind, after, limit).await).await
    }
}

/// Kinds hold no NUL, so that none is the beginning of another.
fn field(kind: &str, id: &str) -> Vec<u8> {
    [kind.as_bytes(), b"\0", id.as_bytes()].concat()
}

fn value(version: u64, json: &str) -> Vec<u8> {
    [&version.to_be_bytes(), json.as_bytes()].concat()
}

async fn stands<S: KeyedStore>(
    store: &Shards<S>,
    operation: &'static str,
    field: &[u8],
) -> StorageResult<Option<Vec<u8>>> {
    store.value(operation, Space::Documents, field).await
}

fn version(value: &[u8]) -> StorageResult<u64> {
    let version =
        value.first_chunk().ok_or_else(|| corrupt("read document", "a stored document is damaged"))?;
    Ok(u64::from_be_bytes(*version))
}

fn document(id: String, value: &[u8]) -> StorageResult<Document> {
    let version = version(value)?;
    let json = serde_json::from_slice(value.get(size_of::<u64>()..).unwrap_or_default())
        .map_err(|error| corrupt("read document", "a stored document is damaged").caused_by(error))?;
    Ok(Document { id, version, json })
}

async fn put<S: KeyedStore>(
    store: &Shards<S>,
    field: &[u8],
    id: &str,
    json: &str,
    expected: Expect,
) -> StorageResult<u64> {
    for tried in 0..TRIES {
        pause(tried).await;
        let standing = stands(store, "put", field).await?;
        let actual = standing.as_deref().map_or(Ok(0), version)?;
        let expected = match expected {
            Expect::Any => actual,
            Expect::Absent => 0,
            Expect::Version(version) => version,
        };
        if expected != actual {
            let kind = StorageErrorKind::Conflict { expected, actual };
            return Err(StorageError::new(kind, "put", "the document changed meanwhile").with("document", id));
        }
        let mut unit = Unit::default();
        unit.expect(Space::Documents, field, standing.unwrap_or_default());
        unit.put(Space::Documents, field, value(actual + 1, json));
        unit.join(Space::DocumentIds, field);
        if store.write_one("put", store.home(field), unit).await? {
            return Ok(actual + 1);
        }
    }
    Err(contended("put"))
}

async fn delete<S: KeyedStore>(store: &Shards<S>, field: &[u8]) -> StorageResult<bool> {
    for tried in 0..TRIES {
        pause(tried).await;
        let Some(standing) = stands(store, "delete", field).await? else { return Ok(false) };
        let mut unit = Unit::default();
        unit.expect(Space::Documents, field, standing);
        unit.cut(Space::Documents, field);
        unit.leave(Space::DocumentIds, field);
        if store.write_one("delete", store.home(field), unit).await? {
            return Ok(true);
        }
    }
    Err(contended("delete"))
}

async fn list<S: KeyedStore>(
    store: &Shards<S>,
    kind: &[u8],
    after: Option<Vec<u8>>,
    limit: usize,
) -> StorageResult<Vec<Document>> {
    let stretch = |shard| {
        let mut stretch = Stretch::behind(shard, Space::DocumentIds, kind);
        after.iter().for_each(|after| stretch.go_on(after.clone(), false));
        stretch
    };
    let fields = Merge::new(store.all().map(stretch).collect(), 0, false).next(store, "list", limit).await?;
    let values = store.values("list", Space::Documents, fields.clone()).await?;
    let mut documents = Vec::with_capacity(fields.len());
    for (field, value) in fields.iter().zip(values) {
        let id = String::from_utf8_lossy(field.get(kind.len()..).unwrap_or_default()).into_owned();
        documents.extend(value.map(|value| document(id, &value)).transpose()?);
    }
    Ok(documents)
}
