//! [`Store`]: what all operations share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dlq_core::storage::StorageResult;
use dlq_core::{Clock, Timestamp};

use tokio::sync::OnceCell;

use crate::config::SqlConfig;
use crate::driver::{Pools, Session};
use crate::row::Text;
use crate::schema;
use crate::statement::tally;

/// After how many batches the counters are folded: few enough that reading them stays quick.
const FOLD_AFTER: u64 = 256;

/// The connections, the clock, and when to fold.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) pools: Pools,
    /// Full once the lanes have their index.
    lanes: OnceCell<()>,
    clock: Option<Arc<dyn Clock>>,
    batches: AtomicU64,
}

impl Store {
    pub(crate) async fn connect(config: &SqlConfig) -> StorageResult<Self> {
        let pools = Pools::connect(config).await?;
        schema::migrate(&pools, config.schema.as_deref()).await?;
        let (lanes, batches) = (OnceCell::new(), AtomicU64::new(0));
        let store = Self { pools, lanes, clock: config.clock.clone(), batches };
        store.fold().await?;
        Ok(store)
    }

    /// Makes sure that the lanes have their index: it is made for the first claim in key order.
    pub(crate) async fn index_lanes(&self) -> StorageResult<()> {
        self.lanes.get_or_try_init(|| schema::index_lanes(&self.pools)).await.copied()
    }

    /// A transaction, and the time by the clock that rules: the configured one, or the database's.
    pub(crate) async fn begin(&self, operation: &'static str) -> StorageResult<(Session, Timestamp)> {
        match &self.clock {
            Some(clock) => self.pools.begin(operation).await.map(|session| (session, clock.now())),
            None => self.pools.begin_by_its_clock(operation).await,
        }
    }

    /// Tells that a batch added to the counters. Every so often they are folded, in a task of their own.
    pub(crate) fn counted(self: &Arc<Self>) {
        if self.batches.fetch_add(1, Ordering::Relaxed) % FOLD_AFTER == FOLD_AFTER - 1 {
            let store = Arc::clone(self);
            tokio::spawn(async move {
                if let Err(error) = store.fold().await {
                    tracing::warn!(%error, "the counters could not be folded; they are right all the same");
                }
            });
        }
    }

    async fn fold(&self) -> StorageResult<()> {
        let mut session = self.pools.begin("fold counters").await?;
        tally::fold(&mut session).await?;
        session.commit().await
    }

    /// Writes what stands anyway, and tells what endangers what is written.
    pub(crate) async fn health(&self) -> StorageResult<Vec<String>> {
        let mut session = self.pools.begin("health").await?;
        session.execute(session.statement("UPDATE dlq_schema SET version = version")).await?;
        let warnings: Vec<Text> = match session.dialect.unsafe_settings {
            Some(text) => session.fetch(session.statement(text)).await?,
            None => Vec::new(),
        };
        session.commit().await?;
        Ok(warnings.into_iter().map(|warning| warning.text).collect())
    }
}
