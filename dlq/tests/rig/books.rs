//! What a storage has, as its own commands tell it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Process, SOON, Store, dlq, unique};

/// The books as JSON, if the storage answers.
pub fn account(store: &Store) -> Option<Value> {
    let (_, out) = dlq(store, &["account", "-o", "json"]);
    serde_json::from_str(&out).ok()
}

/// How many records were ever stored; none where the storage does not answer.
pub fn stored(store: &Store) -> u64 {
    account(store).map_or(0, |account| account["stored"].as_u64().unwrap())
}

/// Waits until so many records are stored and below the watermarks.
pub fn until_stored(store: &Store, count: usize) {
    let give_up = Instant::now() + SOON;
    loop {
        let account = account(store);
        let both = account.as_ref().map(|account| (account["stored"].as_u64(), account["captured"].as_u64()));
        let count = u64::try_from(count).ok();
        if both == Some((count, count)) {
            return;
        }
        assert!(Instant::now() < give_up, "{count:?} were to be stored and captured: {account:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Captures so many dead letters, and stops.
pub fn capture(store: &Store, dead: &str, count: usize) {
    let serve = Process::serve(store, dead, &unique("dlq"));
    until_stored(store, count);
    assert_eq!(serve.terminate(), Some(0));
}

/// Every record of a storage as JSON.
pub fn records(store: &Store) -> Vec<Value> {
    let (code, out) = dlq(store, &["list", "--limit", "1000000", "-o", "jsonl"]);
    assert_eq!(code, Some(0), "{out}");
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The records that have a status.
pub fn ids_with_status(store: &Store, status: &str) -> Vec<String> {
    let having = records(store).into_iter().filter(|record| record["status"] == status);
    having.map(|record| record["id"].as_str().unwrap().to_owned()).collect()
}

/// A record as JSON, with its history.
pub fn show(store: &Store, id: &str) -> Value {
    let (code, out) = dlq(store, &["show", id, "-o", "json"]);
    assert_eq!(code, Some(0), "{out}");
    serde_json::from_str(&out).unwrap()
}

/// Every produced record is there exactly once, and the books agree with Kafka.
pub fn assert_accounted(store: &Store, count: usize) {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for record in records(store) {
        *seen.entry(record["captured_from"].to_string()).or_default() += 1;
    }
    assert_eq!(seen.len(), count, "records by where they were captured");
    assert!(seen.values().all(|times| *times == 1), "none is there twice");
    assert_verified(store);
}

/// The books balance, and everything that Kafka has is there.
pub fn assert_verified(store: &Store) {
    let (code, out) = dlq(store, &["account", "--verify"]);
    assert_eq!(code, Some(0), "{out}");
}
