//! A storage that is slow: slower than the group's patience, slower than what comes in.

use std::time::{Duration, Instant};

use dlq::traffic::Letter;

use crate::rig::{
    DEAD_AFTER_6_S, Load, Locked, Process, Store, assert_accounted, assert_verified, back, members_at_work,
    produce, stored, topic, unique, until, until_stored,
};

/// How long a member may go without polling before the group gives it up: the least that brokers allow.
const PATIENCE: (&str, &str) = ("DLQ__KAFKA__CLIENT__MAX__POLL__INTERVAL__MS", "6000");
/// How long the storage takes for one answer.
const SLOW: Duration = Duration::from_secs(14);

#[test]
fn slower_than_the_groups_patience() {
    let (store, dead, group) = (Store::postgres(), topic("orders-dlt", 3), unique("dlq"));
    let serve = Process::serve_with(&store, &dead, &group, &[DEAD_AFTER_6_S, PATIENCE]);
    let load = Load::on(&dead);
    until("it captures", || stored(&store) > 0);
    let locked = Locked::records_of(&store);
    let begun = Instant::now();
    while begun.elapsed() < SLOW {
        assert_eq!(members_at_work(&group), 1, "it stays a member, {:?} on", begun.elapsed());
        std::thread::sleep(Duration::from_millis(500));
    }
    drop(locked);
    back::assert_captures_again(&store);
    let produced = load.stop();
    until_stored(&store, produced);
    assert!(!serve.says(&["partitions were given back"]), "it polled all the time");
    assert_eq!(serve.said(&["partitions were assigned"]).len(), 1);
    assert_eq!(serve.terminate(), Some(0));
    assert_accounted(&store, produced);
}

/// The budget is spent, and so is what the client may hold: the rest waits in Kafka.
#[test]
fn a_flood_of_large_letters_takes_no_more_memory_than_its_budget() {
    const LETTERS: u32 = 20_000;
    let (store, dead) = (Store::postgres(), topic("orders-dlt", 3));
    let filler = "x".repeat(10_000);
    produce(&dead, (0..LETTERS).map(|n| Letter::new(n.to_string(), format!("{n} {filler}"))));
    let budget = [("DLQ__CAPTURE__BUDGET_BYTES", "8MiB")];
    let locked = Locked::records_of(&store);
    let serve = Process::serve_with(&store, &dead, &unique("dlq"), &budget);
    until("it has all that it may have", || serve.says(&["the storage is slow", "paused"]));
    std::thread::sleep(Duration::from_secs(3));
    drop(locked);
    until_stored(&store, LETTERS as usize);
    let peak = serve.peak_memory_mib();
    println!("{peak} MiB for 200 MB of letters");
    assert!(peak < 140, "{peak} MiB");
    assert_eq!(serve.terminate(), Some(0));
    assert_verified(&store);
}
