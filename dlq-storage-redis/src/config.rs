//! [`RedisConfig`]: which server, and how it is used.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use dlq_core::Clock;
use dlq_core::storage::{StorageError, StorageErrorKind, StorageResult};

use crate::address::Address;

/// What is allowed of URLs.
const URLS: &str = "redis:// or rediss:// (valkey://, valkeys://) with one host, redis+cluster:// with some, and \
                    redis+sentinel:// with some and the name that they watch";
/// The most shards there may be.
const SHARDS_MAX: u32 = 1024;
/// What is allowed of them.
const SHARDS: &str = "1 to 1024";

/// Which server, and how it is used. What it prints never shows a password.
///
/// | setting | default | allowed |
/// |---|---|---|
/// | [`prefix`](Self::prefix) | `dlq` | 1 to 64 of `a-z A-Z 0-9 _ - .` |
/// | [`shards`](Self::shards) | those that the store has; 1 for a new one, 12 in a cluster | 1 to 1024 |
/// | [`ca`](Self::ca) | whom the machine trusts | a file in PEM |
/// | [`connect_timeout`](Self::connect_timeout) | 5 s | a millisecond and more |
/// | [`response_timeout`](Self::response_timeout) | 30 s | a millisecond and more |
/// | [`clock`](Self::clock) | the server's | any |
#[derive(Clone)]
pub struct RedisConfig {
    pub(crate) address: Address,
    pub(crate) ca: Option<PathBuf>,
    pub(crate) prefix: String,
    pub(crate) shards: Option<u32>,
    pub(crate) connect_timeout: Duration,
    pub(crate) response_timeout: Duration,
    pub(crate) clock: Option<Arc<dyn Clock>>,
}

impl RedisConfig {
    /// Takes a URL: `redis://user:password@host:6379/0`, or `rediss://` with TLS; `valkey://` and `valkeys://` say the
    /// same. `redis+cluster://host:6379,other:6379` names some nodes of a cluster, and
    /// `redis+sentinel://host:26379,other:26379/name/0` the sentinels that watch the server of that name; user and password
    /// are always the server's.
    ///
    /// `?prefix=orders` sets [`prefix`](Self::prefix), `&shards=8` [`shards`](Self::shards), `&ca=/path/ca.pem`
    /// [`ca`](Self::ca).
    ///
    /// ```
    /// use dlq_storage_redis::RedisConfig;
    ///
    /// let config = RedisConfig::from_url("redis://dlq:hunter2@cache:6380/1?prefix=orders")?;
    /// let told = format!("{config:?}");
    /// assert!(told.contains("cache:6380") && told.contains("orders") && !told.contains("hunter2"));
    /// assert!(RedisConfig::from_url("http://cache").is_err());
    /// # Ok::<(), dlq_core::storage::StorageError>(())
    /// ```
    ///
    /// # Errors
    /// The URL cannot be read, or names something else than Redis or Valkey.
    pub fn from_url(url: &str) -> StorageResult<Self> {
        // The driver's own error may repeat the URL, password and all.
        let unusable = || invalid("url", &redacted(url), URLS);
        let (place, parameters) = url.split_once('?').unwrap_or((url, ""));
        let address = Address::read(place).ok_or_else(unusable)?;
        let (mut prefix, mut shards, mut ca) = ("dlq".to_owned(), None, None);
        for (name, value) in url::form_urlencoded::parse(parameters.as_bytes()) {
            match &*name {
                "prefix" => prefix = value.into_owned(),
                "shards" => shards = Some(value.parse().map_err(|_| invalid("shards", &value, SHARDS))?),
                "ca" => ca = Some(PathBuf::from(&*value)),
                _ => return Err(invalid("url parameter", &name, "prefix, shards, ca")),
            }
        }
        Ok(Self {
            address,
            ca,
            prefix,
            shards,
            connect_timeout: Duration::from_secs(5),
            response_timeout: Duration::from_secs(30),
            clock: None,
        })
    }

    /// With what every key begins: several stores on one server.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Among how many shards the records are spread: the parts that a cluster can keep on different nodes. One server has
    /// all of them, and one is enough there. The number is fixed when a store is made.
    #[must_use]
    pub const fn shards(mut self, shards: u32) -> Self {
        self.shards = Some(shards);
        self
    }

    /// The file with the authority's certificates that is trusted, instead of those that the machine trusts.
    #[must_use]
    pub fn ca(mut self, file: impl Into<PathBuf>) -> Self {
        self.ca = Some(file.into());
        self
    }

    /// How long to wait for a connection.
    #[must_use]
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// After how long an answer is not waited for any more. What came of the question is then unknown.
    #[must_use]
    pub const fn response_timeout(mut self, timeout: Duration) -> Self {
        self.response_timeout = timeout;
        self
    }

    /// Whose time rules over leases and due times, instead of the server's; for tests.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Checks what the table above allows.
    pub(crate) fn validate(&self) -> StorageResult<()> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if !(1..=64).contains(&self.prefix.len()) || !self.prefix.chars().all(plain) {
            return Err(invalid("prefix", &self.prefix, "1 to 64 of a-z A-Z 0-9 _ - ."));
        }
        if let Some(shards) = self.shards.filter(|shards| !(1..=SHARDS_MAX).contains(shards)) {
            return Err(invalid("shards", &shards.to_string(), SHARDS));
        }
        let timeouts =
            [("connect_timeout", self.connect_timeout), ("response_timeout", self.response_timeout)];
        match timeouts.into_iter().find(|(_, timeout)| timeout.as_millis() == 0) {
            Some((name, timeout)) => Err(invalid(name, &format!("{timeout:?}"), "a millisecond and more")),
            None => Ok(()),
        }
    }
}

fn invalid(field: &str, value: &str, allowed: &str) -> StorageError {
    let message = format!("{field} {value:?}: allowed are {allowed}");
    StorageError::new(StorageErrorKind::Validation, "configure", message)
}

/// The URL without user, password and parameters.
fn redacted(url: &str) -> String {
    let url = url.split('?').next().unwrap_or_default();
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    rest.rsplit_once('@').map_or_else(|| url.to_owned(), |(_, place)| format!("{scheme}://***@{place}"))
}

impl fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisConfig")
            .field("address", &self.address)
            .field("ca", &self.ca)
            .field("prefix", &self.prefix)
            .field("shards", &self.shards)
            .field("connect_timeout", &self.connect_timeout)
            .field("response_timeout", &self.response_timeout)
            .finish_non_exhaustive()
    }
}
