//! [`SqlConfig`]: which database, and how it is used.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use dlq_core::Clock;
use dlq_core::storage::{StorageError, StorageErrorKind, StorageResult};

/// Which database, and how it is used. What it prints never shows a password.
///
/// | setting | default | allowed |
/// |---|---|---|
/// | [`connections`](Self::connections) | 8 | 2 to 1000 |
/// | [`acquire_timeout`](Self::acquire_timeout) | 5 s | a millisecond and more |
/// | [`statement_timeout`](Self::statement_timeout) | 30 s | a millisecond and more |
/// | [`schema`](Self::schema) | the server's | 1 to 63 of `a-z 0-9 _`, no digit first; not SQLite |
/// | [`clock`](Self::clock) | the database's | any |
#[derive(Clone)]
pub struct SqlConfig {
    pub(crate) database: Database,
    pub(crate) connections: u32,
    pub(crate) acquire_timeout: Duration,
    pub(crate) statement_timeout: Duration,
    pub(crate) schema: Option<String>,
    pub(crate) clock: Option<Arc<dyn Clock>>,
}

/// Where the database is.
#[derive(Clone)]
pub(crate) enum Database {
    #[cfg(feature = "sqlite")]
    Sqlite(std::path::PathBuf),
    #[cfg(feature = "postgres")]
    Postgres(Box<sqlx::postgres::PgConnectOptions>),
    #[cfg(feature = "mysql")]
    Mysql(Box<sqlx::mysql::MySqlConnectOptions>),
}

impl SqlConfig {
    /// Takes a URL: `sqlite:///var/lib/dlq/dlq.db` (a file, made if it is not there),
    /// `postgres://user:password@host:5432/database`, or `mysql://user:password@host:3306/database`, for which
    /// `mariadb:` is another name.
    ///
    /// # Errors
    /// The URL cannot be read, or names a database that this build does not know.
    pub fn from_url(url: &str) -> StorageResult<Self> {
        let (scheme, _) = url.split_once(':').unwrap_or_default();
        let database = match scheme {
            #[cfg(feature = "sqlite")]
            "sqlite" => Database::sqlite(url),
            #[cfg(feature = "postgres")]
            "postgres" | "postgresql" => Database::postgres(url),
            #[cfg(feature = "mysql")]
            "mysql" | "mariadb" => Database::mysql(url),
            _ => Err(invalid("url", &redacted(url), &format!("{} in this build", SCHEMES.join(", ")))),
        }?;
        Ok(Self {
            database,
            connections: 8,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
            schema: None,
            clock: None,
        })
    }

    /// How many connections at most.
    #[must_use]
    pub const fn connections(mut self, connections: u32) -> Self {
        self.connections = connections;
        self
    }

    /// How long an operation waits for a connection.
    #[must_use]
    pub const fn acquire_timeout(mut self, timeout: Duration) -> Self {
        self.acquire_timeout = timeout;
        self
    }

    /// After how long a statement is given up: by the server, which also ends the transaction of an instance that stands
    /// still; and a little later by us, where no server answers any more. The connection is then closed, and what came of
    /// the statement is unknown. SQLite has no server: there it is given up by us alone.
    #[must_use]
    pub const fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.statement_timeout = timeout;
        self
    }

    /// In which schema the tables are, which is made if it is not there: several stores in one database. MariaDB and MySQL
    /// call a schema a database: there it stands in the place of the one that the URL names.
    #[must_use]
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// Whose time rules over leases and due times, instead of the database's; for tests.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// How long a statement's answer may take: a little longer than the server itself takes to give it up, whose words
    /// say more.
    pub(crate) fn deadline(&self) -> Duration {
        self.statement_timeout + self.statement_timeout / 10 + Duration::from_millis(100)
    }

    /// Checks what the table above allows.
    pub(crate) fn validate(&self) -> StorageResult<()> {
        if !(2..=1000).contains(&self.connections) {
            return Err(invalid("connections", &self.connections.to_string(), "2 to 1000"));
        }
        for (name, timeout) in
            [("acquire_timeout", self.acquire_timeout), ("statement_timeout", self.statement_timeout)]
        {
            if timeout.as_millis() == 0 {
                return Err(invalid(name, &format!("{timeout:?}"), "a millisecond and more"));
            }
        }
        match &self.schema {
            Some(_) if !self.database.has_schemas() => {
                Err(invalid("schema", "set", "only servers have schemas; an SQLite file stands for itself"))
            }
            Some(name) if !is_plain(name) => {
                Err(invalid("schema", name, "1 to 63 of a-z 0-9 _, no digit first"))
            }
            _ => Ok(()),
        }
    }
}

