//! Letters so large that clients and brokers are not made for them, unless told.

use std::time::{Duration, Instant};

use dlq::traffic::{Dice, Letter};

use crate::letters::users_own;
use crate::rig::{
    Cluster, Process, Store, assert_verified, count_of, dlq, dlq_with, first_of, unique, until_stored,
};

/// A payload of twenty megabytes.
const PAYLOAD: usize = 20 << 20;
/// The topics that hold it.
const ROOM: [(&str, &str); 1] = [("max.message.bytes", "33554432")];

/// Bytes that no compression makes fewer.
fn noise(bytes: usize) -> Vec<u8> {
    let mut dice = Dice::of(20, 0);
    std::iter::repeat_with(|| dice.throw(u64::MAX).to_le_bytes()).flatten().take(bytes).collect()
}

fn stored_shown_and_sent_home(store: &Store) {
    let kafka = Cluster::shared();
    let (dead, home) = (kafka.topic_with("large-dlt", 1, &ROOM), kafka.topic_with("large", 1, &ROOM));
    let large = Letter::new("large", noise(PAYLOAD));
    let header = Letter::new("header", "small").header("large", noise(1 << 20));
    let many =
        (0..10_000).fold(Letter::new("many", "small"), |letter, n| letter.header(&format!("h{n}"), "z"));
    let small = |n: u32| Letter::new(n.to_string(), "small");
    let letters: Vec<_> = [large, header, many].into_iter().chain((0..10).map(small)).collect();
    kafka.produce(&dead, letters.clone());
    let serve = Process::serve(store, &dead, &unique("dlq"));
    until_stored(store, letters.len());
    let peak = serve.peak_memory_mib();
    println!("{peak} MiB at most");
    assert!(peak < 300, "{peak} MiB");
    assert_eq!(serve.terminate(), Some(0));

    for id in ids(store, &[]) {
        let begun = Instant::now();
        let (code, out) = dlq(store, &["show", &id]);
        assert_eq!(code, Some(0));
        assert!(out.len() < 1 << 20, "a terminal is shown what it can hold, not {} bytes", out.len());
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?} to show one", begun.elapsed());
    }
    those_that_do_not_fit_are_refused_alone(store, letters.len());

    let (code, report) = dlq(store, &["redrive", "--all", "--yes", "--target-topic", &home]);
    assert_eq!(code, Some(0), "{report}");
    for (came, _) in first_of(&home, 2) {
        let sent = letters.iter().find(|sent| sent.key == came.key).unwrap();
        assert!(users_own(&came) == *sent, "byte for byte");
    }
    assert_verified(store);
}

/// A target with a smaller limit takes what fits.
fn those_that_do_not_fit_are_refused_alone(store: &Store, count: usize) {
    let narrow = Cluster::shared().topic_with("narrow", 1, &[("max.message.bytes", "500000")]);
    let small = [("DLQ__REDRIVE__SEND_TIMEOUT", "20s")];
    let (code, report) =
        dlq_with(store, &["redrive", "--all", "--yes", "--target-topic", &narrow, "-o", "json"], &small);
    println!("{report}");
    assert_eq!(code, Some(1), "some were refused: {report}");
    assert_eq!(count_of(&narrow), count - 2, "the others arrived: {report}");
    assert_eq!(ids(store, &["--status", "success"]).len(), count - 2);
}

/// The ids in the list for people, which leaves the content alone.
fn ids(store: &Store, filter: &[&str]) -> Vec<String> {
    let (code, listed) = dlq(store, &[&["list"], filter].concat());
    assert_eq!(code, Some(0), "{listed}");
    let firsts = listed.lines().filter_map(|line| line.split_whitespace().next());
    firsts.filter(|first| uuid::Uuid::parse_str(first).is_ok()).map(str::to_owned).collect()
}

#[test]
fn with_sqlite() {
    stored_shown_and_sent_home(&Store::sqlite());
}

#[test]
fn with_postgres() {
    stored_shown_and_sent_home(&Store::postgres());
}

#[test]
fn with_mariadb() {
    stored_shown_and_sent_home(&Store::mariadb());
}
