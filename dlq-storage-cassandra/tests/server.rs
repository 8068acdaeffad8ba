//! A node that is killed, stands still, loses its answers on the way, or is not there.
#![expect(clippy::unwrap_used, reason = "a test without its server fails")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dlq_core::storage::{DlqStorage, DlqStorageExt, Save, StorageErrorKind};
use dlq_storage_cassandra::{CassandraConfig, CassandraStorage};
use dlq_testkit::conformance::audit;
use dlq_testkit::fault::{Proxy, Way};
use dlq_testkit::fixture;
use dlq_testkit::server::{PrivateCassandra, Server};
use uuid::Uuid;

/// Patience of the tests themselves.
const SOON: Duration = Duration::from_secs(120);

async fn storage_of(url: &str) -> CassandraStorage {
    let config = CassandraConfig::from_url(url).unwrap().keyspace("dlq_test").shards(2);
    let config = config.store(format!("test-{}", Uuid::new_v4().simple()));
    CassandraStorage::connect(&config.request_timeout(Duration::from_secs(2))).await.unwrap()
}

/// Saves until it is answered, as capture does; answers how often that was tried.
async fn save_until_answered(storage: &CassandraStorage, number: u32) -> u32 {
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

/// Saves batches until one is not answered; answers what was acknowledged.
async fn save_while_it_answers(storage: CassandraStorage, from: u32) -> Vec<dlq_core::record::RecordId> {
    let mut acknowledged = Vec::new();
    for batch in 0.. {
        let records = fixture::records(from + batch * 50..from + batch * 50 + 50);
        let saves = records.iter().cloned().map(Save::New).collect();
        if storage.save_batch(saves).await.is_err() {
            break;
        }
        acknowledged.extend(records.into_iter().map(|record| record.id));
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_kill_under_load_and_a_standstill_holds_nobody() {
    let mut server = PrivateCassandra::start();
    let storage = storage_of(&server.url()).await;
    let writers = (0..4).map(|writer| tokio::spawn(save_while_it_answers(storage.clone(), writer * 100_000)));
    let writers: Vec<_> = writers.collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    server.kill9();
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }
    server.restart();
    save_until_answered(&storage, 9_000_000).await;
    assert!(acknowledged.len() > 150, "{}", acknowledged.len());
    for ids in acknowledged.chunks(1000) {
        assert!(storage.find_batch(ids).await.unwrap().iter().all(Option::is_some));
    }
    audit(&storage).await;
    stands_still(&server, &storage).await;
}

async fn stands_still(server: &PrivateCassandra, storage: &CassandraStorage) {
    // Whoever writes first to a shard finishes what was under way there when the node was killed.
    for number in 1..=16 {
        save_until_answered(storage, 9_050_000 + number).await;
    }
    let before = storage.account().await.unwrap().stored;
    server.freeze();
    let asked: Vec<_> = (1..=12)
        .map(|number| {
            let storage = storage.clone();
            tokio::spawn(async move { storage.save(fixture::record(9_100_000 + number)).await })
        })
        .collect();
    for answer in asked {
        let error = tokio::time::timeout(SOON, answer).await.unwrap().unwrap().unwrap_err();
        assert!(error.is_temporary(), "{error}");
        assert!(matches!(error.kind(), StorageErrorKind::Timeout | StorageErrorKind::Connection), "{error}");
    }
    server.thaw();
    for number in 1..=12 {
        save_until_answered(storage, 9_100_000 + number).await;
    }
    assert_eq!(
        storage.account().await.unwrap().stored,
        before + 12,
        "each once, whatever became of the first try"
    );
    audit(storage).await;
}

/// The network swallows and resets what is under way; each record is stored once all the same, and counted once.
#[test]
fn answers_that_are_lost_on_the_way_are_found_out() {
    let server: SocketAddr =
        Server::named("cassandra").url().trim_start_matches("cassandra://").parse().unwrap();
    let network = Arc::new(Proxy::to(server));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let storage = storage_of(&format!("cassandra://{}", network.address())).await;
        let writers: Vec<_> = (0..4_u32)
            .map(|writer| {
                let storage = storage.clone();
                tokio::spawn(async move {
                    for number in 0..150 {
                        save_until_answered(&storage, writer * 1000 + number).await;
                    }
                })
            })
            .collect();
        for way in [Way::Silent, Way::Closed, Way::Silent, Way::Slow(Duration::from_millis(200)), Way::Closed]
        {
            tokio::time::sleep(Duration::from_millis(300)).await;
            network.be(way);
            tokio::time::sleep(Duration::from_millis(2500)).await;
            network.be(Way::Open);
        }
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!(storage.account().await.unwrap().stored, 600);
        audit(&storage).await;
    });
}

#[tokio::test]
async fn a_cluster_that_is_not_there_is_a_temporary_error_without_secrets() {
    let config = CassandraConfig::from_url("cassandra://anna:s3cret@127.0.0.1:1/dlq").unwrap();
    let error = CassandraStorage::connect(&config).await.unwrap_err();
    assert_eq!((error.kind(), error.is_temporary()), (&StorageErrorKind::Connection, true), "{error}");
    let said = format!("{error} {error:?}");
    assert!(!said.contains("s3cret"), "{said}");
}

#[tokio::test]
async fn a_node_without_tls_is_never_spoken_to_in_the_open() {
    let url = format!("{}?tls=on", Server::named("cassandra").url().replace("://", "://dlq:s3cret@"));
    let config = CassandraConfig::from_url(&url).unwrap().connect_timeout(Duration::from_secs(2));
    let error = CassandraStorage::connect(&config).await.unwrap_err();
    assert!(matches!(error.kind(), StorageErrorKind::Connection | StorageErrorKind::Timeout), "{error}");
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}
