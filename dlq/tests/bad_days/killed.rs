//! `dlq serve` is killed with SIGKILL.

use std::time::Duration;

use crate::rig::{
    DEAD_AFTER_6_S, Load, Process, Store, assert_accounted, members_at_work, moments, rounds, stored, topic,
    unique, until, until_stored,
};

/// Each round it is killed while it catches up with what came since the round before.
fn again_and_again(store: &Store) {
    let (dead, group) = (topic("orders-dlt", 3), unique("dlq"));
    let load = Load::on(&dead);
    for (_, moment) in (0..rounds(2)).zip(moments(Duration::from_millis(400))) {
        let before = stored(store);
        let serve = Process::serve_with(store, &dead, &group, &[DEAD_AFTER_6_S]);
        until("it captures", || stored(store) > before);
        std::thread::sleep(moment);
        serve.kill9();
    }
    let serve = Process::serve_with(store, &dead, &group, &[DEAD_AFTER_6_S]);
    let produced = load.stop();
    until_stored(store, produced);
    assert_eq!(serve.terminate(), Some(0));
    assert_accounted(store, produced);
}

#[test]
fn under_load_with_sqlite() {
    again_and_again(&Store::sqlite());
}

#[test]
fn under_load_with_postgres() {
    again_and_again(&Store::postgres());
}

#[test]
fn under_load_with_mariadb() {
    again_and_again(&Store::mariadb());
}

#[test]
fn under_load_with_redis() {
    again_and_again(&Store::redis());
}

#[test]
fn under_load_with_cassandra() {
    again_and_again(&Store::cassandra());
}

#[test]
fn one_of_two_in_a_group() {
    let (store, dead, group) = (Store::postgres(), topic("orders-dlt", 4), unique("dlq"));
    let [one, two] = [(); 2].map(|()| Process::serve_with(&store, &dead, &group, &[DEAD_AFTER_6_S]));
    until("both have partitions", || members_at_work(&group) == 2);
    let load = Load::on(&dead);
    until("they capture", || stored(&store) > 0);
    one.kill9();
    until("the other has all to itself", || members_at_work(&group) == 1);
    let produced = load.stop();
    until_stored(&store, produced);
    assert_eq!(two.terminate(), Some(0));
    assert_accounted(&store, produced);
}
