//! `dlq serve`: captures until it is told to stop.

mod capture;
mod quarantine;
mod shutdown;

use std::sync::Arc;

use dlq_core::storage::StorageCapability;
use dlq_core::{DlqStorage, Observers};
use tokio_util::sync::CancellationToken;

pub use capture::capture;
pub use quarantine::open_quarantine;
pub use shutdown::on_signal;

use crate::config::Config;

/// Captures until SIGTERM or SIGINT: what was captured is then stored and committed. A second signal ends the process
/// at once.
///
/// # Errors
/// What is configured for quarantine cannot be, the storage evicts, or does not answer at the start; once it has, capture
/// goes on through outages of storage and Kafka. Or the end took too long: what is not committed is captured again.
pub async fn serve(config: &Config, storage: Arc<dyn DlqStorage>) -> anyhow::Result<()> {
    let StorageCapability { name, durable, evicts, .. } = *storage.capability();
    anyhow::ensure!(
        !evicts,
        "the storage ({name}) drops records of its own accord: a store that evicts is refused"
    );
    if !durable {
        tracing::warn!(name, "the storage keeps nothing once this process ends");
    }
    for advice in storage.health().await? {
        tracing::warn!(advice, "about the storage");
    }
    let stop = CancellationToken::new();
    on_signal(stop.clone())?;
    let quarantine = open_quarantine(config, &stop).await?;
    capture(config, storage, quarantine, Observers::default(), stop).await?;
    tracing::info!("stopped: everything captured is stored and committed, or will be captured again");
    Ok(())
}
