//! A `dlq redrive` that is killed on its way, or stands still for longer than its lease.

use std::collections::{BTreeMap, BTreeSet};

use crate::letters::{dead, spring_letter, text};
use crate::rig::{
    Process, Store, all_of, assert_accounted, capture, count_of, dlq_with, first_of, ids_with_status,
    records, rounds, topic, until,
};

const COUNT: usize = 2000;
const BATCH: usize = 1000;
const SETTINGS: [(&str, &str); 3] = [
    ("DLQ__REDRIVE__LEASE", "1s"),
    ("DLQ__REDRIVE__SEND_TIMEOUT", "900ms"),
    ("DLQ__REDRIVE__BATCH_SIZE", "1000"),
];

/// A redrive that has begun to send the first batch of two.
fn on_its_way(store: &Store, home: &str) -> Process {
    capture(store, &dead(home, 2000, spring_letter), COUNT);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| first_of(home, 1));
        let redrive = Process::start(store, &["redrive", "--all", "--yes"], &SETTINGS);
        assert_eq!(first.join().unwrap().len(), 1);
        redrive
    })
}

/// Others send what is left, and, once its lease ran out, the batch of the one before; and what it was about to claim,
/// once the database gives up its transaction.
fn others_go_on(store: &Store) {
    until("all are home", || {
        dlq_with(store, &["redrive", "--all", "--yes"], &SETTINGS);
        ids_with_status(store, "success").len() == COUNT
    });
    assert_eq!(dlq_with(store, &["redrive", "--all", "--yes"], &SETTINGS).0, Some(3), "nothing is left");
}

/// Each is home at least once, at most one batch is twice, and what came twice says so.
fn assert_home(store: &Store, home: &str) {
    let mut redrive_ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let arrived = all_of(home);
    for (letter, _) in &arrived {
        let ids = redrive_ids.entry(text(letter, "dlq.record.id").to_owned()).or_default();
        ids.insert(text(letter, "dlq.redrive.id").to_owned());
    }
    let twice = arrived.len() - redrive_ids.len();
    println!("{twice} came twice");
    assert_eq!(redrive_ids.len(), COUNT);
    assert!(redrive_ids.values().all(|ids| ids.len() == 1), "every repetition has the same redrive id");
    assert!(twice <= BATCH, "{twice} came twice");
    assert_accounted(store, COUNT);
}

#[test]
fn killed() {
    for _ in 0..rounds(1) {
        let (store, home) = (Store::postgres(), topic("orders", 3));
        on_its_way(&store, &home).kill9();
        assert!(count_of(&home) < COUNT, "it was killed in the middle");
        others_go_on(&store);
        assert_home(&store, &home);
    }
}

/// The late one's outcomes are refused: its tokens are old.
#[test]
fn frozen_for_longer_than_its_lease() {
    for _ in 0..rounds(1) {
        let (store, home) = (Store::postgres(), topic("orders", 3));
        let late = on_its_way(&store, &home);
        late.signal("STOP");
        assert!(count_of(&home) < COUNT, "it stands still in the middle");
        others_go_on(&store);
        let before = records(&store);
        late.signal("CONT");
        assert_eq!(late.wait(), Some(1), "it says that it did not do what it was to do");
        assert_eq!(records(&store), before, "and has changed nothing");
        assert_home(&store, &home);
    }
}
