//! `dlq serve`: captures until it is told to stop, and tells how it is.

mod asked;
mod capture;
mod health;
pub mod http;
mod quarantine;
mod shutdown;
mod watch;

use std::net::SocketAddr;
use std::sync::Arc;

use dlq_core::DlqStorage;
use dlq_core::storage::StorageCapability;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

pub use capture::capture;
pub use health::{Check, Health, Report};
pub use quarantine::open_quarantine;
pub use shutdown::on_signal;
pub use watch::watch;

use crate::config::{Config, Listen, Mistakes};
use crate::storage::{self, Opener};
use http::{Listening, Shown};

/// Captures until SIGTERM or SIGINT: it is then no longer ready, and what was captured is stored and committed. A second
/// signal ends the process at once.
///
/// # Errors
/// [`Mistakes`] where it cannot listen, or keep quarantine, as configured; nothing has begun then. The storage evicts, or
/// does not answer at the start; once it has, capture goes on through outages of storage and Kafka. Or the end took too
/// long: what is not committed is captured again.
pub async fn serve(config: &Config) -> anyhow::Result<()> {
    let shown = Shown::new(config);
    let _listening = listen(config, &shown).await?;
    let storage = storage::open(&config.storage, Opener::Server).await?;
    let storage = asked::by_a_server(storage, config, shown.observers())?;
    examine(&*storage).await?;
    let stop = CancellationToken::new();
    on_signal(stop.clone())?;
    let quarantine = open_quarantine(config, &stop).await?;
    shown.health.start();
    let _watching = watch(Arc::clone(&storage), shown.clone());
    let _stopping = not_ready_from(stop.clone(), Arc::clone(&shown.health));
    let captured = capture(config, Arc::clone(&storage), quarantine, shown.observers(), stop).await;
    storage.close().await;
    captured?;
    tracing::info!("stopped: everything captured is stored and committed, or will be captured again");
    Ok(())
}

/// Tells over HTTP how it is, where that is wanted.
async fn listen(config: &Config, shown: &Shown) -> Result<Option<Listening>, Mistakes> {
    let pages = || http::pages(shown.clone());
    let listening = match config.server.listen {
        Some(Listen(None)) => return Ok(None),
        Some(Listen(Some(address))) => http::listen(address, pages()).await?,
        None => match http::listen(Listen::USUAL, pages()).await {
            Ok(listening) => listening,
            // Two servers on one machine, and no one said where the second is to be asked.
            Err(_) => http::listen(SocketAddr::new(Listen::USUAL.ip(), 0), pages()).await?,
        },
    };
    tracing::info!(address = %listening.address, "told there: /metrics, /livez, /readyz, /startupz");
    Ok(Some(listening))
}

fn not_ready_from(stop: CancellationToken, health: Arc<Health>) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(async move {
        stop.cancelled().await;
        health.stop();
    }))
}

/// Whether dead letters can be entrusted to a storage; what an operator should know of it is told.
async fn examine(storage: &dyn DlqStorage) -> anyhow::Result<()> {
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
    Ok(())
}
