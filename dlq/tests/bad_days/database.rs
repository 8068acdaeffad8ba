//! PostgreSQL is killed, as by a machine that fails, and comes back.

use std::time::{Duration, Instant};

use dlq_testkit::server::PrivatePostgres;

use crate::rig::{
    Load, Process, Store, assert_accounted, rounds, stored, topic, unique, until, until_stored,
};

/// How long it is away.
const AWAY: Duration = Duration::from_secs(5);
/// How much work waiting for it may make: everything above is a busy loop.
const IDLE: Duration = Duration::from_millis(1500);

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
        let worked = serve.processor_time();
        std::thread::sleep(AWAY);
        let worked = serve.processor_time().saturating_sub(worked);
        assert!(worked < IDLE, "it worked for {worked:?} while the storage was away");
        server.restart();
        let (back, before) = (Instant::now(), stored(&store));
        until("it captures again", || stored(&store) > before);
        println!(
            "captured again {:?} after the storage was back, having worked for {worked:?}",
            back.elapsed()
        );
        assert!(serve.is_alive());
    }
    let produced = load.stop();
    until_stored(&store, produced);
    assert_eq!(serve.terminate(), Some(0));
    assert_accounted(&store, produced);
}
