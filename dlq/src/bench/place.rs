//! [`Place`]: where an empty storage is made for each run.

#[cfg(feature = "sqlite")]
use std::path::{Path, PathBuf};

use crate::config::{Mistake, Mistakes};
use crate::storage::SCHEMES;

/// Where an empty storage is made for each run. What else is there stays as it is.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// A file in a directory.
    #[cfg(feature = "sqlite")]
    Sqlite(Fresh<PathBuf>),
    /// A schema in a database, by its URL.
    #[cfg(feature = "postgres")]
    Postgres(Fresh<String>),
    /// A database on a server, by the URL of another.
    #[cfg(feature = "mysql")]
    Mysql(Fresh<String>),
    /// A prefix on a server, by its URL.
    #[cfg(feature = "redis")]
    Redis(Fresh<String>),
    /// A keyspace on a cluster, by the URL of another.
    #[cfg(feature = "cassandra")]
    Cassandra(Fresh<String>),
    /// The memory of the measured process.
    Memory,
}

/// A place, and a name in it that nobody else has.
#[cfg(any(
    feature = "sqlite",
    feature = "postgres",
    feature = "mysql",
    feature = "redis",
    feature = "cassandra"
))]
#[derive(Clone, Debug)]
pub(super) struct Fresh<T> {
    place: T,
    name: String,
}

#[cfg(any(
    feature = "sqlite",
    feature = "postgres",
    feature = "mysql",
    feature = "redis",
    feature = "cassandra"
))]
impl<T> Fresh<T> {
    fn at(place: T) -> Self {
        Self { place, name: format!("dlq_bench_{}", uuid::Uuid::now_v7().simple()) }
    }
}

impl Place {
    /// The place that a URL names: of a file, its directory.
    ///
    /// # Errors
    /// The URL names no storage that this build knows.
    pub(super) fn at(url: &str) -> Result<Self, Mistakes> {
        match url.split_once(':') {
            #[cfg(feature = "sqlite")]
            Some(("sqlite", file)) => Ok(Self::Sqlite(Fresh::at(directory(file)))),
            #[cfg(feature = "postgres")]
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(Fresh::at(url.to_owned()))),
            #[cfg(feature = "mysql")]
            Some(("mysql" | "mariadb", _)) => Ok(Self::Mysql(Fresh::at(url.to_owned()))),
            #[cfg(feature = "redis")]
            Some(("redis" | "rediss" | "valkey" | "valkeys", _)) => {
                Ok(Self::Redis(Fresh::at(url.to_owned())))
            }
            #[cfg(feature = "cassandra")]
            Some(("cassandra" | "scylla", _)) => Ok(Self::Cassandra(Fresh::at(url.to_owned()))),
            Some(("memory", _)) => Ok(Self::Memory),
            _ => {
                // What is spread over several servers is not measured.
                let measured = SCHEMES.iter().filter(|scheme| !scheme.contains('+'));
                let allowed: Vec<_> = measured.map(|scheme| format!("{scheme}:")).collect();
                let problem = format!(
                    "not a storage that is measured; allowed: a URL that begins with {}",
                    allowed.join(", ")
                );
                Err(Mistake::about("--store", problem).into())
            }
        }
    }

    /// What it is called in a report.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => "sqlite",
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => "postgres",
            #[cfg(feature = "mysql")]
            Self::Mysql(_) => "mysql",
            #[cfg(feature = "redis")]
            Self::Redis(_) => "redis",
            #[cfg(feature = "cassandra")]
            Self::Cassandra(_) => "cassandra",
            Self::Memory => "memory",
        }
    }

    /// Whether others read what ours wrote, in tables.
    pub(super) const fn has_tables(&self) -> bool {
        !matches!(self.name().as_bytes(), b"redis" | b"cassandra" | b"memory")
    }

    /// Whether there is a bare program that writes by COPY.
    pub(super) const fn takes_copies(&self) -> bool {
        #[cfg(feature = "postgres")]
        return matches!(self, Self::Postgres(_));
        #[cfg(not(feature = "postgres"))]
        false
    }

    /// Makes room for an empty storage; answers its URL.
    ///
    /// # Errors
    /// The directory, the schema, the database or the keys cannot be made.
    pub(super) async fn enter(&self) -> anyhow::Result<String> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(Fresh { place, name }) => {
                let directory = place.join(name);
                std::fs::create_dir_all(&directory)?;
                Ok(format!("sqlite:{}", directory.join("dlq.db").display()))
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(Fresh { place, name }) => super::bare::postgres::make_schema(place, name).await,
            #[cfg(feature = "mysql")]
            Self::Mysql(Fresh { place, name }) => super::bare::mysql::make_database(place, name).await,
            #[cfg(feature = "redis")]
            Self::Redis(Fresh { place, name }) => super::bare::redis::under_prefix(place, name),
            #[cfg(feature = "cassandra")]
            Self::Cassandra(Fresh { place, name }) => Ok(super::bare::cassandra::in_keyspace(place, name)),
            Self::Memory => Ok("memory:".to_owned()),
        }
    }

    /// Takes away what [`enter`](Self::enter) made and all that came into it, if it is there.
    ///
    /// # Errors
    /// The directory, the schema, the database or the keys cannot be removed.
    pub(super) async fn leave(&self) -> anyhow::Result<()> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(Fresh { place, name }) => match std::fs::remove_dir_all(place.join(name)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
                _ => Ok(()),
            },
            #[cfg(feature = "postgres")]
            Self::Postgres(Fresh { place, name }) => super::bare::postgres::drop_schema(place, name).await,
            #[cfg(feature = "mysql")]
            Self::Mysql(Fresh { place, name }) => super::bare::mysql::drop_database(place, name).await,
            #[cfg(feature = "redis")]
            Self::Redis(Fresh { place, name }) => super::bare::redis::drop_prefix(place, name).await,
            #[cfg(feature = "cassandra")]
            Self::Cassandra(Fresh { place, name }) => {
                super::bare::cassandra::drop_keyspace(place, name).await
            }
            Self::Memory => Ok(()),
        }
    }
}

/// The directory of a file, as a URL names it; that of temporary files where there is no name.
#[cfg(feature = "sqlite")]
fn directory(file: &str) -> PathBuf {
    let file = Path::new(file.trim_start_matches("//").split('?').next().unwrap_or_default());
    match file.parent() {
        Some(directory) => directory.to_owned(),
        None => std::env::temp_dir(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "sqlite")]
    #[tokio::test]
    async fn a_file_that_is_there_is_not_touched() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("dlq.db");
        std::fs::write(&file, "precious").unwrap();
        let place = Place::at(&format!("sqlite:{}", file.display())).unwrap();
        let url = place.enter().await.unwrap();
        let inside = PathBuf::from(url.trim_start_matches("sqlite:"));
        assert!(inside.starts_with(directory.path()) && inside != file, "{url}");
        std::fs::write(&inside, "").unwrap();
        place.leave().await.unwrap();
        place.leave().await.unwrap();
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
    }

    #[test]
    fn what_is_no_storage_is_refused_without_repeating_its_secrets() {
        let error = Place::at("oracle://anna:s3cret@h/d").unwrap_err().to_string();
        assert!(
            error.contains("--store") && error.contains("memory:") && !error.contains("s3cret"),
            "{error}"
        );
    }
}
