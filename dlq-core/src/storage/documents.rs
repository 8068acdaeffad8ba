//! The second, small contract: documents, few and small, under compare-and-set.

use async_trait::async_trait;
use serde_json::Value;

use super::error::StorageResult;
use super::write::Expect;

/// A JSON document under a kind and an id.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its name within its kind.
    pub id: String,
    /// Raised by every put, from 1.
    pub version: u64,
    /// What it says.
    pub json: Value,
}

/// Documents that survive a restart and are seen by every instance: jobs, the state of failure groups, saved views.
#[async_trait]
pub trait DlqDocuments: Send + Sync {
    /// The document, if there is one.
    ///
    /// # Errors
    /// Nothing was read.
    async fn get(&self, kind: &str, id: &str) -> StorageResult<Option<Document>>;

    /// Writes a document if what stands is what was expected, and answers its new version.
    ///
    /// # Errors
    /// A conflict tells both versions, 0 being none; any other error leaves the outcome unknown.
    async fn put(&self, kind: &str, id: &str, json: &Value, expected: Expect) -> StorageResult<u64>;

    /// Removes a document; answers whether there was one.
    ///
    /// # Errors
    /// The outcome is unknown; again does no harm.
    async fn delete(&self, kind: &str, id: &str) -> StorageResult<bool>;

    /// Up to `limit` documents of a kind, by id, beyond `after`.
    ///
    /// # Errors
    /// Nothing was read.
    async fn list(&self, kind: &str, after: Option<&str>, limit: usize) -> StorageResult<Vec<Document>>;
}