impl Database {
    #[cfg(feature = "sqlite")]
    fn sqlite(url: &str) -> StorageResult<Self> {
        let options: Result<sqlx::sqlite::SqliteConnectOptions, _> = url.parse();
        let options = options
            .map_err(|error| invalid("url", &redacted(url), "sqlite:///path/to/file").caused_by(error))?;
        let in_memory = url.contains(":memory:") || url.contains("mode=memory");
        let file = options.get_filename();
        if in_memory || file.as_os_str().is_empty() {
            return Err(invalid("url", url, "sqlite:///path/to/file: a store keeps what it was given"));
        }
        Ok(Self::Sqlite(file.to_owned()))
    }

    #[cfg(feature = "postgres")]
    fn postgres(url: &str) -> StorageResult<Self> {
        use sqlx::ConnectOptions;
        let options: Result<sqlx::postgres::PgConnectOptions, _> = url.parse();
        // The driver's own error may repeat the URL, password and all.
        let options = options
            .map_err(|_| invalid("url", &redacted(url), "postgres://user:password@host:port/database"))?;
        let options = match options.get_application_name() {
            Some(_) => options,
            None => options.application_name("dlq"),
        };
        Ok(Self::Postgres(Box::new(options.disable_statement_logging())))
    }

    #[cfg(feature = "mysql")]
    fn mysql(url: &str) -> StorageResult<Self> {
        use sqlx::ConnectOptions;
        const ALLOWED: &str = "mysql://user:password@host:port/database";
        // The driver's own error may repeat the URL, password and all.
        let options: Result<sqlx::mysql::MySqlConnectOptions, _> = url.parse();
        let options = options.map_err(|_| invalid("url", &redacted(url), ALLOWED))?;
        if options.get_database().is_none() {
            return Err(invalid("url", &redacted(url), ALLOWED));
        }
        Ok(Self::Mysql(Box::new(options.disable_statement_logging())))
    }

    const fn has_schemas(&self) -> bool {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => false,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => true,
            #[cfg(feature = "mysql")]
            Self::Mysql(_) => true,
        }
    }
}

const SCHEMES: &[&str] = &[
    #[cfg(feature = "sqlite")]
    "sqlite://",
    #[cfg(feature = "postgres")]
    "postgres://",
    #[cfg(feature = "mysql")]
    "mysql://",
];

fn invalid(field: &str, value: &str, allowed: &str) -> StorageError {
    let message = format!("{field} {value:?}: allowed are {allowed}");
    StorageError::new(StorageErrorKind::Validation, "configure", message)
}

fn is_plain(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// The URL without user, password and parameters.
fn redacted(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    let place = place.split_once('?').map_or(place, |(place, _)| place);
    if place.len() == rest.len() { url.to_owned() } else { format!("{scheme}://***@{place}") }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(file) => write!(f, "sqlite://{}", file.display()),
            #[cfg(feature = "postgres")]
            Self::Postgres(options) => {
                let database = options.get_database().unwrap_or_default();
                write!(f, "postgres://***@{}:{}/{database}", options.get_host(), options.get_port())
            }
            #[cfg(feature = "mysql")]
            Self::Mysql(options) => {
                let database = options.get_database().unwrap_or_default();
                write!(f, "mysql://***@{}:{}/{database}", options.get_host(), options.get_port())
            }
        }
    }
}

impl fmt::Debug for SqlConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlConfig")
            .field("database", &self.database)
            .field("connections", &self.connections)
            .field("acquire_timeout", &self.acquire_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .field("schema", &self.schema)
            .field("clock", &self.clock)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_ever_printed() {
        for url in [
            "postgres://anna:s3cret@h:1/d",
            "mysql://anna:s3cret@h/d",
            "postgres://anna:s3cret@h:no/d?password=s3cret",
        ] {
            let said = match SqlConfig::from_url(url) {
                Ok(config) => format!("{config:?}"),
                Err(error) => format!("{error} {error:?}"),
            };
            assert!(!said.contains("s3cret") && !said.contains("anna"), "{said}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for url in ["", "dlq.db", "oracle://x"] {
            assert!(SqlConfig::from_url(url).unwrap_err().to_string().contains("allowed are"), "{url}");
        }
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn every_setting_has_its_bounds() {
        let config = || SqlConfig::from_url("sqlite:///tmp/dlq.db").unwrap();
        config().validate().unwrap();
        for (wrong, field) in [
            (config().connections(1), "connections"),
            (config().acquire_timeout(Duration::ZERO), "acquire_timeout"),
            (config().statement_timeout(Duration::ZERO), "statement_timeout"),
            (config().schema("a"), "schema"),
        ] {
            assert!(wrong.validate().unwrap_err().to_string().contains(field));
        }
        assert!(SqlConfig::from_url("sqlite::memory:").is_err());
    }
}
