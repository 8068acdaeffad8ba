//! The same numbers through an OpenTelemetry meter.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use dlq_core::{DlqEvent, Observer, TopicName};
use dlq_metrics::{Listener, OpenTelemetry};
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};

#[test]
fn events_arrive_under_their_dotted_names_with_labels_and_units() {
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter.clone()).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    let listener = Listener::new(Arc::new(OpenTelemetry::new(provider.meter("dlq"))), &[]);
    let topic = TopicName::new("orders-dlt").unwrap();
    let captured = DlqEvent::Captured { topic: &topic, dialect: None, records: 3, bytes: 700 };
    listener.on(&captured);
    listener.on(&captured);
    listener.on(&DlqEvent::Lag { topic: &topic, partition: 2, offsets: 9 });
    listener.on(&DlqEvent::Lag { topic: &topic, partition: 2, offsets: 4 });
    provider.force_flush().unwrap();

    let exported = exporter.get_finished_metrics().unwrap();
    let last = exported.last().unwrap();
    let metrics: Vec<_> = last.scope_metrics().flat_map(|scope| scope.metrics()).collect();
    let named = |name: &str| *metrics.iter().find(|metric| metric.name() == name).expect(name);
    let AggregatedMetrics::U64(MetricData::Sum(bytes)) = named("dlq.captured").data() else { panic!() };
    let point = bytes.data_points().next().unwrap();
    let labels: Vec<_> = point.attributes().map(|label| format!("{}={}", label.key, label.value)).collect();
    assert_eq!((point.value(), labels), (1_400, vec!["topic=orders-dlt".to_owned()]));
    assert_eq!(named("dlq.captured").unit(), "By");
    let AggregatedMetrics::F64(MetricData::Gauge(lag)) = named("dlq.capture.lag.offsets").data() else {
        panic!()
    };
    assert_eq!(lag.data_points().next().unwrap().value(), 4.0);
}
