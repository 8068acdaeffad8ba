//! Storages of a test's own.

use dlq_storage_sql::{SqlConfig, SqlStorage};
use dlq_testkit::server::Server;

use super::{unique, wait};

/// A storage of a test's own. A file is gone with the test; a schema stays behind.
pub struct Store {
    pub url: String,
    _folder: Option<tempfile::TempDir>,
}

impl Store {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("dlq.db").display());
        make(&SqlConfig::from_url(&url).unwrap());
        Self { url, _folder: Some(folder) }
    }

    /// A schema of the real server.
    pub fn postgres() -> Self {
        Self::in_schema_of(Server::named("postgres").url())
    }

    pub fn in_schema_of(server: &str) -> Self {
        let schema = unique("bad").replace('-', "_");
        make(&SqlConfig::from_url(server).unwrap().schema(schema.as_str()));
        Self { url: format!("{server}?options=-csearch_path%3D{schema}"), _folder: None }
    }
}

fn make(config: &SqlConfig) {
    wait(async { SqlStorage::connect(config).await.unwrap().close().await });
}
