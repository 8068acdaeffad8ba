//! The third contract: the store as a whole.

use std::collections::HashMap;

use async_trait::async_trait;
use dlq_core::record::RecordId;
use dlq_core::storage::transition::raise;
use dlq_core::storage::{
    Account, DlqTransfer, SaveOutcome, SourcePartition, StorageResult, Watermark, Whole,
};

use crate::error::corrupt;
use crate::operation::retry::retried;
use crate::operation::{Store, read, save};
use crate::statement::find::id_rows;
use crate::statement::{delivery, document, history, tally, watermark};
use crate::storage::SqlStorage;

#[async_trait]
impl DlqTransfer for SqlStorage {
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
        self.run(async move |store| retried!(open_books(&store, &account, &watermarks))).await
    }

    async fn document_kinds(&self) -> StorageResult<Vec<String>> {
        self.run(async move |store| document::kinds(&mut store.pools.read("document kinds").await?).await)
            .await
    }
}

/// The records first, then what belongs to them: it then tells of their versions, and perhaps of later ones, which are
/// left out.
async fn wholes(store: &Store, ids: &[RecordId]) -> StorageResult<Vec<Option<Whole>>> {
    let records = read::find(store, ids).await?;
    let mut session = store.pools.read("wholes").await?;
    let rows = id_rows(ids.iter().copied());
    let mut changes: HashMap<_, Vec<_>> = HashMap::new();
    for row in history::of_all(&mut session, &rows).await? {
        changes.entry(RecordId::from(row.record)).or_default().push(row.entry()?);
    }
    let mut deliveries: HashMap<_, Vec<_>> = HashMap::new();
    for delivery in delivery::of(&mut session, ids.iter().copied()).await? {
        deliveries.entry(delivery.record).or_default().push(delivery);
    }
    let mut returns: HashMap<_, Vec<_>> = HashMap::new();
    for row in delivery::returns_of(&mut session, &rows).await? {
        let damaged = |error| corrupt("read", "a stored return is damaged").caused_by(error);
        let attempt = u32::try_from(row.attempt).map_err(damaged)?;
        returns.entry(RecordId::from(row.record)).or_default().push((RecordId::from(row.arrival), attempt));
    }
    let whole = |record: dlq_core::DlqRecord| {
        let id = record.id;
        let mut whole = Whole {
            record,
            history: changes.get(&id).cloned().unwrap_or_default(),
            deliveries: deliveries.get(&id).cloned().unwrap_or_default(),
            returns: returns.get(&id).cloned().unwrap_or_default(),
        };
        whole.sort();
        whole
    };
    Ok(records.into_iter().map(|record| record.map(whole)).collect())
}

async fn open_books(
    store: &Store,
    account: &Account,
    watermarks: &[(SourcePartition, Watermark)],
) -> StorageResult<()> {
    let mut session = store.pools.begin("open_books").await?;
    // Whoever else opens them waits here, and then finds them open.
    session.execute(session.statement("UPDATE dlq_schema SET version = version")).await?;
    let standing = tally::sum(&mut session).await?.account([]);
    tally::add(&mut session, &raise(&standing, account)?).await?;
    watermark::replace_all(&mut session, watermarks).await?;
    session.commit().await
}
