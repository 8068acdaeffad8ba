//! [`Watched`]: a server that sentinels watch. They are asked where it is whenever it was lost.

use std::sync::Arc;

use redis::aio::MultiplexedConnection;
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, ConnectionAddr, ConnectionInfo, RedisError, RedisResult, TlsCertificates, TlsMode,
};
use tokio::sync::Mutex;

use crate::config::RedisConfig;

/// A server that sentinels watch.
#[derive(Clone)]
pub(crate) struct Watched {
    state: Arc<Mutex<State>>,
    config: AsyncConnectionConfig,
}

struct State {
    sentinels: SentinelClient,
    server: Option<MultiplexedConnection>,
    /// How often the server was looked for: whoever lost an earlier one has nothing to say about this.
    searches: u64,
}

impl Watched {
    pub(crate) async fn open(
        config: &RedisConfig,
        sentinels: &[ConnectionInfo],
        name: &str,
        certificates: Option<TlsCertificates>,
    ) -> RedisResult<Self> {
        let sentinels = watchers(sentinels, name, certificates)?;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(config.connect_timeout))
            .set_response_timeout(Some(config.response_timeout));
        let state = State { sentinels, server: None, searches: 0 };
        let watched = Self { state: Arc::new(Mutex::new(state)), config };
        watched.server().await?;
        Ok(watched)
    }

    /// Asks the server; after an error that another server would not make, the next call looks for it anew.
    pub(crate) async fn ask<T>(
        &self,
        question: impl AsyncFnOnce(MultiplexedConnection) -> RedisResult<T>,
    ) -> RedisResult<T> {
        let (server, search) = self.server().await?;
        let answer = question(server).await;
        if answer.as_ref().is_err_and(is_lost) {
            let mut state = self.state.lock().await;
            if state.searches == search {
                state.server = None;
            }
        }
        answer
    }

    async fn server(&self) -> RedisResult<(MultiplexedConnection, u64)> {
        let mut state = self.state.lock().await;
        if let Some(server) = &state.server {
            return Ok((server.clone(), state.searches));
        }
        let server = state.sentinels.get_async_connection_with_config(&self.config).await?;
        state.server = Some(server.clone());
        state.searches += 1;
        Ok((server, state.searches))
    }
}

/// Whether the server may not be the one that takes writes any more.
fn is_lost(error: &RedisError) -> bool {
    error.is_io_error()
        || error.is_timeout()
        || matches!(error.code(), Some("READONLY" | "MASTERDOWN" | "LOADING"))
}

/// Who is asked where the server is; user, password and database are those of the server.
fn watchers(
    sentinels: &[ConnectionInfo],
    name: &str,
    certificates: Option<TlsCertificates>,
) -> RedisResult<SentinelClient> {
    let with_tls = sentinels.iter().any(|sentinel| matches!(sentinel.addr(), ConnectionAddr::TcpTls { .. }));
    let addresses = sentinels.iter().map(|sentinel| sentinel.addr().clone());
    let mut builder = SentinelClientBuilder::new(addresses, name, SentinelServerType::Master)?;
    if with_tls {
        builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
        builder = builder.set_client_to_sentinel_tls_mode(TlsMode::Secure);
    }
    if let Some(certificates) = certificates {
        builder = builder.set_client_to_redis_certificates(certificates.clone());
        builder = builder.set_client_to_sentinel_certificates(certificates);
    }
    let Some(redis) = sentinels.first().map(ConnectionInfo::redis_settings) else { return builder.build() };
    builder = builder.set_client_to_redis_db(redis.db());
    if let Some(user) = redis.username() {
        builder = builder.set_client_to_redis_username(user);
    }
    if let Some(password) = redis.password() {
        builder = builder.set_client_to_redis_password(password);
    }
    builder.build()
}
