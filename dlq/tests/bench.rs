//! `dlq bench` on a real broker: every store is measured, and both programs write rows of the same size.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

#[allow(unused_imports, reason = "each test file uses its part")]
mod rig;

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use dlq::bench::{Assignment, Measurement, Program};
use dlq::traffic::spring;
use dlq_core::policy::config::PerformanceConfig;
use rig::{Cluster, Store, produce, topic, unique};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Row};

const RECORDS: u64 = 300;

fn measure(program: Program, store: &Store, topic: &str) -> Measurement {
    let url = store.url.clone();
    let (brokers, topic, group) = (Cluster::shared().0, topic.to_owned(), unique("bench"));
    let settings = PerformanceConfig::LOW_LATENCY;
    let (records, warm_up, held) = (RECORDS, 0, None);
    let assignment = Assignment { program, url, brokers, topic, group, records, warm_up, held, settings };
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
        assert!(measured.records_per_second > 1.0 && measured.latency.p99_ms > 0.0, "{measured:?}");
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

/// The report of `dlq bench capture` with these arguments: one run of each program.
fn report(args: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dlq"));
    command.args(["bench", "capture", "--records", "500", "--runs", "1", "--output", "json"]);
    command.args(["--brokers", &Cluster::shared().0]).args(args);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The only section of a report: its trials and its goals.
fn section(report: &Value, part: &str) -> (Vec<Value>, Vec<Value>) {
    let sections = report["sections"].as_array().unwrap();
    assert!(sections.len() == 1 && sections[0]["part"] == part, "{report}");
    (sections[0]["trials"].as_array().unwrap().clone(), sections[0]["goals"].as_array().unwrap().clone())
}

fn programs(trial: &Value) -> Vec<&str> {
    trial["programs"].as_array().unwrap().iter().map(|one| one["program"].as_str().unwrap()).collect()
}

#[test]
fn throughput_is_measured_on_every_store_and_copy_stands_beside_postgres() {
    let [postgres, mysql] =
        ["postgres", "mariadb"].map(|name| dlq_testkit::server::Server::named(name).url().to_owned());
    let stores = ["sqlite:", "memory:", &postgres, &mysql].map(|store| ["--store", store]);
    let stores = [&["--only", "throughput"][..], stores.as_flattened()].concat();
    let (trials, goals) = section(&report(&stores), "throughput");
    let names: Vec<_> = trials.iter().map(|trial| trial["store"].as_str().unwrap()).collect();
    assert_eq!(names, ["sqlite", "memory", "postgres", "mysql"]);
    assert_eq!(
        trials.iter().map(programs).collect::<Vec<_>>()[1..],
        [&["ours", "bare"][..], &["ours", "bare", "copy"], &["ours", "bare"]]
    );
    for trial in &trials {
        assert!(
            trial["programs"][1]["ours_over_it"]["records_per_second"].as_f64().unwrap() > 0.0,
            "{trial}"
        );
        assert_eq!(trial["programs"][1]["runs"].as_array().unwrap().len(), 1);
    }
    assert!(goals.len() == 12 && goals[0]["goal"] == "rate, ours/bare ≥ 0.85", "{goals:?}");
}

#[test]
fn latency_is_measured_while_letters_are_sent() {
    let args = ["--only", "latency", "--store", "memory:", "--pace", "300", "--seconds", "1"];
    let (trials, goals) = section(&report(&args), "latency");
    assert_eq!(trials.len(), 2);
    assert_eq!(
        (&trials[0]["task"]["records"], &trials[0]["settings"]["linger_ms"]),
        (&300.into(), &1.into())
    );
    assert_eq!(
        (&trials[1]["task"]["is_share"], &trials[1]["settings"]["linger_ms"]),
        (&true.into(), &5.into())
    );
    for run in
        trials.iter().flat_map(|trial| [&trial["programs"][0]["runs"][0], &trial["programs"][1]["runs"][0]])
    {
        let sent = run["sent_per_second"].as_f64().unwrap();
        assert!(sent > 0.0 && run["latency"]["p50_ms"].as_f64() >= run["write"]["p50_ms"].as_f64(), "{run}");
    }
    assert!(goals.iter().all(|goal| goal["figure"].as_f64().is_some()), "{goals:?}");
}

#[test]
fn memory_is_weighed_while_the_storage_stands_still() {
    let (trials, goals) = section(&report(&["--only", "memory", "--store", "memory:"]), "memory");
    assert_eq!(
        (trials[0]["task"]["records"].as_u64(), trials[0]["task"]["held"].as_u64()),
        (Some(500), Some(400))
    );
    assert_eq!(programs(&trials[0]), ["ours", "bare"]);
    let resident = trials[0]["programs"][0]["median"]["buffered"]["resident_mb"].as_f64().unwrap();
    assert!(resident > 1.0, "{trials:?}");
    assert_eq!(goals.len(), 2);
}

#[test]
fn every_mode_under_every_strategy_accounts_for_every_record() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dlq"));
    let output = command.args(["bench", "load", "--records", "2000", "-o", "json"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let carried: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(carried.len(), 15);
    for load in carried {
        let count = |name: &str| load["account"][name].as_u64().unwrap();
        let by_rule = |name: &str| -> u64 {
            load["account"][name].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum()
        };
        let accounted = count("stored") + by_rule("dropped") + by_rule("turned_away") + count("refused");
        assert_eq!((count("submitted"), accounted), (2000, 2000), "{load}");
    }
}

#[test]
fn each_call_of_a_storage_is_measured_beside_a_bare_client() {
    for store in [Store::sqlite(), Store::postgres(), Store::mariadb(), Store::redis(), Store::cassandra()] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dlq"));
        let command =
            command.args(["bench", "storage", "--records", "1200", "--store", &store.url, "-o", "json"]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let tasks = report["tasks"].as_array().unwrap();
        assert_eq!(tasks.len(), 5, "{report}");
        for task in tasks {
            for side in ["ours", "bare"] {
                assert!(task[side]["records_per_second"].as_f64().unwrap() > 0.0, "{side}: {task}");
            }
        }
    }
}
