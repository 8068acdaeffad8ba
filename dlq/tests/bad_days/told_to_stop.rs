//! `dlq serve` gets SIGTERM at any moment.

use std::time::Duration;

use crate::rig::{
    Load, Process, Store, assert_accounted, dlq, moments, rounds, stored, topic, unique, until, until_stored,
};

/// What is stored and what is below the watermarks is the same each time: nothing is left half-way.
#[test]
fn under_load_the_books_balance_each_time() {
    let (store, dead, group) = (Store::postgres(), topic("orders-dlt", 3), unique("dlq"));
    let load = Load::on(&dead);
    for (_, moment) in (0..rounds(5)).zip(moments(Duration::from_millis(400))) {
        let before = stored(&store);
        let serve = Process::serve(&store, &dead, &group);
        until("it captures", || stored(&store) > before);
        std::thread::sleep(moment);
        assert_eq!(serve.terminate(), Some(0));
        let (code, books) = dlq(&store, &["account", "--verify"]);
        assert_eq!(code, Some(0), "{books}");
    }
    let serve = Process::serve(&store, &dead, &group);
    let produced = load.stop();
    until_stored(&store, produced);
    assert_eq!(serve.terminate(), Some(0));
    assert_accounted(&store, produced);
}
