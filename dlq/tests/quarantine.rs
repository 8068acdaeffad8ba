//! Quarantine from the command line, on a real broker: listed, taken back, forgotten, and the books balance.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[allow(unused_imports, reason = "each test file uses its part")]
mod rig;

use std::sync::Arc;

use dlq_core::record::{Body, Captured, CapturedFrom, Content, SourcePartition};
use dlq_core::storage::{Quarantine, Quarantined};
use dlq_core::{DlqRecord, SystemClock, Timestamp, TopicName};
use dlq_kafka::quarantine::{KafkaQuarantine, QuarantineConfig};
use rig::{Cluster, Store, dlq_with, unique, wait};
use serde_json::Value;

fn record(offset: i64) -> DlqRecord {
    let from = CapturedFrom {
        source: SourcePartition {
            cluster: "c1".into(),
            topic: TopicName::new("orders-dlt").unwrap(),
            partition: 0,
        }
        .into(),
        offset,
        timestamp: Timestamp::from_millis(1_700_000_000_000),
    };
    let content = Content::pack([], Body::Null, Body::Present(b"{}")).unwrap();
    let captured = Captured { from: Some(from), content: Some(content), ..Captured::default() };
    DlqRecord::new(captured, Timestamp::from_millis(1))
}

/// Keeps these records in a topic of their own, and answers its name.
async fn keep(records: &[DlqRecord]) -> String {
    let topic = unique("quarantine");
    let config = QuarantineConfig::new(Cluster::shared().0, TopicName::new(topic.as_str()).unwrap());
    let quarantine = KafkaQuarantine::open(config, Arc::new(SystemClock)).await.unwrap();
    let reason = "too large \u{1b}[2J".to_owned();
    let refused = records.iter().map(|record| Quarantined { record: record.clone(), reason: reason.clone() });
    assert!(quarantine.keep(refused.collect()).await.iter().all(Result::is_ok));
    topic
}

#[test]
fn what_is_in_quarantine_is_listed_taken_back_and_forgotten() {
    let records: Vec<_> = (0..3).map(record).collect();
    let (topic, store) = (wait(keep(&records)), Store::sqlite());
    let settings = [("DLQ__QUARANTINE__TOPIC", topic.as_str())];
    let run = |line: &str| {
        let words: Vec<_> = std::iter::once("quarantine").chain(line.split_whitespace()).collect();
        dlq_with(&store, &words, &settings)
    };
    let json = |line: &str| -> Value { serde_json::from_str(&run(line).1).unwrap() };
    let (code, shown) = run("list");
    assert_eq!(code, Some(0));
    assert!(shown.contains("orders-dlt[0]@2") && shown.contains("too large \\u{1b}[2J"), "{shown}");
    assert!(!shown.contains('\u{1b}'));
    assert_eq!(run("list -o csv").1.lines().count(), 4);
    assert_eq!(run("import --all --dry-run").0, Some(0));

    let first = records[0].id;
    let report = json(&format!("import {first} -o json"));
    assert_eq!((&report["imported"], &report["forgotten"]), (&1.into(), &0.into()));
    let report = json("import --all --forget -o json");
    assert_eq!((&report["imported"], &report["already_there"]), (&2.into(), &1.into()));
    assert_eq!(report["forgotten"], 3);
    assert_eq!(run("list"), (Some(0), "nothing is in quarantine\n".to_owned()));
    assert_eq!(run(&format!("import {first}")).0, Some(3), "it is no longer there");
    let (code, books) = dlq_with(&store, &["account", "-o", "json"], &settings);
    let books: Value = serde_json::from_str(&books).unwrap();
    assert_eq!((code, &books["imported"], &books["stored"]), (Some(0), &3.into(), &3.into()));
}

#[test]
fn a_topic_that_was_never_needed_is_an_empty_list() {
    let store = Store::sqlite();
    let topic = unique("never-made");
    let listed = dlq_with(&store, &["quarantine", "list"], &[("DLQ__QUARANTINE__TOPIC", topic.as_str())]);
    assert_eq!(listed, (Some(0), "nothing is in quarantine\n".to_owned()));
}
