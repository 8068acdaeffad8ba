//! [`Prometheus`]: the numbers as a page that Prometheus reads.

use std::sync::Arc;

use metrics::Recorder;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use crate::name::{Kind, Metric};

/// The media type of the page.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Keeps numbers and writes them on a page. It is nobody's global recorder, so that any number of them can stand side by
/// side in a process.
#[derive(Clone, Debug)]
pub struct Prometheus {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
}

impl Prometheus {
    /// Holds nothing yet.
    ///
    /// # Panics
    /// Never: only a histogram without buckets could make it.
    #[must_use]
    pub fn new() -> Self {
        let mut builder = PrometheusBuilder::new();
        for metric in Metric::ALL {
            if let Kind::Histogram(bounds) = metric.description().kind {
                let name = Matcher::Full(metric.name().to_owned());
                builder = builder.set_buckets_for_metric(name, bounds).expect("every histogram has buckets");
            }
        }
        let recorder = Arc::new(builder.build_recorder());
        Self { handle: recorder.handle(), recorder }
    }

    /// Where to tell the numbers.
    #[must_use]
    pub fn recorder(&self) -> Arc<dyn Recorder + Send + Sync> {
        Arc::clone(&self.recorder) as _
    }

    /// The page, in Prometheus' text format.
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// Sorts what was measured into the buckets of histograms, which rendering does, too. Call it every few seconds where
    /// it may be that nobody asks for the page, or the measurements pile up.
    pub fn upkeep(&self) {
        self.handle.run_upkeep();
    }
}

impl Default for Prometheus {
    fn default() -> Self {
        Self::new()
    }
}
