//! Empty stores on the real server, each for one test.
#![expect(clippy::unwrap_used, reason = "a test that cannot reach its server fails")]
#![allow(dead_code, reason = "each test uses its part")]

use std::sync::Arc;

use async_trait::async_trait;
use dlq_core::{Clock, DlqStorage};
use dlq_storage_cassandra::{CassandraConfig, CassandraStorage};
use dlq_testkit::conformance::Examinee;
use dlq_testkit::server::Server;
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use uuid::Uuid;

/// In which keyspace the tests' stores are.
pub(crate) const KEYSPACE: &str = "dlq_test";

/// A store of its own on the real server.
pub(crate) struct OwnStore {
    server: Server,
    pub(crate) store: String,
    shards: u32,
}

impl OwnStore {
    pub(crate) fn new() -> Self {
        Self::of_shards(1)
    }

    pub(crate) fn of_shards(shards: u32) -> Self {
        let store = format!("test-{}", Uuid::new_v4().simple());
        Self { server: Server::named("cassandra"), store, shards }
    }

    pub(crate) fn config(&self) -> CassandraConfig {
        let config = CassandraConfig::from_url(self.server.url()).unwrap();
        config.keyspace(KEYSPACE).store(&self.store).shards(self.shards)
    }

    /// A session beside the storage's.
    pub(crate) async fn session(&self) -> Session {
        let node = self.server.url().trim_start_matches("cassandra://");
        SessionBuilder::new().known_node(node).build().await.unwrap()
    }

    /// Clears the store away, but for the contents of its records: in which partitions these are nobody knows any more.
    pub(crate) async fn clear(&self) {
        let session = self.session().await;
        let delete = format!("DELETE FROM {KEYSPACE}.dlq_rows WHERE store = ? AND shard = ?");
        for shard in 0..i32::try_from(self.shards).unwrap() {
            session.query_unpaged(delete.as_str(), (&self.store, shard)).await.unwrap();
        }
        let delete = format!("DELETE FROM {KEYSPACE}.dlq_meta WHERE store = ?");
        session.query_unpaged(delete, (&self.store,)).await.unwrap();
    }
}

#[async_trait]
impl Examinee for OwnStore {
    async fn open(&self, clock: Arc<dyn Clock>) -> Arc<dyn DlqStorage> {
        Arc::new(CassandraStorage::connect(&self.config().clock(clock)).await.unwrap())
    }

    async fn reopen(&self, clock: Arc<dyn Clock>) -> Arc<dyn DlqStorage> {
        self.open(clock).await
    }

    async fn close(&self) {
        self.clear().await;
    }
}
