//! Bad days that end well: real processes, killed at random; every produced record is there exactly once afterwards.

mod rig;

use std::time::Duration;

use dlq::traffic::spring;
use rig::{Process, Store, assert_accounted, produce, topic, unique, until_stored};

/// A few rounds here, many in `dev/torture`.
fn rounds() -> u64 {
    std::env::var("DLQ_TORTURE_ROUNDS").map_or(4, |rounds| rounds.parse().unwrap())
}

/// Waits that differ from round to round, and are the same in every run with the same seed.
fn moments() -> impl Iterator<Item = Duration> {
    let seed: u64 = std::env::var("DLQ_TORTURE_SEED").map_or(7, |seed| seed.parse().unwrap());
    let mut state = seed | 1;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        Duration::from_millis(300 + (state >> 33) % 1500)
    })
}

fn killed_at_random_points_under_load(store: &Store) {
    let (dead, group) = (topic("orders-dlt", 3), unique("dlq"));
    let mut produced = 0;
    let per_round = 4000;
    for (round, moment) in (0..rounds()).zip(moments()) {
        let serve = Process::serve(store, &dead, &group);
        produced += produce(&dead, (round * per_round..(round + 1) * per_round).map(spring::letter));
        std::thread::sleep(moment);
        serve.kill9();
    }
    let serve = Process::serve(store, &dead, &group);
    until_stored(store, produced);
    assert_eq!(serve.terminate(), Some(0));
    assert_accounted(store, produced);
}

#[test]
fn kill_9_under_load_sqlite() {
    killed_at_random_points_under_load(&Store::sqlite());
}

#[test]
fn kill_9_under_load_postgres() {
    killed_at_random_points_under_load(&Store::postgres());
}

#[test]
fn two_in_one_group_and_one_is_killed() {
    let (store, dead, group) = (Store::postgres(), topic("orders-dlt", 4), unique("dlq"));
    let (one, two) = (Process::serve(&store, &dead, &group), Process::serve(&store, &dead, &group));
    let mut produced = produce(&dead, (0..6000).map(spring::letter));
    std::thread::sleep(Duration::from_secs(2));
    one.kill9();
    produced += produce(&dead, (6000..9000).map(spring::letter));
    until_stored(&store, produced);
    assert_eq!(two.terminate(), Some(0));
    assert_accounted(&store, produced);
}
