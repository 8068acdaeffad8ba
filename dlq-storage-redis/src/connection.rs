//! [`Connection`]: how the server is asked.

use dlq_core::storage::StorageResult;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, FromRedisValue, Pipeline, Script};

use crate::config::RedisConfig;
use crate::error::failed;

/// How often a connection is tried before a call gives up; the next call tries again.
const TRIES: usize = 1;

/// One connection, which is made anew where it breaks.
#[derive(Clone)]
pub(crate) struct Connection(ConnectionManager);

impl Connection {
    pub(crate) async fn open(config: &RedisConfig) -> StorageResult<Self> {
        let client = Client::open(config.server.clone()).map_err(|error| failed("connect", error))?;
        let manager = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(config.connect_timeout))
            .set_response_timeout(Some(config.response_timeout))
            .set_number_of_retries(TRIES);
        let connection = ConnectionManager::new_with_config(client, manager).await;
        connection.map(Self).map_err(|error| failed("connect", error))
    }

    pub(crate) async fn ask<T: FromRedisValue>(
        &self,
        operation: &'static str,
        command: &Cmd,
    ) -> StorageResult<T> {
        let mut connection = self.0.clone();
        command.query_async(&mut connection).await.map_err(|error| failed(operation, error))
    }

    pub(crate) async fn ask_all<T: FromRedisValue>(
        &self,
        operation: &'static str,
        commands: &Pipeline,
    ) -> StorageResult<T> {
        let mut connection = self.0.clone();
        commands.query_async(&mut connection).await.map_err(|error| failed(operation, error))
    }

    /// Runs a script, which the server is told where it does not know it.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        operation: &'static str,
        script: &Script,
        invocation: &Cmd,
    ) -> StorageResult<T> {
        let mut connection = self.0.clone();
        match invocation.query_async(&mut connection).await {
            Err(error) if error.code() == Some("NOSCRIPT") => {
                script.load_async(&mut connection).await.map_err(|error| failed(operation, error))?;
                invocation.query_async(&mut connection).await
            }
            answer => answer,
        }
        .map_err(|error| failed(operation, error))
    }
}
