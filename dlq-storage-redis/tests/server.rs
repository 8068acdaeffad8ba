//! A server that is killed, stands still, takes no writes, is full, or is not set up to keep what it acknowledges.
#![expect(clippy::unwrap_used, reason = "a test without its server fails")]

use std::time::{Duration, Instant};

use dlq_core::record::Change;
use dlq_core::storage::{DlqStorage, DlqStorageExt, QueryCriteria, Save, SaveOutcome, StorageErrorKind};
use dlq_storage_redis::{RedisConfig, RedisStorage};
use dlq_testkit::conformance::audit;
use dlq_testkit::fixture::{self, Draft, DraftBody};
use dlq_testkit::server::{Authority, PrivateRedis};

/// Patience of the tests themselves.
const SOON: Duration = Duration::from_secs(60);

async fn storage_of(server: &PrivateRedis) -> RedisStorage {
    let config = RedisConfig::from_url(&server.url()).unwrap();
    let config = config.connect_timeout(Duration::from_secs(1)).response_timeout(Duration::from_secs(1));
    RedisStorage::connect(&config).await.unwrap()
}

/// Saves until it is answered, as capture does; answers how often that was tried.
async fn save_until_answered(storage: &RedisStorage, number: u32) -> u32 {
    let since = Instant::now();
    for tries in 1.. {
        match storage.save(fixture::record(number)).await {
            Ok(_) => return tries,
            Err(error) => assert!(error.is_temporary(), "{error}"),
        }
        assert!(since.elapsed() < SOON, "the storage does not recover");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    0
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_kill_under_load() {
    let mut server = PrivateRedis::start();
    let storage = storage_of(&server).await;
    let mut acknowledged = Vec::new();
    for round in 0..3_u32 {
        let writers: Vec<_> = (0..4_u32)
            .map(|writer| {
                let storage = storage.clone();
                tokio::spawn(async move {
                    let mut acknowledged = Vec::new();
                    for batch in 0.. {
                        let first = round * 1_000_000 + writer * 100_000 + batch * 50;
                        let records = fixture::records(first..first + 50);
                        let saves = records.iter().cloned().map(Save::New).collect();
                        if storage.save_batch(saves).await.is_err() {
                            return acknowledged;
                        }
                        acknowledged.extend(records.into_iter().map(|record| record.id));
                    }
                    acknowledged
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.kill9();
        for writer in writers {
            acknowledged.extend(writer.await.unwrap());
        }
        server.restart();
        save_until_answered(&storage, 9_000_000 + round).await;
    }
    assert!(acknowledged.len() > 150, "{}", acknowledged.len());
    for ids in acknowledged.chunks(1000) {
        assert!(storage.find_batch(ids).await.unwrap().iter().all(Option::is_some));
    }
    audit(&storage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stands_still_holds_nobody_and_is_used_again_when_it_goes_on() {
    let server = PrivateRedis::start();
    let storage = storage_of(&server).await;
    storage.save(fixture::record(0)).await.unwrap();
    server.freeze();
    let asked: Vec<_> = (1..=12)
        .map(|number| {
            let storage = storage.clone();
            tokio::spawn(async move { storage.save(fixture::record(number)).await })
        })
        .collect();
    for answer in asked {
        let error = tokio::time::timeout(SOON, answer).await.unwrap().unwrap().unwrap_err();
        assert!(error.is_temporary(), "{error}");
        assert!(matches!(error.kind(), StorageErrorKind::Timeout | StorageErrorKind::Connection), "{error}");
    }
    server.thaw();
    for number in 1..=12 {
        save_until_answered(&storage, number).await;
    }
    assert_eq!(storage.account().await.unwrap().stored, 13, "each once, whatever became of the first try");
    audit(&storage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_takes_no_writes_and_says_so() {
    let server = PrivateRedis::start();
    let storage = storage_of(&server).await;
    storage.save(fixture::record(0)).await.unwrap();
    assert_eq!(server.told("REPLICAOF 127.0.0.1 1"), "+OK");
    let error = storage.save(fixture::record(1)).await.unwrap_err();
    assert_eq!((error.kind(), error.is_temporary()), (&StorageErrorKind::AccessDenied, true), "{error}");
    assert!(error.to_string().contains("replica"), "{error}");
    assert!(storage.find_by_id(fixture::record(0).id).await.unwrap().is_some(), "it is still read");
    assert_eq!(*storage.health().await.unwrap_err().kind(), StorageErrorKind::AccessDenied);
    assert_eq!(server.told("REPLICAOF NO ONE"), "+OK");
    assert_eq!(storage.save(fixture::record(1)).await.unwrap(), SaveOutcome::Stored { version: 1 });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_server_refuses_the_whole_batch_for_the_moment_and_lets_purge() {
    let server = PrivateRedis::start();
    let storage = storage_of(&server).await;
    assert_eq!(server.told("CONFIG SET maxmemory 8mb"), "+OK");
    let large =
        |number| Draft { payload: DraftBody::Present(vec![7; 100_000]), ..Draft::new(number) }.record();
    let mut stored = 0;
    let error = loop {
        match storage.save(large(stored)).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 200, "it is never full");
    };
    assert_eq!((error.kind(), error.is_temporary()), (&StorageErrorKind::Capacity, true), "{error}");
    assert!(error.to_string().contains("maxmemory"), "{error}");
    audit(&storage).await;
    let purged = storage.clear(&Change::by("user:anna")).await.unwrap();
    assert_eq!(purged.changed, u64::from(stored));
    assert_eq!(storage.save(large(stored)).await.unwrap(), SaveOutcome::Stored { version: 1 });
    audit(&storage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_tells_what_the_server_may_lose() {
    let server = PrivateRedis::start();
    let storage = storage_of(&server).await;
    assert!(storage.health().await.unwrap().is_empty() && storage.capability().durable);
    for (setting, word) in [
        ("appendfsync everysec", "everysec"),
        ("maxmemory-policy allkeys-lru", "allkeys-lru"),
        ("appendonly no", "appendonly no"),
    ] {
        assert_eq!(server.told(&format!("CONFIG SET {setting}")), "+OK");
        let warnings = storage.health().await.unwrap();
        assert!(warnings.iter().any(|warning| warning.contains(word)), "{setting}: {warnings:?}");
    }
    assert!(!storage_of(&server).await.capability().durable);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_the_server_forgot_is_told_again() {
    let server = PrivateRedis::start();
    let storage = storage_of(&server).await;
    for number in 0..3 {
        assert_eq!(server.told("SCRIPT FLUSH"), "+OK");
        storage.save(fixture::record(number)).await.unwrap();
    }
    assert_eq!(storage.count(&QueryCriteria::default(), 10).await.unwrap().records, 3);
}

#[tokio::test]
async fn a_wrong_password_is_told_without_it_and_trying_again_does_not_help() {
    let server = PrivateRedis::start();
    assert_eq!(server.told("CONFIG SET requirepass right"), "+OK");
    let url = server.url().replace("redis://", "redis://:s3cret@");
    let error = RedisStorage::connect(&RedisConfig::from_url(&url).unwrap()).await.unwrap_err();
    assert_eq!((error.kind(), error.is_temporary()), (&StorageErrorKind::AccessDenied, false), "{error}");
    let said = format!("{error} {error:?}");
    assert!(!said.contains("s3cret"), "{said}");
    let url = server.url().replace("redis://", "valkey://:right@");
    RedisStorage::connect(&RedisConfig::from_url(&url).unwrap()).await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_temporary_error_without_secrets() {
    let config = RedisConfig::from_url("redis://anna:s3cret@127.0.0.1:1/0").unwrap();
    let error = RedisStorage::connect(&config).await.unwrap_err();
    assert_eq!((error.kind(), error.is_temporary()), (&StorageErrorKind::Connection, true), "{error}");
    let said = format!("{error} {error:?}");
    assert!(!said.contains("s3cret"), "{said}");
}

#[tokio::test]
async fn a_server_without_tls_is_never_spoken_to_in_the_open() {
    let server = PrivateRedis::start();
    let url = server.url().replace("redis://", "rediss://:s3cret@");
    let config = RedisConfig::from_url(&url).unwrap().connect_timeout(Duration::from_secs(2));
    let error = RedisStorage::connect(&config).await.unwrap_err();
    assert!(matches!(error.kind(), StorageErrorKind::Connection | StorageErrorKind::Timeout), "{error}");
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_where_it_is_named_and_nowhere_else() {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let server = PrivateRedis::start_with_tls(&ours.certify("127.0.0.1"));
    let folder = tempfile::tempdir().unwrap();
    let [right, wrong, none] = ["ours.pem", "theirs.pem", "none.pem"].map(|name| folder.path().join(name));
    ours.write(&right);
    theirs.write(&wrong);
    let at = |ca: &std::path::Path| {
        RedisConfig::from_url(&format!("{}?ca={}", server.tls_url(), ca.display())).unwrap()
    };
    let storage = RedisStorage::connect(&at(&right)).await.unwrap();
    storage.save(fixture::record(1)).await.unwrap();
    let untrusted = RedisConfig::from_url(&server.tls_url()).unwrap();
    for config in [untrusted, at(&wrong)] {
        let error = RedisStorage::connect(&config.connect_timeout(Duration::from_secs(2))).await.unwrap_err();
        assert_eq!(*error.kind(), StorageErrorKind::Connection, "{error}");
    }
    let error = RedisStorage::connect(&at(&none)).await.unwrap_err();
    assert_eq!((error.kind(), error.is_temporary()), (&StorageErrorKind::Validation, false), "{error}");
    assert!(error.to_string().contains("none.pem"), "{error}");
}
