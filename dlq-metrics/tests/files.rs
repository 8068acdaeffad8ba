//! The dashboard, the alerts and the reference name only metrics that exist, as they are.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::HashSet;
use std::fs::read_to_string;
use std::path::PathBuf;

use dlq_metrics::{Kind, Metric, reference};
use regex::Regex;
use serde_json::Value;

fn read(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file);
    read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every name that a metric may have on a page: a histogram has three.
fn names() -> HashSet<String> {
    let names = |metric: &Metric| match metric.description().kind {
        Kind::Histogram(_) => {
            ["_bucket", "_sum", "_count"].map(|end| format!("{}{end}", metric.name())).to_vec()
        }
        Kind::Counter | Kind::Gauge => vec![metric.name().to_owned()],
    };
    Metric::ALL.iter().flat_map(names).collect()
}

/// The metrics that a text names.
fn named(text: &str) -> HashSet<String> {
    let name = Regex::new(r"\b(?:dlq|process)_[a-z_]+\b").unwrap();
    name.find_iter(text).map(|found| found.as_str().to_owned()).collect()
}

fn dashboard() -> Value {
    serde_json::from_str(&read("dashboards/dlq.json")).unwrap()
}

/// What stands under a key, anywhere.
fn under<'v>(value: &'v Value, key: &str) -> Vec<&'v Value> {
    match value {
        Value::Object(map) => {
            let here = map.get(key).into_iter();
            here.chain(map.values().flat_map(|value| under(value, key))).collect()
        }
        Value::Array(items) => items.iter().flat_map(|value| under(value, key)).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn the_dashboard_asks_for_metrics_that_exist() {
    let dashboard = dashboard();
    let asked: HashSet<_> =
        under(&dashboard, "expr").into_iter().flat_map(|expr| named(expr.as_str().unwrap())).collect();
    assert!(asked.len() > 30, "{asked:?}");
    assert_eq!(asked.difference(&names()).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn the_dashboard_asks_which_prometheus_to_use() {
    let dashboard = dashboard();
    let sources = under(&dashboard, "datasource");
    assert!(!sources.is_empty());
    for source in sources {
        assert_eq!(source["uid"], "${datasource}");
    }
    assert_eq!(dashboard["templating"]["list"][0]["type"], "datasource");
}

#[test]
fn the_alerts_ask_for_metrics_that_exist() {
    let asked = named(&read("alerts/dlq.yaml"));
    assert!(asked.len() > 10, "{asked:?}");
    assert_eq!(asked.difference(&names()).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn the_reference_page_is_current() {
    let current = reference::page();
    assert!(
        read("../docs/metrics.md") == current,
        "write it anew: cargo run -p dlq-metrics --example reference > docs/metrics.md"
    );
}
