//! Documents under compare-and-set.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::Value;

use crate::storage::documents::{DlqDocuments, Document};
use crate::storage::error::{StorageError, StorageErrorKind, StorageResult};
use crate::storage::write::Expect;

/// Documents by kind and id.
#[derive(Default)]
pub(super) struct MemoryDocuments(Mutex<Kinds>);

type Kinds = BTreeMap<String, BTreeMap<String, Document>>;

impl MemoryDocuments {
    /// The kinds of which there are documents.
    pub(super) fn names(&self) -> Vec<String> {
        let kinds = self.kinds();
        let filled = kinds.iter().filter(|(_, documents)| !documents.is_empty());
        filled.map(|(kind, _)| kind.clone()).collect()
    }

    fn kinds(&self) -> MutexGuard<'_, Kinds> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl DlqDocuments for MemoryDocuments {
    async fn get(&self, kind: &str, id: &str) -> StorageResult<Option<Document>> {
        Ok(self.kinds().get(kind).and_then(|documents| documents.get(id)).cloned())
    }

    async fn put(&self, kind: &str, id: &str, json: &Value, expected: Expect) -> StorageResult<u64> {
        let mut kinds = self.kinds();
        let actual =
            kinds.get(kind).and_then(|documents| documents.get(id)).map_or(0, |document| document.version);
        let expected = match expected {
            Expect::Any => actual,
            Expect::Absent => 0,
            Expect::Version(version) => version,
        };
        if expected != actual {
            let kind = StorageErrorKind::Conflict { expected, actual };
            return Err(StorageError::new(kind, "put", "the document changed meanwhile").with("document", id));
        }
        let document = Document { id: id.to_owned(), version: actual + 1, json: json.clone() };
        kinds.entry(kind.to_owned()).or_default().insert(id.to_owned(), document);
        Ok(actual + 1)
    }

    async fn delete(&self, kind: &str, id: &str) -> StorageResult<bool> {
        Ok(self.kinds().get_mut(kind).is_some_and(|documents| documents.remove(id).is_some()))
    }

    async fn list(&self, kind: &str, after: Option<&str>, limit: usize) -> StorageResult<Vec<Document>> {
        let kinds = self.kinds();
        let Some(documents) = kinds.get(kind) else { return Ok(Vec::new()) };
        let beyond = (after.map_or(Unbounded, Excluded), Unbounded);
        Ok(documents.range::<str, _>(beyond).take(limit).map(|(_, document)| document.clone()).collect())
    }
}
