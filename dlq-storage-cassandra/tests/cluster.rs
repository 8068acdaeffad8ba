//! Three nodes, each with all rows, of which some are killed, stand still, or are away.
#![expect(clippy::unwrap_used, reason = "a test without its server fails")]

mod load;

use std::time::{Duration, Instant};

use dlq_core::storage::{DlqStorage, DlqStorageExt, StorageErrorKind};
use dlq_storage_cassandra::{CassandraConfig, CassandraStorage};
use dlq_testkit::conformance::audit;
use dlq_testkit::fixture;
use dlq_testkit::server::PrivateCassandraCluster;

use load::Load;

/// How long all is as it should be, or a node is gone.
const MOMENT: Duration = Duration::from_secs(2);
/// How long a node stands still; longer in `dev/torture`.
const STANDSTILL: Duration = Duration::from_secs(8);
const LONG: Duration = Duration::from_secs(20);
/// Patience of the tests themselves.
const SOON: Duration = Duration::from_secs(90);

async fn instance(cluster: &PrivateCassandraCluster) -> CassandraStorage {
    let config = CassandraConfig::from_url(&format!("{}/dlq_test?replication=3&shards=4", cluster.url()));
    let config = config.unwrap().request_timeout(Duration::from_secs(3));
    CassandraStorage::connect(&config).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_node_away_all_goes_on_and_with_two_away_it_waits() {
    let mut cluster = PrivateCassandraCluster::start();
    let instances = vec![instance(&cluster).await, instance(&cluster).await];
    let storage = instances[0].clone();
    assert!(storage.capability().durable);
    assert_eq!(storage.health().await.unwrap(), Vec::<String>::new());
    let load = Load::on(instances);
    load.goes_on_for(MOMENT, "with three nodes").await;
    let rounds = std::env::var("DLQ_TORTURE_ROUNDS").ok().map(|rounds| rounds.parse().unwrap());
    for round in 0..rounds.unwrap_or(1) {
        one_away(&mut cluster, &load, round, if rounds.is_some() { LONG } else { STANDSTILL }).await;
    }
    load.ends_well().await;
    two_away(&mut cluster, &storage).await;
}

/// One is killed and started again; then another stands still.
async fn one_away(cluster: &mut PrivateCassandraCluster, load: &Load, round: usize, standstill: Duration) {
    let (killed, frozen) = (round % 3, (round + 1) % 3);
    cluster.node(killed).kill9();
    load.goes_on_for(MOMENT, "one killed").await;
    cluster.node(killed).restart();
    // The other must not be the second that is missed.
    cluster.is_whole_again();
    cluster.node(frozen).freeze();
    load.goes_on_for(standstill, "one standing still").await;
    cluster.node(frozen).thaw();
    load.goes_on_for(MOMENT, "all going on").await;
}

/// One is killed, and another stands still: what fails then tells that replicas are missing, and passes.
async fn two_away(cluster: &mut PrivateCassandraCluster, storage: &CassandraStorage) {
    let before = storage.account().await.unwrap().stored;
    cluster.node(1).kill9();
    cluster.node(2).freeze();
    let since = Instant::now();
    loop {
        let error = storage.save(fixture::record(1)).await.unwrap_err();
        assert!(error.is_temporary(), "{error}");
        assert!(matches!(error.kind(), StorageErrorKind::Timeout | StorageErrorKind::Connection), "{error}");
        let told = error.to_string();
        if told.contains("too few replicas are up") && told.contains("required: 2, alive: 1") {
            break;
        }
        assert!(since.elapsed() < SOON, "{error}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!("two are missed after {:.1?}", since.elapsed());
    cluster.node(2).thaw();
    cluster.node(1).restart();
    while let Err(error) = storage.save(fixture::record(1)).await {
        assert!(error.is_temporary() && since.elapsed() < SOON, "{error}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(storage.account().await.unwrap().stored, before + 1, "once, whatever became of the first try");
    audit(storage).await;
}
