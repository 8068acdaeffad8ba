//! Empty databases, each for one test.
#![expect(clippy::unwrap_used, reason = "a test that cannot open its database fails")]
#![allow(dead_code, reason = "each test uses its part")]

use std::sync::Arc;

use async_trait::async_trait;
use dlq_core::{Clock, DlqStorage};
use dlq_storage_sql::{SqlConfig, SqlStorage};
use dlq_testkit::conformance::Examinee;

/// A database of its own.
#[async_trait]
pub(crate) trait Place: Send + Sync {
    /// How to connect to it.
    fn config(&self) -> SqlConfig;

    /// Executes a script there, on a connection of its own.
    async fn execute(&self, script: &str);

    /// Drops the index of the lanes.
    async fn drop_lanes(&self) {
        self.execute("DROP INDEX dlq_record_lane").await;
    }

    /// Clears it away.
    async fn clear(&self) {}
}

/// An SQLite file.
#[cfg(feature = "sqlite")]
pub(crate) struct InFile(tempfile::TempDir);

#[cfg(feature = "sqlite")]
impl InFile {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
}

#[cfg(feature = "sqlite")]
impl InFile {
    /// What stands in its folder.
    pub(crate) fn files(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.0.path()).unwrap().map(|file| file.unwrap().file_name());
        let mut names: Vec<_> = files.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn url(&self) -> String {
        format!("sqlite://{}", self.0.path().join("dlq.db").display())
    }
}

#[cfg(feature = "sqlite")]
#[async_trait]
impl Place for InFile {
    fn config(&self) -> SqlConfig {
        SqlConfig::from_url(&self.url()).unwrap()
    }

    async fn execute(&self, script: &str) {
        use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
        let mut connection = SqliteConnection::connect(&self.url()).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(script.to_owned())).execute(&mut connection).await.unwrap();
    }
}

/// A schema on the real PostgreSQL server.
#[cfg(feature = "postgres")]
pub(crate) struct InSchema {
    server: dlq_testkit::server::Server,
    schema: String,
}

#[cfg(feature = "postgres")]
impl InSchema {
    pub(crate) fn new() -> Self {
        let schema = format!("dlq_{}", uuid::Uuid::new_v4().simple());
        Self { server: dlq_testkit::server::Server::named("postgres"), schema }
    }
}

#[cfg(feature = "postgres")]
impl InSchema {
    /// The one number that a query answers.
    pub(crate) async fn number(&self, query: &str) -> i64 {
        use sqlx::{AssertSqlSafe, Connection, PgConnection};
        let mut connection = PgConnection::connect(self.server.url()).await.unwrap();
        let path = AssertSqlSafe(format!("SET search_path TO {}", self.schema));
        sqlx::raw_sql(path).execute(&mut connection).await.unwrap();
        let query = sqlx::query_as(AssertSqlSafe(query.to_owned()));
        let (number,): (i64,) = query.fetch_one(&mut connection).await.unwrap();
        number
    }
}

#[cfg(feature = "postgres")]
#[async_trait]
impl Place for InSchema {
    fn config(&self) -> SqlConfig {
        SqlConfig::from_url(self.server.url()).unwrap().schema(&self.schema).connections(4)
    }

    async fn execute(&self, script: &str) {
        use sqlx::{AssertSqlSafe, Connection, PgConnection};
        let mut connection = PgConnection::connect(self.server.url()).await.unwrap();
        let script = AssertSqlSafe(format!("SET search_path TO {}; {script}", self.schema));
        sqlx::raw_sql(script).execute(&mut connection).await.unwrap();
    }

    async fn clear(&self) {
        self.execute(&format!("DROP SCHEMA {} CASCADE", self.schema)).await;
    }
}

/// A database on the real MariaDB server.
#[cfg(feature = "mysql")]
pub(crate) struct InMysql {
    server: dlq_testkit::server::Server,
    database: String,
}

#[cfg(feature = "mysql")]
impl InMysql {
    pub(crate) fn new() -> Self {
        let database = format!("dlq_{}", uuid::Uuid::new_v4().simple());
        Self { server: dlq_testkit::server::Server::named("mariadb"), database }
    }

    async fn connect(&self) -> sqlx::MySqlConnection {
        use sqlx::ConnectOptions;
        let options: sqlx::mysql::MySqlConnectOptions = self.server.url().parse().unwrap();
        options.database(&self.database).connect().await.unwrap()
    }

    /// The one number that a query answers.
    pub(crate) async fn number(&self, query: &str) -> i64 {
        let query = sqlx::query_as(sqlx::AssertSqlSafe(query.to_owned()));
        let (number,): (i64,) = query.fetch_one(&mut self.connect().await).await.unwrap();
        number
    }
}

#[cfg(feature = "mysql")]
#[async_trait]
impl Place for InMysql {
    fn config(&self) -> SqlConfig {
        SqlConfig::from_url(self.server.url()).unwrap().schema(&self.database).connections(4)
    }

    async fn execute(&self, script: &str) {
        let script = sqlx::raw_sql(sqlx::AssertSqlSafe(script.to_owned()));
        script.execute(&mut self.connect().await).await.unwrap();
    }

    async fn drop_lanes(&self) {
        self.execute("DROP INDEX dlq_record_lane ON dlq_record").await;
    }

    async fn clear(&self) {
        self.execute(&format!("DROP DATABASE {}", self.database)).await;
    }
}

/// A place as the suite examines it.
pub(crate) struct Examined<P>(pub(crate) P);

#[async_trait]
impl<P: Place> Examinee for Examined<P> {
    async fn open(&self, clock: Arc<dyn Clock>) -> Arc<dyn DlqStorage> {
        Arc::new(SqlStorage::connect(&self.0.config().clock(clock)).await.unwrap())
    }

    async fn reopen(&self, clock: Arc<dyn Clock>) -> Arc<dyn DlqStorage> {
        self.open(clock).await
    }

    async fn close(&self) {
        self.0.clear().await;
    }
}
