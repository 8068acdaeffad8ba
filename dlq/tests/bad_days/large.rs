//! Letters so large that clients and brokers are not made for them, unless told.

use std::time::{Duration, Instant};

use dlq::traffic::Letter;
use serde_json::Value;

use crate::rig::{
    Cluster, Process, Store, assert_accounted, count_of, dlq, dlq_with, first_of, ids_with_status, records,
    unique, until_stored,
};

/// A payload of twenty megabytes.
const PAYLOAD: usize = 20 << 20;
/// The topics that hold it.
const ROOM: [(&str, &str); 1] = [("max.message.bytes", "33554432")];

fn stored_shown_and_sent_home(store: &Store) {
    let kafka = Cluster::shared();
    let (dead, home) = (kafka.topic_with("large-dlt", 1, &ROOM), kafka.topic_with("large", 1, &ROOM));
    let large = Letter::new("large", vec![b'x'; PAYLOAD]);
    let header = Letter::new("header", "small").header("large", vec![b'y'; 1 << 20]);
    let many =
        (0..10_000).fold(Letter::new("many", "small"), |letter, n| letter.header(&format!("h{n}"), "z"));
    let small = |n: u32| Letter::new(n.to_string(), "small");
    let letters: Vec<_> = [large, header, many].into_iter().chain((0..30).map(small)).collect();
    kafka.produce(&dead, letters.clone());
    let serve = Process::serve(store, &dead, &unique("dlq"));
    until_stored(store, letters.len());
    let peak = serve.peak_memory_mib();
    println!("{peak} MiB at most");
    assert!(peak < 300, "{peak} MiB");
    assert_eq!(serve.terminate(), Some(0));

    for record in records(store) {
        let begun = Instant::now();
        let (code, out) = dlq(store, &["show", record["id"].as_str().unwrap(), "-o", "json"]);
        assert_eq!(code, Some(0));
        assert!(serde_json::from_str::<Value>(&out).is_ok());
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?} to show one", begun.elapsed());
    }
    those_that_do_not_fit_are_refused_alone(store, letters.len());

    let (code, report) = dlq(store, &["redrive", "--all", "--yes", "--target-topic", &home]);
    assert_eq!(code, Some(0), "{report}");
    let arrived = first_of(&home, 3);
    for (came, sent) in arrived.iter().map(|(letter, _)| letter).zip(&letters) {
        assert_eq!((&came.key, came.payload == sent.payload), (&sent.key, true), "byte for byte");
    }
    assert_accounted(store, letters.len());
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
    assert_eq!(ids_with_status(store, "success").len(), count - 2);
}

#[test]
fn with_sqlite() {
    stored_shown_and_sent_home(&Store::sqlite());
}

#[test]
fn with_postgres() {
    stored_shown_and_sent_home(&Store::postgres());
}
