//! The second contract: documents under compare-and-set.

use async_trait::async_trait;
use dlq_core::storage::{DlqDocuments, Document, Expect, StorageError, StorageErrorKind, StorageResult};
use serde_json::Value;

use crate::operation::Store;
use crate::operation::retry::retried;
use crate::statement::document;
use crate::storage::SqlStorage;

#[async_trait]
impl DlqDocuments for SqlStorage {
    async fn get(&self, kind: &str, id: &str) -> StorageResult<Option<Document>> {
        let (kind, id) = (name("kind", kind)?, name("id", id)?);
        self.run(async move |store| {
            let mut session = store.pools.read("get document").await?;
            document::get(&mut session, &kind, &id).await
        })
        .await
    }

    async fn put(&self, kind: &str, id: &str, json: &Value, expected: Expect) -> StorageResult<u64> {
        let (kind, id, json) = (name("kind", kind)?, name("id", id)?, json.to_string());
        self.run(async move |store| retried!(put(&store, &kind, &id, &json, expected))).await
    }

    async fn delete(&self, kind: &str, id: &str) -> StorageResult<bool> {
        let (kind, id) = (name("kind", kind)?, name("id", id)?);
        self.run(async move |store| {
            let mut session = store.pools.begin("delete document").await?;
            let was_there = document::delete(&mut session, &kind, &id).await?;
            session.commit().await?;
            Ok(was_there)
        })
        .await
    }

    async fn list(&self, kind: &str, after: Option<&str>, limit: usize) -> StorageResult<Vec<Document>> {
        let (kind, after) = (name("kind", kind)?, after.map(str::to_owned));
        self.run(async move |store| {
            let mut session = store.pools.read("list documents").await?;
            document::list(&mut session, &kind, after.as_deref(), limit).await
        })
        .await
    }
}

async fn put(store: &Store, kind: &str, id: &str, json: &str, expected: Expect) -> StorageResult<u64> {
    let mut session = store.pools.begin("put document").await?;
    let version = document::put(&mut session, kind, id, json, expected).await?;
    session.commit().await?;
    Ok(version)
}

/// A name as every database keeps it.
fn name(field: &str, name: &str) -> StorageResult<String> {
    if name.contains('\0') {
        let message = format!("{field} {name:?}: any text without NUL is allowed");
        return Err(StorageError::new(StorageErrorKind::Validation, "document", message));
    }
    Ok(name.to_owned())
}
