//! Storages of a test's own.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use dlq::config::{Config, Flag, Sources};
use dlq::storage::{Opener, open};
use dlq_core::DlqStorage;
use dlq_storage_sql::{SqlConfig, SqlStorage};
use dlq_testkit::server::Server;
use sqlx::{Connection, MySqlConnection, PgConnection, SqliteConnection};
use tempfile::TempDir;

use super::{Cluster, unique, wait};

/// A storage of a test's own, and the cluster from which it is filled. A file is gone with the test; what is on a
/// server stays behind.
pub struct Store {
    pub url: String,
    pub cluster: Cluster,
    folder: Option<Arc<TempDir>>,
}

impl Store {
    pub fn memory() -> Self {
        Self { url: "memory:".to_owned(), cluster: Cluster::shared(), folder: None }
    }

    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Self::sqlite_in(folder.path());
        Self { folder: Some(Arc::new(folder)), ..store }
    }

    pub fn sqlite_in(folder: &Path) -> Self {
        let url = format!("sqlite:{}", folder.join("dlq.db").display());
        make(&SqlConfig::from_url(&url).unwrap());
        Self { url, cluster: Cluster::shared(), folder: None }
    }

    /// A schema of the real server.
    pub fn postgres() -> Self {
        Self::in_schema_of(Server::named("postgres").url())
    }

    pub fn in_schema_of(server: &str) -> Self {
        let schema = unique("bad").replace('-', "_");
        make(&SqlConfig::from_url(server).unwrap().schema(schema.as_str()));
        let url = format!("{server}?options=-csearch_path%3D{schema}");
        Self { url, cluster: Cluster::shared(), folder: None }
    }

    /// A database of the real server.
    pub fn mariadb() -> Self {
        Self::in_database_of(Server::named("mariadb").url())
    }

    pub fn in_database_of(server: &str) -> Self {
        let database = unique("dlq_bad").replace('-', "_");
        make(&SqlConfig::from_url(server).unwrap().schema(database.as_str()));
        let mut url: url::Url = server.parse().unwrap();
        url.set_path(&database);
        Self { url: url.into(), cluster: Cluster::shared(), folder: None }
    }

    /// A prefix of the real server.
    pub fn redis() -> Self {
        Self::under_prefix_of(Server::named("redis").url())
    }

    pub fn under_prefix_of(server: &str) -> Self {
        let url = format!("{server}?prefix={}", unique("bad"));
        Self { url, cluster: Cluster::shared(), folder: None }
    }

    /// A store of the real server.
    pub fn cassandra() -> Self {
        Self::as_store_of(Server::named("cassandra").url())
    }

    pub fn as_store_of(server: &str) -> Self {
        let url = format!("{server}/dlq_test?shards=4&store={}", unique("bad"));
        Self { url, cluster: Cluster::shared(), folder: None }
    }

    /// The same storage, reached through a proxy at this address.
    pub fn through(&self, proxy: SocketAddr) -> Self {
        let mut url: url::Url = self.url.parse().unwrap();
        url.set_port(Some(proxy.port())).unwrap();
        Self { url: url.into(), cluster: self.cluster.clone(), folder: None }
    }

    /// The same storage, filled from another cluster, or through another of its doors.
    pub fn filled_from(&self, brokers: impl ToString) -> Self {
        let (url, folder) = (self.url.clone(), self.folder.clone());
        Self { url, cluster: Cluster(brokers.to_string()), folder }
    }

    /// The number that a query of a PostgreSQL answers.
    pub fn number(&self, query: &'static str) -> i64 {
        wait(async {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap()
        })
    }

    /// Executes a statement behind the storage's back.
    pub fn sql(&self, statement: &str) {
        sql(&self.url, statement);
    }
}

/// The storage at this URL, opened as `dlq serve` opens it.
pub async fn opened(url: &str) -> Arc<dyn DlqStorage> {
    let flag = Flag { key: "storage.url", name: "a test", value: url.to_owned() };
    let sources = Sources { flags: vec![flag], ..Sources::default() };
    open(&Config::load(&sources).unwrap().config.storage, Opener::Server).await.unwrap()
}

fn make(config: &SqlConfig) {
    wait(async { SqlStorage::connect(config).await.unwrap().close().await });
}

/// Tables of a PostgreSQL that nobody can write to, until this is dropped: a storage that is as slow as a test wants.
pub struct Locked {
    runtime: tokio::runtime::Runtime,
    connection: Option<PgConnection>,
}

impl Locked {
    pub fn records_of(store: &Store) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let connection = runtime.block_on(async {
            let mut connection = PgConnection::connect(&store.url).await.unwrap();
            sqlx::raw_sql("BEGIN; LOCK TABLE dlq_record IN EXCLUSIVE MODE")
                .execute(&mut connection)
                .await
                .unwrap();
            connection
        });
        Self { runtime, connection: Some(connection) }
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.runtime.block_on(connection.close()).unwrap();
        }
    }
}

/// Executes a statement in a database.
pub fn sql(url: &str, statement: &str) {
    wait(async {
        let statement = sqlx::raw_sql(sqlx::AssertSqlSafe(statement));
        if url.starts_with("sqlite:") {
            statement.execute(&mut SqliteConnection::connect(url).await.unwrap()).await.map(drop)
        } else if url.starts_with("mysql:") {
            statement.execute(&mut MySqlConnection::connect(url).await.unwrap()).await.map(drop)
        } else {
            statement.execute(&mut PgConnection::connect(url).await.unwrap()).await.map(drop)
        }
    })
    .unwrap();
}
