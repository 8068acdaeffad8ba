//! The reference page, written from the metrics themselves.

use std::fmt::Write;

use crate::name::{Description, Kind, Metric, Unit};

const INTRODUCTION: &str = "\
# Metrics

What `dlq serve` tells at `/metrics`, and what `dlq-metrics` tells any recorder. Base units everywhere: latencies are in
seconds, as Prometheus has it, in buckets from one millisecond to one minute; microseconds are a matter of the dashboard.
The names in OpenTelemetry are those of the last column; its exporters put the endings back.

Labels are bounded. Topics that are configured by name have series of their own from the beginning, so have the first
100 others; all that come later are told together as `other`. The same holds for dialects (50) and partitions (1000).

The numbers under `dlq_records`, `dlq_open_records` and `dlq_books` are the storage's, read every few seconds and never
while somebody waits for the page: `dlq_books_read_timestamp_seconds` tells of when they are.

<!-- Written by `cargo run -p dlq-metrics --example reference`; a test holds it current. -->

| name | kind | labels | what it tells | in OpenTelemetry |
|---|---|---|---|---|
";

/// The page in Markdown.
#[must_use]
pub fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for metric in Metric::ALL {
        // Writing into a text cannot fail.
        let _infallible = writeln!(page, "{}", row(*metric));
    }
    page
}

fn row(metric: Metric) -> String {
    let Description { name, kind, unit, labels, help } = metric.description();
    let kind = match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram(_) => "histogram",
    };
    let unit = match unit {
        Unit::Count => "",
        Unit::Bytes => ", By",
        Unit::Seconds => ", s",
        Unit::Ratio => ", 1",
    };
    let labels: Vec<_> = labels.iter().map(|label| format!("`{label}`")).collect();
    format!("| `{name}` | {kind} | {} | {help} | `{}`{unit} |", labels.join(", "), metric.dotted())
}
