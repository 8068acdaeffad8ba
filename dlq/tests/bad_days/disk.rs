//! The storage's disk is full, and has room again later.

use std::fs;
use std::time::Duration;

use dlq_testkit::fault::SmallDisk;
use dlq_testkit::server::{PrivateMariadb, PrivatePostgres};

use crate::rig::{
    Load, Process, Store, assert_accounted, back, sql, stored, topic, unique, until, until_stored,
};

/// How long it stays full once it says so.
const FULL: Duration = Duration::from_secs(5);

fn full_under_load(store: &Store, disk: &SmallDisk) {
    full_and_freed(store, disk, || false);
}

/// The same for a server that may end of its own accord: `revive` starts it again then, and tells so.
fn full_and_freed(store: &Store, disk: &SmallDisk, mut revive: impl FnMut() -> bool) {
    let dead = topic("orders-dlt", 3);
    let mut serve = Process::serve(store, &dead, &unique("dlq"));
    let load = Load::on(&dead);
    until("it captures", || stored(store) > 0);
    disk.fill();
    let says = |advice| serve.says(&["the storage does not take what is captured", advice]);
    until("it says so", || says("make room on the disk") || says("reachable from here"));
    let says_full = says("make room on the disk");
    serve.assert_idle_for(FULL);
    disk.free();
    let has_ended = revive();
    assert!(
        says_full || has_ended,
        "a full disk is called one, unless the server ended before it could say so"
    );
    back::assert_captures_again(store);
    assert!(serve.is_alive());
    let produced = load.stop();
    until_stored(store, produced);
    assert_eq!(serve.terminate(), Some(0));
    assert_accounted(store, produced);
}

#[test]
fn of_sqlite() {
    let disk = SmallDisk::of_mib(256);
    full_under_load(&Store::sqlite_in(disk.path()), &disk);
}

/// The tables' disk, as a tablespace; PostgreSQL without room for its log ends, which is the day on which it is killed.
#[test]
fn of_postgres() {
    let (server, disk) = (PrivatePostgres::start(), SmallDisk::of_mib(256));
    let tables = disk.path().join("tables");
    fs::create_dir(&tables).unwrap();
    server.give(&tables);
    sql(&server.url(), &format!("CREATE TABLESPACE small LOCATION '{}'", tables.display()));
    sql(&server.url(), "ALTER SYSTEM SET default_tablespace = small");
    sql(&server.url(), "SELECT pg_reload_conf()");
    full_under_load(&Store::in_schema_of(&server.url()), &disk);
}

/// Tables and log alike: what the log needs, it has taken before. Now and then the server ends while it takes back what found
/// no room.
#[test]
fn of_mariadb() {
    let disk = SmallDisk::of_mib(256);
    let mut server = PrivateMariadb::on(disk.path());
    let store = Store::in_database_of(&server.url());
    full_and_freed(&store, &disk, || server.revive());
}
