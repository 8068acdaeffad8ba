//! [`CassandraConfig`]: which cluster, and how it is used.

mod replication;
mod tls;
mod url;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use dlq_core::Clock;
use dlq_core::storage::{StorageError, StorageErrorKind, StorageResult};

pub use replication::Replication;
pub(crate) use tls::context;

/// Among how many shards a store may be spread.
const SHARDS: std::ops::RangeInclusive<u32> = 1..=4096;
/// How many rows a conditional batch may have; the protocol counts them in sixteen bits, and a portion ends behind a unit.
const BATCH_ROWS: std::ops::RangeInclusive<usize> = 1..=10_000;

/// How many replicas have to answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consistency {
    /// Most of those in the local datacenter: `LOCAL_QUORUM` and `LOCAL_SERIAL`. Every instance has to be in the same
    /// datacenter, for those of another would not see what was decided here.
    #[default]
    Local,
    /// Most of all: `QUORUM` and `SERIAL`. Instances may be anywhere, and every write waits for the far datacenters.
    Global,
}

/// Which cluster, and how it is used. What it prints never shows a password.
///
/// | setting | default | allowed |
/// |---|---|---|
/// | [`keyspace`](Self::keyspace) | `dlq` | a letter and then up to 47 of `a-z 0-9 _` |
/// | [`store`](Self::store) | `dlq` | 1 to 64 of `a-z A-Z 0-9 _ - .` |
/// | [`shards`](Self::shards) | 16 | 1 to 4096; fixed when the store is made |
/// | [`datacenter`](Self::datacenter) | none is preferred | any |
/// | [`replication`](Self::replication) | `SimpleStrategy` of 1 | as [`Replication`] says; used where the keyspace is made |
/// | [`consistency`](Self::consistency) | [`Local`](Consistency::Local) | both |
/// | [`connect_timeout`](Self::connect_timeout) | 5 s | a millisecond and more |
/// | [`request_timeout`](Self::request_timeout) | 10 s | a millisecond and more; more than the server's own |
/// | [`batch_rows`](Self::batch_rows) | 500 | 1 to 10 000 |
/// | [`tls`](Self::tls) | off | whom the machine trusts, or a file of authorities |
/// | [`clock`](Self::clock) | the cluster's | any |
#[derive(Clone)]
pub struct CassandraConfig {
    pub(crate) nodes: Vec<String>,
    pub(crate) user: Option<(String, String)>,
    pub(crate) keyspace: String,
    pub(crate) store: String,
    pub(crate) shards: u32,
    pub(crate) datacenter: Option<String>,
    pub(crate) replication: Replication,
    pub(crate) consistency: Consistency,
    pub(crate) connect_timeout: Duration,
    pub(crate) request_timeout: Duration,
    pub(crate) batch_rows: usize,
    pub(crate) tls: Option<Trust>,
    pub(crate) clock: Option<Arc<dyn Clock>>,
}

/// Whose certificates are believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    Machine,
    File(PathBuf),
}

impl CassandraConfig {
    /// Takes the addresses of some nodes, as `host:port`; the others are found through them.
    #[must_use]
    pub fn new(nodes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            nodes: nodes.into_iter().map(Into::into).collect(),
            user: None,
            keyspace: "dlq".to_owned(),
            store: "dlq".to_owned(),
            shards: 16,
            datacenter: None,
            replication: Replication::default(),
            consistency: Consistency::default(),
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(10),
            batch_rows: 500,
            tls: None,
            clock: None,
        }
    }

    /// As whom to log in.
    #[must_use]
    pub fn user(mut self, name: impl Into<String>, password: impl Into<String>) -> Self {
        self.user = Some((name.into(), password.into()));
        self
    }

    /// In which keyspace the tables are; it is made where it is not there.
    #[must_use]
    pub fn keyspace(mut self, keyspace: impl Into<String>) -> Self {
        self.keyspace = keyspace.into();
        self
    }

    /// Which store in the keyspace: several share its tables and see nothing of each other.
    #[must_use]
    pub fn store(mut self, store: impl Into<String>) -> Self {
        self.store = store.into();
        self
    }

    /// Among how many shards a new store is spread: about one for each 100 000 records that it will hold. It stays as it
    /// is; a store that has another number is refused.
    #[must_use]
    pub const fn shards(mut self, shards: u32) -> Self {
        self.shards = shards;
        self
    }

    /// Which datacenter is the local one: its nodes are asked.
    #[must_use]
    pub fn datacenter(mut self, datacenter: impl Into<String>) -> Self {
        self.datacenter = Some(datacenter.into());
        self
    }

    /// On how many nodes a keyspace that is made keeps each row. One that is there stays as it is.
    #[must_use]
    pub fn replication(mut self, replication: Replication) -> Self {
        self.replication = replication;
        self
    }

    /// How many replicas have to answer.
    #[must_use]
    pub const fn consistency(mut self, consistency: Consistency) -> Self {
        self.consistency = consistency;
        self
    }

    /// How long to wait for a connection.
    #[must_use]
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// After how long an answer is not waited for any more. What became of a write is then found out, as far as that can
    /// be done within three times as long.
    #[must_use]
    pub const fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// After how many rows a batch is not made longer.
    #[must_use]
    pub const fn batch_rows(mut self, rows: usize) -> Self {
        self.batch_rows = rows;
        self
    }

    /// Speaks TLS alone, and believes whom the machine trusts. A node's certificate has to name its address.
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.tls = Some(Trust::Machine);
        self
    }

    /// Speaks TLS alone, and believes the authorities of this file alone, in PEM.
    #[must_use]
    pub fn tls_authority(mut self, file: impl AsRef<Path>) -> Self {
        self.tls = Some(Trust::File(file.as_ref().to_owned()));
        self
    }

    /// Whose time rules over leases and due times, instead of the cluster's; for tests.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Checks what the table above allows.
    pub(crate) fn validate(&self) -> StorageResult<()> {
        if self.nodes.is_empty() {
            return Err(invalid("nodes", "", "at least one, as host:port"));
        }
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let begins = self.keyspace.starts_with(|c: char| c.is_ascii_lowercase());
        if !begins || self.keyspace.len() > 48 || !self.keyspace.chars().all(letters) {
            return Err(invalid("keyspace", &self.keyspace, "a letter and then up to 47 of a-z 0-9 _"));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if !(1..=64).contains(&self.store.len()) || !self.store.chars().all(plain) {
            return Err(invalid("store", &self.store, "1 to 64 of a-z A-Z 0-9 _ - ."));
        }
        if !SHARDS.contains(&self.shards) {
            return Err(invalid("shards", &self.shards.to_string(), "1 to 4096"));
        }
        if !BATCH_ROWS.contains(&self.batch_rows) {
            return Err(invalid("batch_rows", &self.batch_rows.to_string(), "1 to 10000"));
        }
        let timeouts = [("connect_timeout", self.connect_timeout), ("request_timeout", self.request_timeout)];
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

impl fmt::Debug for CassandraConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.user.as_ref().map(|(name, _)| (name, "***"));
        f.debug_struct("CassandraConfig")
            .field("nodes", &self.nodes)
            .field("user", &user)
            .field("keyspace", &self.keyspace)
            .field("store", &self.store)
            .field("shards", &self.shards)
            .field("datacenter", &self.datacenter)
            .field("replication", &self.replication)
            .field("consistency", &self.consistency)
            .field("connect_timeout", &self.connect_timeout)
            .field("request_timeout", &self.request_timeout)
            .field("batch_rows", &self.batch_rows)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}
