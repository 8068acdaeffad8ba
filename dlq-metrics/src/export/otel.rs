//! [`OpenTelemetry`]: the same numbers through an OpenTelemetry meter.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString,
};
use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;

use crate::name::{Kind, Metric, Unit};

/// A recorder that tells an OpenTelemetry meter, under the [dotted](Metric::dotted) names. Which exporter stands behind
/// the meter, and how often it exports, is its provider's to say.
///
/// It knows the metrics of this crate only: all else is dropped.
pub struct OpenTelemetry {
    meter: Meter,
    counters: Kept<Counter>,
    gauges: Kept<Gauge>,
    histograms: Kept<Histogram>,
}

impl OpenTelemetry {
    /// Tells this meter.
    #[must_use]
    pub fn new(meter: Meter) -> Self {
        Self { meter, counters: Kept::new(), gauges: Kept::new(), histograms: Kept::new() }
    }

    fn counter(&self, key: &Key, metric: Metric) -> Counter {
        let builder = self.meter.u64_counter(metric.dotted()).with_description(metric.description().help);
        let counter = builder.with_unit(unit(metric)).build();
        Counter::from_arc(Arc::new(Counting { counter, labels: labels(key), told: AtomicU64::new(0) }))
    }

    fn gauge(&self, key: &Key, metric: Metric) -> Gauge {
        let builder = self.meter.f64_gauge(metric.dotted()).with_description(metric.description().help);
        let gauge = builder.with_unit(unit(metric)).build();
        Gauge::from_arc(Arc::new(Standing { gauge, labels: labels(key), bits: AtomicU64::new(0) }))
    }

    fn histogram(&self, key: &Key, metric: Metric) -> Histogram {
        let about = metric.description();
        let builder = self.meter.f64_histogram(metric.dotted()).with_description(about.help);
        let builder = builder.with_unit(unit(metric));
        let histogram = match about.kind {
            Kind::Histogram(bounds) => builder.with_boundaries(bounds.to_vec()).build(),
            Kind::Counter | Kind::Gauge => builder.build(),
        };
        Histogram::from_arc(Arc::new(Measuring { histogram, labels: labels(key) }))
    }
}

/// Handles that were given out: whoever asks again goes on where the first one stands.
struct Kept<H>(Mutex<HashMap<Key, H>>);

impl<H: Clone> Kept<H> {
    fn new() -> Self {
        Self(Mutex::default())
    }

    fn handle(&self, key: &Key, make: impl FnOnce() -> H) -> H {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.entry(key.to_retained()).or_insert_with(make).clone()
    }
}

impl Recorder for OpenTelemetry {
    /// Nothing: instruments bring their descriptions along.
    fn describe_counter(&self, _: KeyName, _: Option<metrics::Unit>, _: SharedString) {}

    /// Nothing, as for counters.
    fn describe_gauge(&self, _: KeyName, _: Option<metrics::Unit>, _: SharedString) {}

    /// Nothing, as for counters.
    fn describe_histogram(&self, _: KeyName, _: Option<metrics::Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let Some(metric) = named(key) else { return Counter::noop() };
        self.counters.handle(key, || self.counter(key, metric))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        let Some(metric) = named(key) else { return Gauge::noop() };
        self.gauges.handle(key, || self.gauge(key, metric))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        let Some(metric) = named(key) else { return Histogram::noop() };
        self.histograms.handle(key, || self.histogram(key, metric))
    }
}

impl fmt::Debug for OpenTelemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenTelemetry")
    }
}

fn named(key: &Key) -> Option<Metric> {
    Metric::ALL.iter().copied().find(|metric| metric.name() == key.name())
}

fn labels(key: &Key) -> Vec<KeyValue> {
    key.labels().map(|label| KeyValue::new(label.key().to_owned(), label.value().to_owned())).collect()
}

const fn unit(metric: Metric) -> &'static str {
    match metric.description().unit {
        Unit::Count => "{count}",
        Unit::Bytes => "By",
        Unit::Seconds => "s",
        Unit::Ratio => "1",
    }
}

/// A counter with its labels.
struct Counting {
    counter: opentelemetry::metrics::Counter<u64>,
    labels: Vec<KeyValue>,
    /// What was told so far, for those who know the total only.
    told: AtomicU64,
}

impl CounterFn for Counting {
    fn increment(&self, value: u64) {
        self.told.fetch_add(value, Ordering::Relaxed);
        self.counter.add(value, &self.labels);
    }

    fn absolute(&self, value: u64) {
        let before = self.told.fetch_max(value, Ordering::Relaxed);
        self.counter.add(value.saturating_sub(before), &self.labels);
    }
}

/// A gauge with its labels, and where it stands: OpenTelemetry's can only be set.
struct Standing {
    gauge: opentelemetry::metrics::Gauge<f64>,
    labels: Vec<KeyValue>,
    bits: AtomicU64,
}

impl Standing {
    fn change(&self, change: impl Fn(f64) -> f64) {
        let changed = |bits| Some(change(f64::from_bits(bits)).to_bits());
        if let Ok(before) = self.bits.fetch_update(Ordering::Relaxed, Ordering::Relaxed, changed) {
            self.gauge.record(change(f64::from_bits(before)), &self.labels);
        }
    }
}

impl GaugeFn for Standing {
    fn increment(&self, value: f64) {
        self.change(|before| before + value);
    }

    fn decrement(&self, value: f64) {
        self.change(|before| before - value);
    }

    fn set(&self, value: f64) {
        self.change(|_| value);
    }
}

/// A histogram with its labels.
struct Measuring {
    histogram: opentelemetry::metrics::Histogram<f64>,
    labels: Vec<KeyValue>,
}

impl HistogramFn for Measuring {
    fn record(&self, value: f64) {
        self.histogram.record(value, &self.labels);
    }
}
