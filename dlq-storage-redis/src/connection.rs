//! [`Connection`]: how servers are asked.

use std::collections::HashMap;
use std::path::Path;

use dlq_core::storage::{StorageError, StorageErrorKind, StorageResult};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo, SingleNodeRoutingInfo};
use redis::{Client, Cmd, ConnectionInfo, FromRedisValue, Pipeline, RedisResult, TlsCertificates};

use crate::address::Address;
use crate::config::RedisConfig;
use crate::cryptography;
use crate::error::failed;
use crate::script::Call;
use crate::watched::Watched;

/// How often a connection is tried before a call gives up; the next call tries again.
const TRIES: usize = 1;
/// How often a cluster is asked again where it says that the keys are elsewhere, or a node is away.
const CLUSTER_TRIES: u32 = 2;

/// What is asked, and made anew where it breaks.
#[derive(Clone)]
pub(crate) enum Connection {
    One(ConnectionManager),
    Cluster(ClusterConnection),
    Watched(Watched),
}

impl Connection {
    pub(crate) async fn open(config: &RedisConfig) -> StorageResult<Self> {
        cryptography::name();
        let certificates = config.ca.as_deref().map(certificates).transpose()?;
        let opened = match &config.address {
            Address::One(server) => one(config, server, certificates).await.map(Self::One),
            Address::Cluster(nodes) => cluster(config, nodes, certificates).await.map(Self::Cluster),
            Address::Sentinel(sentinels, name) => {
                Watched::open(config, sentinels, name, certificates).await.map(Self::Watched)
            }
        };
        opened.map_err(|error| failed("connect", error))
    }

    /// Asks one thing, of whoever has the key that it names.
    pub(crate) async fn ask<T: FromRedisValue>(
        &self,
        operation: &'static str,
        command: &Cmd,
    ) -> StorageResult<T> {
        self.query(command).await.map_err(|error| failed(operation, error))
    }

    /// Asks several things of whoever has all the keys that they name.
    pub(crate) async fn ask_all<T: FromRedisValue>(
        &self,
        operation: &'static str,
        commands: &Pipeline,
    ) -> StorageResult<T> {
        let answer = match self {
            Self::One(one) => commands.query_async(&mut one.clone()).await,
            Self::Cluster(cluster) => commands.query_async(&mut cluster.clone()).await,
            Self::Watched(watched) => {
                watched.ask(async |mut server| commands.query_async(&mut server).await).await
            }
        };
        answer.map_err(|error| failed(operation, error))
    }

    /// Runs a script, which is told to the server where it does not know it.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        operation: &'static str,
        call: &Call,
    ) -> StorageResult<T> {
        let answer = match self.query(&call.command).await {
            Err(error) if error.code() == Some("NOSCRIPT") => self.query(&call.told()).await,
            answer => answer,
        };
        answer.map_err(|error| failed(operation, error))
    }

    /// Asks one thing of every server that takes writes; an answer each.
    pub(crate) async fn ask_each<T: FromRedisValue>(
        &self,
        operation: &'static str,
        command: &Cmd,
    ) -> StorageResult<Vec<T>> {
        let Self::Cluster(cluster) = self else { return Ok(vec![self.ask(operation, command).await?]) };
        let all = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
        let answers = cluster.clone().route_command(command.clone(), all).await;
        let answers: RedisResult<HashMap<String, T>> =
            answers.and_then(|told| Ok(redis::from_redis_value(told)?));
        answers.map(|told| told.into_values().collect()).map_err(|error| failed(operation, error))
    }

    /// Asks one thing of any server.
    pub(crate) async fn ask_any<T: FromRedisValue>(
        &self,
        operation: &'static str,
        command: &Cmd,
    ) -> StorageResult<T> {
        let Self::Cluster(cluster) = self else { return self.ask(operation, command).await };
        let any = RoutingInfo::SingleNode(SingleNodeRoutingInfo::RandomPrimary);
        let answer = cluster.clone().route_command(command.clone(), any).await;
        answer.and_then(|told| Ok(redis::from_redis_value(told)?)).map_err(|error| failed(operation, error))
    }

    async fn query<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        match self {
            Self::One(one) => command.query_async(&mut one.clone()).await,
            Self::Cluster(cluster) => command.query_async(&mut cluster.clone()).await,
            Self::Watched(watched) => {
                watched.ask(async |mut server| command.query_async(&mut server).await).await
            }
        }
    }
}

async fn one(
    config: &RedisConfig,
    server: &ConnectionInfo,
    certificates: Option<TlsCertificates>,
) -> RedisResult<ConnectionManager> {
    let client = match certificates {
        Some(certificates) => Client::build_with_tls(server.clone(), certificates)?,
        None => Client::open(server.clone())?,
    };
    let manager = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(config.connect_timeout))
        .set_response_timeout(Some(config.response_timeout))
        .set_number_of_retries(TRIES);
    ConnectionManager::new_with_config(client, manager).await
}

async fn cluster(
    config: &RedisConfig,
    nodes: &[ConnectionInfo],
    certificates: Option<TlsCertificates>,
) -> RedisResult<ClusterConnection> {
    let mut builder = ClusterClientBuilder::new(nodes.to_vec())
        .connection_timeout(config.connect_timeout)
        .response_timeout(config.response_timeout)
        .overall_response_timeout(Some(config.response_timeout + config.connect_timeout))
        .retries(CLUSTER_TRIES);
    if let Some(certificates) = certificates {
        builder = builder.certs(certificates);
    }
    builder.build()?.get_async_connection().await
}

/// The authority that is trusted instead of those that the machine trusts.
fn certificates(file: &Path) -> StorageResult<TlsCertificates> {
    let read = std::fs::read(file).map_err(|error| {
        let message = format!("ca {}: a readable file with certificates in PEM is allowed", file.display());
        StorageError::new(StorageErrorKind::Validation, "configure", message).caused_by(error)
    });
    Ok(TlsCertificates { client_tls: None, root_cert: Some(read?) })
}
