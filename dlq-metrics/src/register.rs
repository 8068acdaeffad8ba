//! From a [`Metric`] to a handle of a recorder.

use std::fmt;
use std::sync::Arc;

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder};

use crate::name::{Kind, Metric, Unit};

static METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, Some(module_path!()));

/// Where numbers go: a recorder of the `metrics` crate. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Register(Arc<dyn Recorder + Send + Sync>);

/// Tells a recorder what every metric is.
pub(crate) fn describe(recorder: &dyn Recorder) {
    for metric in Metric::ALL {
        let about = metric.description();
        let unit = match about.unit {
            Unit::Count => Some(metrics::Unit::Count),
            Unit::Bytes => Some(metrics::Unit::Bytes),
            Unit::Seconds => Some(metrics::Unit::Seconds),
            Unit::Ratio => None,
        };
        let (name, help) = (about.name.into(), about.help.into());
        match about.kind {
            Kind::Counter => recorder.describe_counter(name, unit, help),
            Kind::Gauge => recorder.describe_gauge(name, unit, help),
            Kind::Histogram(_) => recorder.describe_histogram(name, unit, help),
        }
    }
}

impl Register {
    /// Tells this recorder, and what each metric is at first.
    #[must_use]
    pub(crate) fn new(recorder: Arc<dyn Recorder + Send + Sync>) -> Self {
        describe(&*recorder);
        Self(recorder)
    }

    /// A counter; `labels` in the order of its description.
    pub(crate) fn counter(&self, metric: Metric, labels: &[&str]) -> Counter {
        debug_assert_eq!(metric.description().kind, Kind::Counter, "{metric:?}");
        self.0.register_counter(&key(metric, labels), &METADATA)
    }

    /// A gauge; `labels` in the order of its description.
    pub(crate) fn gauge(&self, metric: Metric, labels: &[&str]) -> Gauge {
        debug_assert_eq!(metric.description().kind, Kind::Gauge, "{metric:?}");
        self.0.register_gauge(&key(metric, labels), &METADATA)
    }

    /// A histogram; `labels` in the order of its description.
    pub(crate) fn histogram(&self, metric: Metric, labels: &[&str]) -> Histogram {
        debug_assert!(matches!(metric.description().kind, Kind::Histogram(_)), "{metric:?}");
        self.0.register_histogram(&key(metric, labels), &METADATA)
    }
}

fn key(metric: Metric, labels: &[&str]) -> Key {
    let about = metric.description();
    debug_assert_eq!(about.labels.len(), labels.len(), "{metric:?} has the labels {:?}", about.labels);
    let labels = about.labels.iter().zip(labels).map(|(name, value)| Label::new(*name, (*value).to_owned()));
    Key::from_parts(about.name, labels.collect::<Vec<_>>())
}

impl fmt::Debug for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Register")
    }
}

/// A count as the floating point number that gauges and histograms are; beyond 2⁵³ the last digits are lost.
#[must_use]
pub(crate) const fn float(count: u64) -> f64 {
    count as f64
}
