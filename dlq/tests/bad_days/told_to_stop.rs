//! `dlq serve` gets SIGTERM at any moment.

use std::time::{Duration, Instant};

use crate::rig::{
    Load, Locked, Process, Store, assert_accounted, dlq, moments, rounds, stored, topic, unique, until,
    until_stored,
};

/// How long it has to end well, before whoever told it sends SIGKILL.
const GRACE: Duration = Duration::from_secs(30);

/// What is stored and what is below the watermarks is the same each time: nothing is left half-way.
#[test]
fn thirty_times_under_load_and_the_books_balance_each_time() {
    let (store, dead, group) = (Store::postgres(), topic("orders-dlt", 3), unique("dlq"));
    let load = Load::on(&dead);
    for (_, moment) in (0..rounds(30)).zip(moments(Duration::from_millis(200))) {
        let before = stored(&store);
        let serve = Process::serve(&store, &dead, &group);
        until("it captures", || stored(&store) > before);
        std::thread::sleep(moment);
        let told = Instant::now();
        assert_eq!(serve.terminate(), Some(0));
        assert!(told.elapsed() < GRACE, "it took {:?}", told.elapsed());
        let (code, books) = dlq(&store, &["account"]);
        assert_eq!(code, Some(0), "{books}");
    }
    let serve = Process::serve(&store, &dead, &group);
    let produced = load.stop();
    until_stored(&store, produced);
    assert_eq!(serve.terminate(), Some(0));
    assert_accounted(&store, produced);
}

/// The storage does not answer, so the end would take long: who tells it twice does not want to wait.
#[test]
fn twice_and_it_ends_at_once() {
    let (store, dead, group) = (Store::postgres(), topic("orders-dlt", 3), unique("dlq"));
    let serve = Process::serve(&store, &dead, &group);
    let load = Load::on(&dead);
    until("it captures", || stored(&store) > 0);
    let locked = Locked::records_of(&store);
    until("it waits for the storage", || serve.says(&["the storage is slow"]));
    serve.signal("TERM");
    until("it is about to end", || serve.says(&["told to stop", "storing and committing"]));
    let told = Instant::now();
    assert_eq!(serve.terminate(), Some(130));
    assert!(told.elapsed() < Duration::from_secs(3), "it took {:?}", told.elapsed());
    drop(locked);
    let serve = Process::serve(&store, &dead, &group);
    let produced = load.stop();
    until_stored(&store, produced);
    assert_eq!(serve.terminate(), Some(0));
    assert_accounted(&store, produced);
}
