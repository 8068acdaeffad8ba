//! What is asked again and again, so that nobody who looks has to wait.

use std::sync::Arc;
use std::time::Duration;

use dlq_core::DlqStorage;
use dlq_core::storage::StorageResult;
use dlq_core::storage::layer::Layers;
use dlq_metrics::Metrics;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::task::AbortOnDropHandle;

use super::http::Shown;

/// How often the storage is asked how it is and what it holds.
const EVERY: Duration = Duration::from_secs(5);
/// How long it may take to answer a call.
const ANSWER: Duration = Duration::from_secs(5);

/// Asks the storage how it is and what it holds, again and again, until the handle is dropped.
pub fn watch(storage: Arc<dyn DlqStorage>, shown: Shown) -> AbortOnDropHandle<()> {
    let storage = Layers::around(storage).timeout(ANSWER).build();
    AbortOnDropHandle::new(tokio::spawn(async move {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            look(&*storage, &shown).await;
        }
    }))
}

async fn look(storage: &dyn DlqStorage, Shown { health, metrics }: &Shown) {
    metrics.upkeep();
    match ask(storage, metrics).await {
        Ok(()) => health.storage_answers(),
        Err(error) => health.storage_is_away(error),
    }
}

async fn ask(storage: &dyn DlqStorage, metrics: &Metrics) -> StorageResult<()> {
    storage.health().await?;
    metrics.read_books(storage).await
}
