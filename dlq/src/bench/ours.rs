//! One measured run of the product: what `dlq serve` does, until everything is stored and committed.

use std::sync::Arc;

use dlq_core::Observers;
use dlq_core::storage::QueryCriteria;

use super::assignment::Assignment;
use super::meter::{Measurement, Meter};
use crate::config::Config;
use crate::serve;
use crate::storage::{self, Opener};

/// Captures the topic; answers what it cost, and how many records the storage has.
pub(super) async fn run(assignment: &Assignment, config: &Config) -> anyhow::Result<(Measurement, u64)> {
    let storage = storage::open(&config.storage, Opener::Server).await?;
    let meter = Arc::new(Meter::start(assignment.records)?);
    let observers = Observers::default().with(Arc::clone(&meter) as _);
    serve::capture(config, Arc::clone(&storage), None, observers, meter.all_stored().clone()).await?;
    let measurement = meter.measurement()?;
    let rows = storage.count(&QueryCriteria::default(), u64::MAX).await?;
    Ok((measurement, rows.records))
}
