//! PostgreSQL is killed, as by a machine that fails; stands still; becomes read-only; and comes back.

use std::time::Duration;

use dlq_testkit::server::PrivatePostgres;

use crate::rig::{
    Load, Process, Store, assert_accounted, back, rounds, sql, stored, topic, unique, until, until_stored,
};

/// How long it is killed.
const AWAY: Duration = Duration::from_secs(5);
/// How long it stands still: longer than any operation may take.
const FROZEN: Duration = Duration::from_secs(20);

#[test]
fn killed_under_load() {
    let mut server = PrivatePostgres::start();
    let (store, dead) = (Store::in_schema_of(&server.url()), topic("orders-dlt", 3));
    let mut serve = Process::serve(&store, &dead, &unique("dlq"));
    let load = Load::on(&dead);
    for _ in 0..rounds(2) {
        let before = stored(&store);
        until("it captures", || stored(&store) > before);
        server.kill9();
        serve.assert_idle_for(AWAY);
        until("it says so", || {
            serve.says(&["the storage does not take what is captured", "reachable from here"])
        });
        server.restart();
        back::assert_captures_again(&store);
        assert!(serve.is_alive());
    }
    let produced = load.stop();
    until_stored(&store, produced);
    assert_eq!(serve.terminate(), Some(0));
    assert_accounted(&store, produced);
}

#[test]
fn frozen_under_load() {
    let server = PrivatePostgres::start();
    let (store, dead) = (Store::in_schema_of(&server.url()), topic("orders-dlt", 3));
    let mut serve = Process::serve(&store, &dead, &unique("dlq"));
    let load = Load::on(&dead);
    until("it captures", || stored(&store) > 0);
    server.freeze();
    serve.assert_idle_for(FROZEN);
    assert!(serve.says(&["the storage is slow", "paused"]));
    server.thaw();
    back::assert_captures_again(&store);
    assert!(serve.is_alive());
    let produced = load.stop();
    until_stored(&store, produced);
    assert!(serve.peak_memory_mib() < 300, "{} MiB", serve.peak_memory_mib());
    assert_eq!(serve.terminate(), Some(0));
    assert_accounted(&store, produced);
}

#[test]
fn read_only_under_load() {
    let server = PrivatePostgres::start();
    let (store, dead) = (Store::in_schema_of(&server.url()), topic("orders-dlt", 3));
    let read_only = |value| {
        sql(&server.url(), &format!("ALTER SYSTEM SET default_transaction_read_only = {value}"));
        sql(&server.url(), "SELECT pg_reload_conf()");
    };
    let mut serve = Process::serve(&store, &dead, &unique("dlq"));
    let load = Load::on(&dead);
    until("it captures", || stored(&store) > 0);
    read_only("on");
    until("it says so", || {
        serve.says(&[
            "the storage does not take what is captured",
            "read-only",
            "writing goes on by itself once",
        ])
    });
    serve.assert_idle_for(AWAY);
    read_only("off");
    back::assert_captures_again(&store);
    assert!(serve.is_alive());
    let produced = load.stop();
    until_stored(&store, produced);
    assert_eq!(serve.terminate(), Some(0));
    assert_accounted(&store, produced);
}
