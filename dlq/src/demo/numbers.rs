//! [`Numbers`]: what happens in the demo, as Prometheus would read it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use dlq_core::{DlqStorage, Observers};
use dlq_metrics::Metric;
use tokio_util::task::AbortOnDropHandle;

use super::headline;
use crate::config::Config;
use crate::output::Output;
use crate::serve::http::{self, Listening, Shown};
use crate::serve::watch;

/// What is shown at the end.
const SHOWN: [Metric; 6] = [
    Metric::StoredRecords,
    Metric::StoredBytes,
    Metric::CaptureLatency,
    Metric::RedriveDelivered,
    Metric::BooksDifference,
    Metric::ProcessResident,
];

/// Counts, and tells at a port that is free.
#[derive(Debug)]
pub(super) struct Numbers {
    shown: Shown,
    listening: Listening,
    _watching: AbortOnDropHandle<()>,
}

impl Numbers {
    /// Begins to count and to tell.
    ///
    /// # Errors
    /// No port of loopback is free.
    pub(super) async fn start(config: &Config, storage: &Arc<dyn DlqStorage>) -> anyhow::Result<Self> {
        let shown = Shown::new(config);
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listening = http::listen(anywhere, http::pages(shown.clone())).await?;
        shown.health.start();
        let watching = watch(Arc::clone(storage), shown.clone());
        Ok(Self { shown, listening, _watching: watching })
    }

    /// Where it tells.
    #[must_use]
    pub(super) fn url(&self) -> String {
        format!("http://{}/metrics", self.listening.address)
    }

    /// Those who hear of what happens.
    #[must_use]
    pub(super) fn observers(&self) -> Observers {
        self.shown.observers()
    }

    /// Shows a handful.
    pub(super) async fn print(
        &self,
        storage: &dyn DlqStorage,
        output: &mut Output<'_>,
    ) -> anyhow::Result<()> {
        headline(
            output,
            "8  In numbers",
            "curl http://127.0.0.1:9099/metrics, or Grafana with dashboards/dlq.json",
        )?;
        self.shown.metrics.read_books(storage).await?;
        let page = self.shown.metrics.render();
        for metric in SHOWN {
            page.lines().filter(|line| is_of(metric, line)).try_for_each(|line| output.line(line))?;
        }
        Ok(())
    }
}

/// Of a histogram only sum and count; buckets are for machines.
fn is_of(metric: Metric, line: &str) -> bool {
    let name = line.split(['{', ' ']).next().unwrap_or_default();
    name.trim_end_matches("_sum").trim_end_matches("_count") == metric.name()
}
