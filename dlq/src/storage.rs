//! From a URL to a storage: the only file that names backends.

use std::path::Path;
use std::sync::Arc;

use dlq_core::DlqStorage;
use dlq_core::storage::{Account, PageRequest, QueryCriteria, StorageResult};

use crate::config::{Mistake, Mistakes, Storage, StorageUrl};

/// Who opens the storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opener {
    /// A process that captures: a storage that is not there yet is made.
    Server,
    /// A command that looks at what is there: a storage that is not there is a mistake.
    Client,
}

/// The schemes that this build knows.
pub const SCHEMES: &[&str] = &[
    #[cfg(feature = "sqlite")]
    "sqlite",
    #[cfg(feature = "postgres")]
    "postgres",
    #[cfg(feature = "mysql")]
    "mysql",
    #[cfg(feature = "redis")]
    "redis",
    #[cfg(feature = "redis")]
    "rediss",
    #[cfg(feature = "redis")]
    "redis+cluster",
    #[cfg(feature = "redis")]
    "redis+sentinel",
    #[cfg(feature = "cassandra")]
    "cassandra",
    #[cfg(feature = "cassandra")]
    "scylla",
    "memory",
];

/// Opens the storage that is configured.
///
/// # Errors
/// [`Mistakes`] where none is configured, or its URL is of no use to the opener; else the storage's own error.
pub async fn open(config: &Storage, opener: Opener) -> anyhow::Result<Arc<dyn DlqStorage>> {
    let url = config.required_url().map_err(Mistakes::from)?;
    match url.reveal().split_once(':').map(|(scheme, _)| scheme) {
        #[cfg(feature = "sqlite")]
        Some("sqlite") => sqlite(url, config, opener).await,
        #[cfg(feature = "postgres")]
        Some("postgres" | "postgresql") => sql(url, config).await,
        #[cfg(feature = "mysql")]
        Some("mysql" | "mariadb") => sql(url, config).await,
        #[cfg(feature = "redis")]
        Some(scheme) if is_redis(scheme) => redis(url, config).await,
        #[cfg(feature = "cassandra")]
        Some("cassandra" | "scylla") => cassandra(url, config).await,
        Some("memory") => memory(url, opener),
        _ => Err(unusable(url, &format!("allowed: a URL that begins with {}:", SCHEMES.join(":, "))).into()),
    }
}

/// What a storage holds, in words, if it holds anything.
///
/// # Errors
/// It cannot be read.
pub async fn held(storage: &dyn DlqStorage) -> StorageResult<Option<String>> {
    let account = storage.account().await?;
    let any = PageRequest { size: 1, ..PageRequest::new(QueryCriteria::default()) };
    if account != Account::default() || !storage.page(&any).await?.records.is_empty() {
        let records: u64 = account.by_status.iter().sum();
        return Ok(Some(format!("{records} records, and books of {}", account.stored.max(account.captured))));
    }
    let watermarks = storage.all_watermarks().await?.len();
    let kinds = storage.document_kinds().await?;
    Ok(match (watermarks, kinds.as_slice()) {
        (0, []) => None,
        (0, kinds) => Some(format!("documents of the kinds {}", kinds.join(", "))),
        (watermarks, _) => Some(format!("{watermarks} watermarks")),
    })
}

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
async fn sql(url: &StorageUrl, config: &Storage) -> anyhow::Result<Arc<dyn DlqStorage>> {
    use anyhow::Context;
    use dlq_storage_sql::{SqlConfig, SqlStorage};
    let sql = SqlConfig::from_url(url.reveal()).map_err(|error| unusable(url, &error.to_string()))?;
    let sql = sql.connections(config.pool_size).acquire_timeout(config.acquire_timeout.0);
    let storage = SqlStorage::connect(&sql).await;
    Ok(Arc::new(storage.with_context(|| format!("cannot open the storage {url}"))?))
}

/// One server, a cluster, or one that sentinels watch.
#[cfg(feature = "redis")]
fn is_redis(scheme: &str) -> bool {
    let (scheme, kind) = scheme.split_once('+').unwrap_or((scheme, ""));
    matches!(scheme, "redis" | "rediss" | "valkey" | "valkeys") && matches!(kind, "" | "cluster" | "sentinel")
}

#[cfg(feature = "redis")]
async fn redis(url: &StorageUrl, config: &Storage) -> anyhow::Result<Arc<dyn DlqStorage>> {
    use anyhow::Context;
    use dlq_storage_redis::{RedisConfig, RedisStorage};
    let redis = RedisConfig::from_url(url.reveal()).map_err(|error| unusable(url, &error.to_string()))?;
    let storage = RedisStorage::connect(&redis.connect_timeout(config.acquire_timeout.0)).await;
    Ok(Arc::new(storage.with_context(|| format!("cannot open the storage {url}"))?))
}

#[cfg(feature = "cassandra")]
async fn cassandra(url: &StorageUrl, config: &Storage) -> anyhow::Result<Arc<dyn DlqStorage>> {
    use anyhow::Context;
    use dlq_storage_cassandra::{CassandraConfig, CassandraStorage};
    let cassandra =
        CassandraConfig::from_url(url.reveal()).map_err(|error| unusable(url, &error.to_string()))?;
    let storage = CassandraStorage::connect(&cassandra.connect_timeout(config.acquire_timeout.0)).await;
    Ok(Arc::new(storage.with_context(|| format!("cannot open the storage {url}"))?))
}

/// A command that only looks must not make an empty storage where the name of the file is misspelt.
#[cfg(feature = "sqlite")]
async fn sqlite(url: &StorageUrl, config: &Storage, opener: Opener) -> anyhow::Result<Arc<dyn DlqStorage>> {
    if let (Opener::Client, Some(path)) = (opener, file_to_be_made(url)) {
        let problem = format!("there is no file {path:?}; allowed: a file that dlq serve made");
        return Err(unusable(url, &problem).into());
    }
    sql(url, config).await
}

/// The file of an SQLite URL, where it is not there yet: `dlq serve` makes it.
#[must_use]
pub fn file_to_be_made(url: &StorageUrl) -> Option<&Path> {
    let path = url.reveal().strip_prefix("sqlite:")?.trim_start_matches("//");
    let path = Path::new(path.split('?').next().unwrap_or_default());
    let is_there = path.to_string_lossy().contains('%') || path.exists();
    (!is_there).then_some(path)
}

fn memory(url: &StorageUrl, opener: Opener) -> anyhow::Result<Arc<dyn DlqStorage>> {
    match opener {
        Opener::Server => Ok(Arc::new(dlq_core::storage::memory::MemoryStorage::default())),
        Opener::Client => {
            let problem = "lives inside the process that made it, so another process sees nothing of it; allowed: a \
                           storage that a server shares with its clients";
            Err(unusable(url, problem).into())
        }
    }
}

fn unusable(url: &StorageUrl, problem: &str) -> Mistakes {
    Mistake::about(format!("storage.url = \"{url}\""), problem).into()
}
