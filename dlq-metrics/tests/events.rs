//! What happens is counted under the right name, and nothing that others make up makes series without end.
#![cfg(feature = "prometheus")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use dlq_core::engine::gate::Rule;
use dlq_core::record::{DlqRecord, RecordId};
use dlq_core::{DlqEvent, Observer, Timestamp, TopicName};
use dlq_metrics::{Kind, Metric, Metrics};

fn topic(name: &str) -> TopicName {
    TopicName::new(name).unwrap()
}

fn id() -> RecordId {
    DlqRecord::new(dlq_core::record::Captured::default(), Timestamp::from_millis(1)).id
}

fn told(events: &[DlqEvent<'_>]) -> String {
    let metrics = Metrics::new(&[]);
    events.iter().for_each(|event| metrics.on(event));
    metrics.render()
}

/// The number of a series.
#[track_caller]
fn value(page: &str, series: &str) -> f64 {
    let line = page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {series} in {page}")).parse().unwrap()
}

fn series(page: &str, metric: Metric) -> usize {
    let start = format!("{}{{", metric.name());
    page.lines().filter(|line| line.starts_with(&start)).count()
}

#[test]
fn what_is_captured_is_counted_by_topic_and_by_dialect() {
    let orders = topic("orders-dlt");
    let captured = |dialect| DlqEvent::Captured { topic: &orders, dialect, records: 3, bytes: 700 };
    let page = told(&[captured(Some("spring")), captured(Some("spring")), captured(None)]);
    assert_eq!(value(&page, r#"dlq_captured_records_total{topic="orders-dlt"}"#), 9.0);
    assert_eq!(value(&page, r#"dlq_captured_bytes_total{topic="orders-dlt"}"#), 2_100.0);
    assert_eq!(value(&page, r#"dlq_dialect_records_total{dialect="spring"}"#), 6.0);
    assert_eq!(value(&page, r#"dlq_unrecognised_records_total{topic="orders-dlt"}"#), 3.0);
}

#[test]
fn batches_tell_how_full_they_and_the_buffer_are() {
    let page = told(&[DlqEvent::Batched { records: 250, capacity: 1_000, buffered: 30, budget: 40 }]);
    assert_eq!(value(&page, "dlq_batch_records_sum"), 250.0);
    assert_eq!(value(&page, r#"dlq_batch_fill_ratio_bucket{le="0.3"}"#), 1.0);
    assert_eq!(value(&page, r#"dlq_batch_fill_ratio_bucket{le="0.2"}"#), 0.0);
    assert_eq!(value(&page, "dlq_buffer_used_bytes"), 30.0);
    assert_eq!(value(&page, "dlq_buffer_utilisation_ratio"), 0.75);
}

#[test]
fn calls_of_the_storage_are_timed_by_method_and_counted_by_kind_of_error() {
    let asked =
        |operation, error| DlqEvent::StorageAsked { operation, took: Duration::from_millis(3), error };
    let page = told(&[asked("claim", None), asked("claim", Some("timeout")), asked("page", Some("timeout"))]);
    assert_eq!(value(&page, r#"dlq_storage_call_duration_seconds_count{operation="claim"}"#), 2.0);
    assert_eq!(value(&page, r#"dlq_storage_call_duration_seconds_bucket{operation="page",le="0.005"}"#), 1.0);
    assert_eq!(value(&page, r#"dlq_storage_call_errors_total{operation="claim",kind="timeout"}"#), 1.0);
    assert_eq!(series(&page, Metric::StorageCallErrors), 2);
}

#[test]
fn a_storage_that_does_not_answer_opens_the_breaker_until_it_does() {
    let error = std::io::Error::other("away");
    let unavailable = || DlqEvent::StoreUnavailable { error: &error, retry_in: Duration::from_secs(1) };
    let stored = DlqEvent::Stored {
        new: 5,
        already_there: 2,
        returned: 1,
        took: Duration::from_millis(3),
        bytes: 900,
        latency: Duration::from_millis(70),
    };
    let page = told(&[unavailable(), unavailable()]);
    assert_eq!(
        (value(&page, "dlq_storage_breaker_open"), value(&page, "dlq_store_retries_total")),
        (1.0, 2.0)
    );
    let page = told(&[unavailable(), stored]);
    assert_eq!(value(&page, "dlq_storage_breaker_open"), 0.0);
    assert_eq!(value(&page, "dlq_stored_records_total"), 5.0);
    assert_eq!(value(&page, "dlq_duplicate_records_total"), 2.0);
    assert_eq!(value(&page, "dlq_returned_records_total"), 1.0);
    assert_eq!(value(&page, r#"dlq_store_duration_seconds_bucket{le="0.005"}"#), 1.0);
    assert_eq!(value(&page, r#"dlq_capture_latency_seconds_bucket{le="0.05"}"#), 0.0);
    assert_eq!(value(&page, r#"dlq_capture_latency_seconds_bucket{le="0.1"}"#), 1.0);
}

#[test]
fn what_needs_a_person_is_counted() {
    let (orders, error) = (topic("orders-dlt"), std::io::Error::other("no"));
    let page = told(&[
        DlqEvent::Refused { record: id(), error: &error },
        DlqEvent::Quarantined { record: id(), reason: "too large" },
        DlqEvent::Missing { topic: &orders, partition: 0, from: 10, to: 25 },
        DlqEvent::SourceStopped { error: &error, again_in: Duration::from_secs(1) },
        DlqEvent::Paused,
        DlqEvent::Claimed { records: 4 },
        DlqEvent::SentHome { record: id() },
        DlqEvent::SendFailed { record: id(), reason: "gone" },
    ]);
    for (series, number) in [
        ("dlq_refused_records_total", 1.0),
        ("dlq_quarantined_records_total", 1.0),
        (r#"dlq_missing_offsets_total{topic="orders-dlt"}"#, 15.0),
        ("dlq_source_restarts_total", 1.0),
        ("dlq_capture_paused", 1.0),
        ("dlq_redrive_attempts_total", 4.0),
        ("dlq_redrive_delivered_total", 1.0),
        ("dlq_redrive_failed_total", 1.0),
    ] {
        assert_eq!(value(&page, series), number, "{series}");
    }
}

#[test]
fn what_gates_drop_and_turn_away_is_counted_by_rule_from_nothing_on() {
    let page = told(&[
        DlqEvent::Dropped { rule: "pending", records: 7 },
        DlqEvent::Dropped { rule: "pending", records: 2 },
        DlqEvent::TurnedAway { rule: "breaker", records: 5 },
        DlqEvent::TurnedAway { rule: "a rule that is none of ours", records: 3 },
    ]);
    assert_eq!(value(&page, r#"dlq_dropped_records_total{rule="pending"}"#), 9.0);
    assert_eq!(value(&page, r#"dlq_dropped_records_total{rule="cpu"}"#), 0.0);
    assert_eq!(value(&page, r#"dlq_turned_away_records_total{rule="breaker"}"#), 5.0);
    assert_eq!(value(&page, r#"dlq_turned_away_records_total{rule="other"}"#), 3.0);
    assert_eq!(series(&page, Metric::DroppedRecords), Rule::ALL.len());
}

#[test]
fn lag_is_told_by_partition_and_is_nobodys_after_a_rebalance() {
    let orders = topic("orders-dlt");
    let lag = |partition, offsets| DlqEvent::Lag { topic: &orders, partition, offsets };
    let before = [lag(0, 7), lag(1, 9), lag(0, 5)];
    let page = told(&before);
    assert_eq!(value(&page, r#"dlq_capture_lag_offsets{topic="orders-dlt",partition="0"}"#), 5.0);
    let after = [DlqEvent::Assigned { partitions: 1 }, lag(1, 8)];
    let page = told(&[&before[..], &after[..]].concat());
    assert_eq!(value(&page, "dlq_assigned_partitions"), 1.0);
    assert_eq!(value(&page, r#"dlq_capture_lag_offsets{topic="orders-dlt",partition="0"}"#), 0.0);
    assert_eq!(value(&page, r#"dlq_capture_lag_offsets{topic="orders-dlt",partition="1"}"#), 8.0);
}

#[test]
fn ten_thousand_topics_make_a_bounded_number_of_series_and_lose_nothing() {
    let metrics = Metrics::new(&[topic("named-beforehand")]);
    for number in 0..10_000_u64 {
        let (topic, dialect) = (topic(&format!("topic-{number}")), format!("dialect-{number}"));
        metrics.on(&DlqEvent::Captured { topic: &topic, dialect: Some(&dialect), records: 1, bytes: 1 });
        metrics.on(&DlqEvent::Lag { topic: &topic, partition: 0, offsets: 2 });
    }
    metrics.on(&DlqEvent::Captured {
        topic: &topic("named-beforehand"),
        dialect: None,
        records: 8,
        bytes: 1,
    });
    let page = metrics.render();
    assert_eq!(value(&page, r#"dlq_captured_records_total{topic="named-beforehand"}"#), 8.0);
    assert_eq!(value(&page, r#"dlq_captured_records_total{topic="other"}"#), 9_900.0);
    assert_eq!(series(&page, Metric::CapturedRecords), 102);
    assert_eq!(series(&page, Metric::DialectRecords), 51);
    assert_eq!(series(&page, Metric::Lag), 1_001);
    assert_eq!(value(&page, r#"dlq_capture_lag_offsets{topic="other",partition="other"}"#), 18_000.0);
}

#[test]
fn every_page_tells_what_runs_and_what_it_takes() {
    let page = told(&[]);
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(value(&page, &format!(r#"dlq_build_info{{version="{version}"}}"#)), 1.0);
    #[cfg(feature = "process")]
    assert!(value(&page, "process_resident_memory_bytes") > 0.0);
    assert!(page.contains("# HELP dlq_stored_records_total Records written for the first time."), "{page}");
}

#[test]
fn two_of_them_do_not_disturb_each_other() {
    let (one, other) = (Metrics::new(&[]), Metrics::new(&[]));
    one.on(&DlqEvent::Claimed { records: 4 });
    assert_eq!(value(&one.render(), "dlq_redrive_attempts_total"), 4.0);
    assert_eq!(value(&other.render(), "dlq_redrive_attempts_total"), 0.0);
}

#[test]
fn histograms_have_the_buckets_that_they_are_described_with() {
    let asked = DlqEvent::StorageAsked { operation: "page", took: Duration::ZERO, error: None };
    let page = told(&[DlqEvent::Batched { records: 1, capacity: 1, buffered: 1, budget: 1 }, asked]);
    for metric in Metric::ALL {
        let Kind::Histogram(bounds) = metric.description().kind else { continue };
        let start = format!("{}_bucket", metric.name());
        let buckets = page.lines().filter(|line| line.starts_with(&start)).count();
        assert_eq!(buckets, bounds.len() + 1, "{}", metric.name());
    }
}
