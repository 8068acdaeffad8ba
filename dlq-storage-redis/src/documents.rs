//! Documents under compare-and-set.

use async_trait::async_trait;
use dlq_core::storage::{DlqDocuments, Document, Expect, StorageError, StorageErrorKind, StorageResult};
use serde_json::Value;

use crate::error::corrupt;
use crate::key::Key;
use crate::ledger::{TRIES, contended, pause};
use crate::storage::RedisStorage;
use crate::store::Store;
use crate::unit::{Unit, Written};

#[async_trait]
impl DlqDocuments for RedisStorage {
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

async fn stands(store: &Store, operation: &'static str, field: &[u8]) -> StorageResult<Option<Vec<u8>>> {
    Ok(store.fields(operation, Key::Documents, &[field]).await?.pop().flatten())
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

async fn put(store: &Store, field: &[u8], id: &str, json: &str, expected: Expect) -> StorageResult<u64> {
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
        unit.expect(Key::Documents, field, standing.unwrap_or_default());
        unit.put(Key::Documents, field, value(actual + 1, json));
        unit.join(Key::DocumentIds, field);
        if store.write("put", &[unit]).await? == [Written::Yes] {
            return Ok(actual + 1);
        }
    }
    Err(contended("put"))
}

async fn delete(store: &Store, field: &[u8]) -> StorageResult<bool> {
    for tried in 0..TRIES {
        pause(tried).await;
        let Some(standing) = stands(store, "delete", field).await? else { return Ok(false) };
        let mut unit = Unit::default();
        unit.expect(Key::Documents, field, standing);
        unit.cut(Key::Documents, field);
        unit.leave(Key::DocumentIds, field);
        if store.purge("delete", &[unit]).await? == [Written::Yes] {
            return Ok(true);
        }
    }
    Err(contended("delete"))
}

async fn list(
    store: &Store,
    kind: &[u8],
    after: Option<Vec<u8>>,
    limit: usize,
) -> StorageResult<Vec<Document>> {
    let from = after.map_or_else(|| [b"[", kind].concat(), |after| [b"(", &after[..]].concat());
    let end = [b"(", kind.strip_suffix(b"\0").unwrap_or(kind), b"\x01"].concat();
    let mut range = store.command("ZRANGE", Key::DocumentIds);
    range.arg(from).arg(end).arg("BYLEX").arg("LIMIT").arg(0).arg(limit);
    let fields: Vec<Vec<u8>> = store.ask("list", &range).await?;
    let asked: Vec<_> = fields.iter().map(Vec::as_slice).collect();
    let values = store.fields("list", Key::Documents, &asked).await?;
    let mut documents = Vec::with_capacity(fields.len());
    for (field, value) in fields.iter().zip(values) {
        let id = String::from_utf8_lossy(field.get(kind.len()..).unwrap_or_default()).into_owned();
        documents.extend(value.map(|value| document(id, &value)).transpose()?);
    }
    Ok(documents)
}
