//! [`Layered`]: every method of the contract as a [`Call`] through one layer.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use serde_json::Value;

use super::{Call, StorageLayer};
use crate::record::{Change, DlqRecord, HistoryEntry, RecordId, SourcePartition};
use crate::storage::{
    Account, Advance, Advanced, BulkOutcome, ClaimRequest, ClaimSelect, Count, Dimension, DlqDocuments,
    DlqStorage, DlqTransfer, Document, Expect, Page, PageRequest, Patch, QueryCriteria, Save, SaveOutcome,
    Settled, Settlement, StorageCapability, StorageResult, Tally, Watermark, Whole,
};

/// A storage inside of a layer.
#[derive(Debug)]
pub(super) struct Layered<L> {
    pub(super) storage: Arc<dyn DlqStorage>,
    pub(super) layer: L,
}

type Make<A, T> = fn(Arc<dyn DlqStorage>, A) -> BoxFuture<'static, StorageResult<T>>;

impl<L: StorageLayer> Layered<L> {
    /// A call that may be repeated.
    async fn call<A: Clone + Send + Sync + 'static, T: Send + 'static>(
        &self,
        operation: &'static str,
        arguments: A,
        make: Make<A, T>,
    ) -> StorageResult<T> {
        self.call_if(true, operation, arguments, make).await
    }

    async fn call_if<A: Clone + Send + Sync + 'static, T: Send + 'static>(
        &self,
        repeatable: bool,
        operation: &'static str,
        arguments: A,
        make: Make<A, T>,
    ) -> StorageResult<T> {
        let storage = Arc::clone(&self.storage);
        self.layer.carry(Call { operation, repeatable, arguments, storage, make }).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods, reason = "what is left out would pass by the layer, or by the storage")]
impl<L: StorageLayer> DlqStorage for Layered<L> {
    fn capability(&self) -> &StorageCapability {
        self.storage.capability()
    }

    async fn save_batch(&self, saves: Vec<Save>) -> StorageResult<Vec<StorageResult<SaveOutcome>>> {
        self.call("save_batch", saves, |storage, saves| {
            Box::pin(async move { storage.save_batch(saves).await })
        })
        .await
    }

    async fn bulk_update(
        &self,
        criteria: &QueryCriteria,
        patch: &Patch,
        change: &Change,
    ) -> StorageResult<BulkOutcome> {
        self.call(
            "bulk_update",
            (criteria.clone(), patch.clone(), change.clone()),
            |storage, (criteria, patch, change)| {
                Box::pin(async move { storage.bulk_update(&criteria, &patch, &change).await })
            },
        )
        .await
    }

    async fn delete(&self, criteria: &QueryCriteria, change: &Change) -> StorageResult<BulkOutcome> {
        self.call("delete", (criteria.clone(), change.clone()), |storage, (criteria, change)| {
            Box::pin(async move { storage.delete(&criteria, &change).await })
        })
        .await
    }

    async fn find_batch(&self, ids: &[RecordId]) -> StorageResult<Vec<Option<DlqRecord>>> {
        self.call("find_batch", ids.to_vec(), |storage, ids| {
            Box::pin(async move { storage.find_batch(&ids).await })
        })
        .await
    }

    async fn page(&self, request: &PageRequest) -> StorageResult<Page> {
        self.call("page", request.clone(), |storage, request| {
            Box::pin(async move { storage.page(&request).await })
        })
        .await
    }

    async fn count(&self, criteria: &QueryCriteria, cap: u64) -> StorageResult<Count> {
        self.call("count", (criteria.clone(), cap), |storage, (criteria, cap)| {
            Box::pin(async move { storage.count(&criteria, cap).await })
        })
        .await
    }

    async fn claim(&self, request: &ClaimRequest) -> StorageResult<Vec<DlqRecord>> {
        // What a lost answer leased is due again when the lease ends. Whoever asked for just these would take them for
        // held by another meanwhile.
        let repeatable = request.select == ClaimSelect::Due;
        self.call_if(repeatable, "claim", request.clone(), |storage, request| {
            Box::pin(async move { storage.claim(&request).await })
        })
        .await
    }

    async fn settle(&self, settlements: Vec<Settlement>) -> StorageResult<Vec<StorageResult<Settled>>> {
        self.call("settle", settlements, |storage, settlements| {
            Box::pin(async move { storage.settle(settlements).await })
        })
        .await
    }

