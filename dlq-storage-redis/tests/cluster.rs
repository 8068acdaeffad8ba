//! Several servers: a cluster whose nodes are killed, and a server whose replica takes its place.
#![expect(clippy::unwrap_used, reason = "a test without its server fails")]

use std::time::{Duration, Instant};

use dlq_core::record::Change;
use dlq_core::storage::{DlqStorage, DlqStorageExt, QueryCriteria, Save, StorageErrorKind};
use dlq_storage_redis::{RedisConfig, RedisStorage};
use dlq_testkit::conformance::audit;
use dlq_testkit::fixture;
use dlq_testkit::server::{PrivateRedisCluster, PrivateRedisWatched};

/// Patience of the tests themselves.
const SOON: Duration = Duration::from_secs(60);

async fn storage_at(url: &str) -> RedisStorage {
    let config = RedisConfig::from_url(url).unwrap();
    let config = config.connect_timeout(Duration::from_secs(1)).response_timeout(Duration::from_secs(2));
    RedisStorage::connect(&config).await.unwrap()
}

/// Saves until it is answered, as capture does; answers how often that was tried.
async fn save_until_answered(storage: &RedisStorage, numbers: std::ops::Range<u32>) -> u32 {
    let since = Instant::now();
    for tries in 1.. {
        let saves = fixture::records(numbers.clone()).into_iter().map(Save::New).collect();
        match storage.save_batch(saves).await {
            Ok(answers) => {
                assert!(answers.iter().all(Result::is_ok));
                return tries;
            }
            Err(error) => assert!(error.is_temporary(), "{error}"),
        }
        assert!(since.elapsed() < SOON, "the storage does not recover");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_of_a_cluster_that_is_killed_and_started_again_loses_nothing() {
    let mut cluster = PrivateRedisCluster::start();
    let storage = storage_at(&cluster.url()).await;
    save_until_answered(&storage, 0..60).await;
    for round in 1..=3 {
        cluster.node(round as usize - 1).kill9();
        let saves = fixture::records(round * 60..(round + 1) * 60).into_iter().map(Save::New).collect();
        let error = storage.save_batch(saves).await.unwrap_err();
        assert!(error.is_temporary(), "{error}");
        cluster.node(round as usize - 1).restart();
        save_until_answered(&storage, round * 60..(round + 1) * 60).await;
    }
    let account = storage.account().await.unwrap();
    assert_eq!(account.stored, 240, "each once, whatever became of the first try");
    assert!(storage.health().await.unwrap().is_empty() && storage.capability().durable);
    audit(&storage).await;
    let held = storage.hold(&QueryCriteria::default(), &Change::by("user:anna")).await.unwrap();
    assert_eq!(held.changed, 240);
    audit(&storage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stands_still_holds_nobody_and_the_cluster_goes_on_with_it() {
    let mut cluster = PrivateRedisCluster::start();
    let storage = storage_at(&cluster.url()).await;
    save_until_answered(&storage, 0..60).await;
    cluster.node(1).freeze();
    let saves = fixture::records(60..120).into_iter().map(Save::New).collect();
    let error = tokio::time::timeout(SOON, storage.save_batch(saves)).await.unwrap().unwrap_err();
    assert!(error.is_temporary(), "{error}");
    cluster.node(1).thaw();
    save_until_answered(&storage, 60..120).await;
    assert_eq!(storage.account().await.unwrap().stored, 120);
    audit(&storage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_replica_takes_the_place_of_a_server_that_sentinels_miss() {
    let mut watched = PrivateRedisWatched::start();
    let storage = storage_at(&watched.url()).await;
    save_until_answered(&storage, 0..60).await;
    watched.kill9();
    assert!(save_until_answered(&storage, 60..120).await > 1, "the first call finds the server gone");
    assert_eq!(watched.replica().told("EXISTS {dlq:0}:meta"), ":1");
    assert_eq!(storage.account().await.unwrap().stored, 120, "each once, whatever became of the first try");
    audit(&storage).await;
}

#[tokio::test]
async fn a_name_that_no_sentinel_watches_is_told() {
    let watched = PrivateRedisWatched::start();
    let url = watched.url().replace("/main", "/other");
    let error = RedisStorage::connect(&RedisConfig::from_url(&url).unwrap()).await.unwrap_err();
    assert_eq!(*error.kind(), StorageErrorKind::Connection, "{error}");
    assert!(error.to_string().contains("name"), "{error}");
}
