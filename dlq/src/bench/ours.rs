//! One measured run of the product: what `dlq serve` does, until everything is stored and committed.

use std::sync::Arc;

use dlq_core::storage::QueryCriteria;
use dlq_core::{DlqStorage, Observers};

use super::assignment::Ran;
use super::held::Held;
use super::meter::Meter;
use super::standstill::Standstill;
use crate::config::Config;
use crate::serve;
use crate::storage::{self, Opener};

/// Captures the topic.
pub(super) async fn run(
    config: &Config,
    meter: &Arc<Meter>,
    standstill: Option<Arc<Standstill>>,
) -> anyhow::Result<Ran> {
    let mut storage = storage::open(&config.storage, Opener::Server).await?;
    if let Some(standstill) = standstill {
        storage = Arc::new(Held { inner: storage, standstill }) as Arc<dyn DlqStorage>;
    }
    let observers = Observers::default().with(Arc::clone(meter) as _);
    serve::capture(config, Arc::clone(&storage), None, observers, meter.all_stored().clone()).await?;
    let measurement = meter.measurement()?;
    let records = storage.count(&QueryCriteria::default(), u64::MAX).await?.records;
    Ok(Ran { measurement, records })
}