    async fn advance(&self, advance: &Advance) -> StorageResult<Advanced> {
        self.call("advance", advance.clone(), |storage, advance| {
            Box::pin(async move { storage.advance(&advance).await })
        })
        .await
    }

    async fn watermarks(&self, partitions: &[SourcePartition]) -> StorageResult<Vec<Option<Watermark>>> {
        self.call("watermarks", partitions.to_vec(), |storage, partitions| {
            Box::pin(async move { storage.watermarks(&partitions).await })
        })
        .await
    }

    async fn all_watermarks(&self) -> StorageResult<Vec<(SourcePartition, Watermark)>> {
        self.call("all_watermarks", (), |storage, ()| Box::pin(async move { storage.all_watermarks().await }))
            .await
    }

    async fn account(&self) -> StorageResult<Account> {
        self.call("account", (), |storage, ()| Box::pin(async move { storage.account().await })).await
    }

    async fn statistics(&self, by: Dimension) -> StorageResult<Vec<Tally>> {
        self.call("statistics", by, |storage, by| Box::pin(async move { storage.statistics(by).await })).await
    }

    async fn history(&self, id: RecordId) -> StorageResult<Vec<HistoryEntry>> {
        self.call("history", id, |storage, id| Box::pin(async move { storage.history(id).await })).await
    }

    async fn health(&self) -> StorageResult<Vec<String>> {
        self.call("health", (), |storage, ()| Box::pin(async move { storage.health().await })).await
    }

    async fn close(&self) {
        self.storage.close().await;
    }

    fn documents(&self) -> &dyn DlqDocuments {
        self
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods, reason = "what is left out would pass by the layer, or by the storage")]
impl<L: StorageLayer> DlqDocuments for Layered<L> {
    async fn get(&self, kind: &str, id: &str) -> StorageResult<Option<Document>> {
        self.call("document_get", (kind.to_owned(), id.to_owned()), |storage, (kind, id)| {
            Box::pin(async move { storage.documents().get(&kind, &id).await })
        })
        .await
    }

    async fn put(&self, kind: &str, id: &str, json: &Value, expected: Expect) -> StorageResult<u64> {
        // Whoever expects a version that its own lost write has raised would be told that another wrote meanwhile.
        let repeatable = expected == Expect::Any;
        let arguments = (kind.to_owned(), id.to_owned(), json.clone(), expected);
        self.call_if(repeatable, "document_put", arguments, |storage, (kind, id, json, expected)| {
            Box::pin(async move { storage.documents().put(&kind, &id, &json, expected).await })
        })
        .await
    }

    async fn delete(&self, kind: &str, id: &str) -> StorageResult<bool> {
        // Made again, it finds nothing where the first has removed it.
        self.call_if(false, "document_delete", (kind.to_owned(), id.to_owned()), |storage, (kind, id)| {
            Box::pin(async move { storage.documents().delete(&kind, &id).await })
        })
        .await
    }

    async fn list(&self, kind: &str, after: Option<&str>, limit: usize) -> StorageResult<Vec<Document>> {
        let arguments = (kind.to_owned(), after.map(str::to_owned), limit);
        self.call("document_list", arguments, |storage, (kind, after, limit)| {
            Box::pin(async move { storage.documents().list(&kind, after.as_deref(), limit).await })
        })
        .await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods, reason = "what is left out would pass by the layer, or by the storage")]
impl<L: StorageLayer> DlqTransfer for Layered<L> {
    async fn wholes(&self, ids: &[RecordId]) -> StorageResult<Vec<Option<Whole>>> {
        self.call("wholes", ids.to_vec(), |storage, ids| Box::pin(async move { storage.wholes(&ids).await }))
            .await
    }

    async fn restore(&self, wholes: Vec<Whole>) -> StorageResult<Vec<StorageResult<SaveOutcome>>> {
        self.call("restore", wholes, |storage, wholes| Box::pin(async move { storage.restore(wholes).await }))
            .await
    }

    async fn open_books(
        &self,
        account: &Account,
        watermarks: &[(SourcePartition, Watermark)],
    ) -> StorageResult<()> {
        self.call("open_books", (account.clone(), watermarks.to_vec()), |storage, (account, watermarks)| {
            Box::pin(async move { storage.open_books(&account, &watermarks).await })
        })
        .await
    }

    async fn document_kinds(&self) -> StorageResult<Vec<String>> {
        self.call("document_kinds", (), |storage, ()| Box::pin(async move { storage.document_kinds().await }))
            .await
    }
}
