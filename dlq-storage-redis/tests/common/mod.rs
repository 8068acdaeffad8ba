//! Empty stores on the real server, each for one test.
#![expect(clippy::unwrap_used, reason = "a test that cannot reach its server fails")]
#![allow(dead_code, reason = "each test uses its part")]

use std::sync::Arc;

use async_trait::async_trait;
use dlq_core::{Clock, DlqStorage};
use dlq_storage_redis::{RedisConfig, RedisStorage};
use dlq_testkit::conformance::Examinee;
use dlq_testkit::server::{PrivateRedisCluster, Server};
use uuid::Uuid;

/// A prefix of its own on the real server.
pub(crate) struct UnderPrefix {
    server: Server,
    prefix: String,
    shards: u32,
}

impl UnderPrefix {
    pub(crate) fn new() -> Self {
        Self::of_shards(1)
    }

    pub(crate) fn of_shards(shards: u32) -> Self {
        Self { server: Server::named("redis"), prefix: format!("test-{}", Uuid::new_v4().simple()), shards }
    }

    pub(crate) fn config(&self) -> RedisConfig {
        self.unnamed().shards(self.shards)
    }

    /// The same, without the number of shards.
    pub(crate) fn unnamed(&self) -> RedisConfig {
        RedisConfig::from_url(self.server.url()).unwrap().prefix(&self.prefix)
    }

    /// The name of a key of the first shard.
    pub(crate) fn key(&self, name: &str) -> String {
        format!("{{{}:0}}:{name}", self.prefix)
    }

    /// Asks the server something, on a connection of its own.
    pub(crate) async fn ask<T: redis::FromRedisValue>(&self, command: &redis::Cmd) -> T {
        let client = redis::Client::open(self.server.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        command.query_async(&mut connection).await.unwrap()
    }

    /// Clears all keys of the store away.
    pub(crate) async fn clear(&self) {
        let keys: Vec<String> = self.ask(redis::cmd("KEYS").arg(format!("{{{}:*", self.prefix))).await;
        if !keys.is_empty() {
            self.ask::<()>(redis::cmd("UNLINK").arg(keys)).await;
        }
    }
}

/// A prefix of its own on a cluster of three nodes.
pub(crate) struct InCluster {
    cluster: Arc<PrivateRedisCluster>,
    prefix: String,
}

impl InCluster {
    pub(crate) fn new() -> Self {
        Self { cluster: PrivateRedisCluster::shared(), prefix: format!("test-{}", Uuid::new_v4().simple()) }
    }
}

#[async_trait]
impl Examinee for InCluster {
    async fn open(&self, clock: Arc<dyn Clock>) -> Arc<dyn DlqStorage> {
        let config = RedisConfig::from_url(&self.cluster.url()).unwrap().prefix(&self.prefix).shards(6);
        Arc::new(RedisStorage::connect(&config.clock(clock)).await.unwrap())
    }

    async fn reopen(&self, clock: Arc<dyn Clock>) -> Arc<dyn DlqStorage> {
        self.open(clock).await
    }
}

#[async_trait]
impl Examinee for UnderPrefix {
    async fn open(&self, clock: Arc<dyn Clock>) -> Arc<dyn DlqStorage> {
        Arc::new(RedisStorage::connect(&self.config().clock(clock)).await.unwrap())
    }

    async fn reopen(&self, clock: Arc<dyn Clock>) -> Arc<dyn DlqStorage> {
        self.open(clock).await
    }

    async fn close(&self) {
        self.clear().await;
    }
}
