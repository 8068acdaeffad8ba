//! A copy that is killed goes on where it was, and nothing is there twice.

use dlq_core::DlqStorage;
use dlq_storage_sql::{SqlConfig, SqlStorage};

use crate::ends::{assert_copies, fill, number};
use crate::rig::{Process, Store, until, wait};

const LETTERS: u32 = 4_000;

fn records(store: &Store) -> u64 {
    wait(async {
        let storage = SqlStorage::connect(&SqlConfig::from_url(&store.url).unwrap()).await.unwrap();
        let account = storage.account().await.unwrap();
        storage.close().await;
        account.by_status.iter().sum()
    })
}

fn killed_half_way(from: &Store, to: &Store) {
    fill(from, LETTERS);
    let all = records(from);
    let (mut before, mut half_way) = (0, 0);
    for _ in 0..20 {
        let copy = Process::start(from, &["copy", &from.url, &to.url], &[]);
        let mut there = 0;
        until("it copies", || {
            there = records(to);
            there > before || there == all
        });
        copy.kill9();
        if there == all {
            break;
        }
        half_way += 1;
        before = records(to);
    }
    assert!(half_way > 0, "it was never killed half-way");
    println!("killed half-way {half_way} times");
    let report = assert_copies(from, to);
    assert_eq!((number(&report, "records"), report["same"].as_bool()), (all, Some(true)));
}

#[test]
fn from_sqlite_to_postgres() {
    killed_half_way(&Store::sqlite(), &Store::postgres());
}

#[test]
fn from_postgres_to_sqlite() {
    killed_half_way(&Store::postgres(), &Store::sqlite());
}
