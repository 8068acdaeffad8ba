//! The command line on storages that a server keeps.

use std::time::{Duration, SystemTime};

use dlq_core::{DlqStorage, DlqStorageExt};
use dlq_testkit::fixture::Draft;
use dlq_testkit::server::Server;

use super::{CANARY, dlq};

#[cfg(feature = "redis")]
mod redis {
    use dlq_storage_redis::{RedisConfig, RedisStorage};

    #[tokio::test]
    async fn what_is_stored_is_listed_decided_exported_and_purged() {
        let [from, to] = super::empty("redis", "?prefix=");
        let storage = RedisStorage::connect(&RedisConfig::from_url(&from).unwrap()).await.unwrap();
        super::what_is_stored_is_listed_decided_exported_and_purged(&storage, &from, &to).await;
    }

    #[test]
    fn a_server_that_is_not_there_is_told_without_its_password() {
        super::a_server_that_is_not_there_is_told_without_its_password("redis", "prefix");
    }
}

#[cfg(feature = "cassandra")]
mod cassandra {
    use dlq_storage_cassandra::{CassandraConfig, CassandraStorage};

    #[tokio::test]
    async fn what_is_stored_is_listed_decided_exported_and_purged() {
        let [from, to] = super::empty("cassandra", "/dlq_test?shards=2&store=");
        let storage = CassandraStorage::connect(&CassandraConfig::from_url(&from).unwrap()).await.unwrap();
        super::what_is_stored_is_listed_decided_exported_and_purged(&storage, &from, &to).await;
    }

    #[test]
    fn a_server_that_is_not_there_is_told_without_its_password() {
        super::a_server_that_is_not_there_is_told_without_its_password("cassandra", "store, dc, shards");
    }
}

/// The URLs of two empty stores that no other test has; `named` is what stands before a store's name.
fn empty(server: &'static str, named: &str) -> [String; 2] {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_else(|_| Duration::default()).as_nanos();
    let (server, process) = (Server::named(server), std::process::id());
    ["from", "to"].map(|end| format!("{}{named}cli-{process}-{since}-{end}", server.url()))
}

async fn what_is_stored_is_listed_decided_exported_and_purged(
    storage: &dyn DlqStorage,
    from: &str,
    to: &str,
) {
    let on = |url: &str, arguments: &[&str]| dlq(arguments, &[("DLQ__STORAGE__URL", url)]);
    let records: Vec<_> = (0..20).map(|number| Draft { from: None, ..Draft::new(number) }.record()).collect();
    for record in &records {
        storage.save(record.clone()).await.unwrap();
    }
    let list = on(from, &["list", "-o", "json"]);
    assert_eq!(list.code, Some(0), "{}", list.stderr);
    assert_eq!(on(from, &["hold", &records[3].id.to_string(), "--reason", "later"]).code, Some(0));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records.jsonl").display().to_string();
    assert_eq!(on(from, &["export", "--to", &file]).code, Some(0));
    let import = on(to, &["import", &file]);
    assert_eq!(import.stdout, "20 imported, 0 were there already, 0 refused\n", "{}", import.stderr);
    for url in [from, to] {
        let purge = on(url, &["purge", "--all", "--yes"]);
        assert_eq!(purge.code, Some(0), "{}", purge.stderr);
        let account = on(url, &["account"]);
        assert!(account.code == Some(0) && account.stdout.contains("purged       20"), "{}", account.stdout);
    }
}

fn a_server_that_is_not_there_is_told_without_its_password(scheme: &str, parameters: &str) {
    let url = format!("{scheme}://dlq:{CANARY}@127.0.0.1:1");
    let refused = dlq(&["list"], &[("DLQ__STORAGE__URL", &url)]);
    assert_ne!(refused.code, Some(0));
    assert!(refused.stderr.contains("cannot open the storage"), "{}", refused.stderr);
    assert!(!refused.stderr.contains(CANARY), "{}", refused.stderr);
    let mistaken = dlq(&["list"], &[("DLQ__STORAGE__URL", &format!("{scheme}://127.0.0.1:1?prefx=x"))]);
    mistaken.fails(2, parameters);
}
