//! `dlq bench` on a real broker: every store is measured, and both programs write rows of the same size.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

#[allow(unused_imports, reason = "each test file uses its part")]
mod rig;

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use dlq::bench::{Assignment, Measurement, Program};
use dlq::traffic::spring;
use rig::{Cluster, Store, produce, topic, unique};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Row};

const RECORDS: u64 = 300;

fn measure(program: Program, store: &Store, topic: &str) -> Measurement {
    let url = store.url.clone();
    let (brokers, topic, group) = (Cluster::shared().0, topic.to_owned(), unique("bench"));
    let assignment = Assignment { program, url, brokers, topic, group, records: RECORDS, batch: 100 };
    let mut command = Command::new(env!("CARGO_BIN_EXE_dlq"));
    let command = command.args(["bench", "measure"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(&serde_json::to_vec(&assignment).unwrap()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program:?} on {url}", url = store.url);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// How many values each column of the storage has, and how many bytes they are in all.
fn sizes(store: &Store) -> BTreeMap<String, (i64, i64)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let pool = sqlx::SqlitePool::connect(&store.url).await.unwrap();
        let mut sizes = BTreeMap::new();
        for table in ["dlq_record", "dlq_content"] {
            let columns =
                format!("SELECT name FROM pragma_table_info('{table}') WHERE type IN ('TEXT', 'BLOB')");
            for row in sqlx::query(AssertSqlSafe(columns)).fetch_all(&pool).await.unwrap() {
                let column: String = row.get(0);
                let sums = format!(
                    "SELECT COUNT({column}), COALESCE(SUM(LENGTH(CAST({column} AS BLOB))), 0) FROM {table}"
                );
                let sums = sqlx::query(AssertSqlSafe(sums)).fetch_one(&pool).await.unwrap();
                sizes.insert(format!("{table}.{column}"), (sums.get(0), sums.get(1)));
            }
        }
        sizes
    })
}

#[test]
fn both_programs_write_rows_of_the_same_size() {
    let dead = topic("bench", 2);
    produce(&dead, (0..RECORDS).map(spring::letter));
    let [ours, bare] = [Program::Ours, Program::Bare].map(|program| {
        let store = Store::sqlite();
        let measured = measure(program, &store, &dead);
        assert!(measured.records_per_second > 1.0 && measured.latency_p99_ms > 0.0, "{measured:?}");
        sizes(&store)
    });
    assert!(ours["dlq_content.block"].1 > 300 * 900, "{ours:?}");
    for (column, (count, bytes)) in &ours {
        let (bare_count, bare_bytes) = bare[column];
        assert_eq!(*count, bare_count, "{column}");
        // Names of topics differ in length, and numbers in CBOR have as many bytes as they need.
        assert!(
            bytes.abs_diff(bare_bytes) <= bytes.unsigned_abs() / 10,
            "{column}: {bytes} and {bare_bytes}"
        );
    }
}

#[test]
fn every_store_is_measured() {
    let server = dlq_testkit::server::Server::named("postgres").url().to_owned();
    let mut command = Command::new(env!("CARGO_BIN_EXE_dlq"));
    command.args(["bench", "capture", "--records", "500", "--runs", "1", "--output", "json"]);
    command.args([
        "--brokers",
        &Cluster::shared().0,
        "--store",
        "sqlite:",
        "--store",
        "memory:",
        "--store",
        &server,
    ]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let stores = report["stores"].as_array().unwrap();
    let names: Vec<_> = stores.iter().map(|store| store["store"].as_str().unwrap()).collect();
    assert_eq!(names, ["sqlite", "memory", "postgres"]);
    for store in stores {
        assert!(store["ratio"]["records_per_second"].as_f64().unwrap() > 0.0, "{store}");
    }
}
