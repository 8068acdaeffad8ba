//! PostgreSQL, MariaDB or Redis is killed, as by a machine that fails; stands still; becomes read-only; and comes back.

use std::time::Duration;

use dlq_testkit::server::{Kind, Private, PrivateMariadb, PrivatePostgres, PrivateRedis};

use crate::rig::{
    Load, Process, Store, assert_accounted, back, rounds, sql, stored, topic, unique, until, until_stored,
};

/// How long it is killed.
const AWAY: Duration = Duration::from_secs(5);
/// How long it stands still: longer than any operation may take.
const FROZEN: Duration = Duration::from_secs(20);

/// What is told and done to each database in its own way.
trait Database {
    /// What `dlq serve` calls it where it takes no writes.
    const READ_ONLY: &str = "read-only";

    fn store(&self) -> Store;
    fn read_only(&self, is: bool);
}

impl Database for PrivatePostgres {
    fn store(&self) -> Store {
        Store::in_schema_of(&self.url())
    }

    fn read_only(&self, is: bool) {
        sql(&self.url(), &format!("ALTER SYSTEM SET default_transaction_read_only = {is}"));
        sql(&self.url(), "SELECT pg_reload_conf()");
    }
}

impl Database for PrivateMariadb {
    fn store(&self) -> Store {
        Store::in_database_of(&self.url())
    }

    fn read_only(&self, is: bool) {
        sql(&self.admin_url(), &format!("SET GLOBAL read_only = {is}"));
    }
}

impl Database for PrivateRedis {
    const READ_ONLY: &str = "the server is a replica";

    fn store(&self) -> Store {
        Store::under_prefix_of(&self.url())
    }

    fn read_only(&self, is: bool) {
        let told = self.told(if is { "REPLICAOF 127.0.0.1 1" } else { "REPLICAOF NO ONE" });
        assert_eq!(told, "+OK");
    }
}

fn killed_under_load<K: Kind>(mut server: Private<K>)
where
    Private<K>: Database,
{
    let (store, dead) = (server.store(), topic("orders-dlt", 3));
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

fn frozen_under_load<K: Kind>(server: Private<K>)
where
    Private<K>: Database,
{
    let (store, dead) = (server.store(), topic("orders-dlt", 3));
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

fn read_only_under_load<K: Kind>(server: Private<K>)
where
    Private<K>: Database,
{
    let (store, dead) = (server.store(), topic("orders-dlt", 3));
    let mut serve = Process::serve(&store, &dead, &unique("dlq"));
    let load = Load::on(&dead);
    until("it captures", || stored(&store) > 0);
    server.read_only(true);
    until("it says so", || {
        serve.says(&[
            "the storage does not take what is captured",
            Private::<K>::READ_ONLY,
            "writing goes on by itself once",
        ])
    });
    serve.assert_idle_for(AWAY);
    server.read_only(false);
    back::assert_captures_again(&store);
    assert!(serve.is_alive());
    let produced = load.stop();
    until_stored(&store, produced);
    assert_eq!(serve.terminate(), Some(0));
    assert_accounted(&store, produced);
}

macro_rules! bad_days {
    ($($database:ident: $server:ty),+ $(,)?) => {$(
        mod $database {
            use super::*;

            #[test]
            fn killed_under_load() {
                super::killed_under_load(<$server>::start());
            }

            #[test]
            fn frozen_under_load() {
                super::frozen_under_load(<$server>::start());
            }

            #[test]
            fn read_only_under_load() {
                super::read_only_under_load(<$server>::start());
            }
        }
    )+};
}

bad_days! {
    postgres: PrivatePostgres,
    mariadb: PrivateMariadb,
    redis: PrivateRedis,
}
