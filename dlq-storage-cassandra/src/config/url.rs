//! From a URL. Several hosts with ports are more than the common parser takes, so the address is taken apart here.

use dlq_core::storage::{StorageError, StorageResult};
use percent_encoding::percent_decode_str;
use url::form_urlencoded;

use super::{CassandraConfig, Consistency, Replication, invalid};

const PORT: u16 = 9042;
const SCHEMES: [&str; 2] = ["cassandra", "scylla"];
const PARAMETERS: &str = "store, dc, shards, replication, consistency, batch_rows, tls and ca";

impl CassandraConfig {
    /// Takes a URL: `cassandra://user:password@host:9042,host:9042/keyspace`; `scylla://` says the same.
    ///
    /// | parameter | sets |
    /// |---|---|
    /// | `store=orders` | [`store`](Self::store) |
    /// | `dc=paris` | [`datacenter`](Self::datacenter) |
    /// | `shards=64` | [`shards`](Self::shards) |
    /// | `replication=3`, `replication=paris:3,rome:3` | [`replication`](Self::replication) |
    /// | `consistency=local`, `consistency=global` | [`consistency`](Self::consistency) |
    /// | `batch_rows=500` | [`batch_rows`](Self::batch_rows) |
    /// | `tls=on`, `ca=/etc/ssl/ca.pem` | [`tls`](Self::tls), [`tls_authority`](Self::tls_authority) |
    ///
    /// ```
    /// use dlq_storage_cassandra::CassandraConfig;
    ///
    /// let config = CassandraConfig::from_url("cassandra://dlq:hunter2@a,b:9043/letters?shards=64&dc=paris")?;
    /// let told = format!("{config:?}");
    /// assert!(told.contains("a:9042") && told.contains("b:9043") && told.contains("letters"));
    /// assert!(!told.contains("hunter2"));
    /// assert!(CassandraConfig::from_url("http://a").is_err());
    /// # Ok::<(), dlq_core::storage::StorageError>(())
    /// ```
    ///
    /// # Errors
    /// The URL cannot be read, or names something else than Cassandra or ScyllaDB.
    pub fn from_url(url: &str) -> StorageResult<Self> {
        let unusable = || invalid("url", &redacted(url), "cassandra://host:9042,… or scylla://");
        let (scheme, rest) = url.split_once("://").ok_or_else(unusable)?;
        let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let (address, keyspace) = place.split_once('/').unwrap_or((place, ""));
        let (user, hosts) =
            address.rsplit_once('@').map_or((None, address), |(user, rest)| (Some(user), rest));
        let nodes: Option<Vec<_>> = hosts.split(',').map(node).collect();
        let nodes = nodes.filter(|_| SCHEMES.contains(&scheme)).ok_or_else(unusable)?;
        let mut config = Self::new(nodes);
        if let Some(user) = user {
            let (name, password) = user.split_once(':').unwrap_or((user, ""));
            config = config.user(decoded(name), decoded(password));
        }
        if !keyspace.is_empty() {
            config = config.keyspace(keyspace);
        }
        for (name, value) in form_urlencoded::parse(parameters.as_bytes()) {
            config = config.parameter(&name, &value)?;
        }
        config.validate().map(|()| config)
    }

    fn parameter(self, name: &str, value: &str) -> StorageResult<Self> {
        Ok(match name {
            "store" => self.store(value),
            "dc" => self.datacenter(value),
            "shards" => self.shards(value.parse().map_err(|_| invalid(name, value, "1 to 4096"))?),
            "replication" => self.replication(Replication::parse(value)?),
            "consistency" => self.consistency(match value {
                "local" => Consistency::Local,
                "global" => Consistency::Global,
                _ => return Err(invalid(name, value, "local and global")),
            }),
            "batch_rows" => self.batch_rows(value.parse().map_err(|_| invalid(name, value, "1 to 10000"))?),
            "tls" => switch(self, value)?,
            "ca" => self.tls_authority(value),
            _ => return Err(unknown(name)),
        })
    }
}

fn switch(config: CassandraConfig, value: &str) -> StorageResult<CassandraConfig> {
    match value {
        "on" if config.tls.is_some() => Ok(config),
        "on" => Ok(config.tls()),
        "off" if config.tls.is_none() => Ok(config),
        _ => Err(invalid("tls", value, "on, and off where no ca is given")),
    }
}

fn unknown(name: &str) -> StorageError {
    invalid("url parameter", name, PARAMETERS)
}

/// A node with its port; addresses of version 6 stand in brackets.
fn node(host: &str) -> Option<String> {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()?),
        _ => (host, PORT),
    };
    let readable =
        !name.is_empty() && !name.contains(['@', ' ']) && (!name.contains(':') || name.starts_with('['));
    readable.then(|| format!("{name}:{port}"))
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The URL without user, password and parameters.
fn redacted(url: &str) -> String {
    let url = url.split('?').next().unwrap_or_default();
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    rest.rsplit_once('@').map_or_else(|| url.to_owned(), |(_, place)| format!("{scheme}://***@{place}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_all_of_it() {
        let url = "scylla://anna:p%40ss:w+rd@[::1]:9043,b/k_1?store=s&dc=d&shards=4&replication=d:3&consistency=global\
                   &batch_rows=50&tls=on&ca=%2Fca.pem";
        let config = CassandraConfig::from_url(url).unwrap();
        assert_eq!(config.nodes, ["[::1]:9043", "b:9042"]);
        assert_eq!(config.user, Some(("anna".to_owned(), "p@ss:w+rd".to_owned())));
        assert_eq!((config.keyspace.as_str(), config.store.as_str(), config.shards), ("k_1", "s", 4));
        assert_eq!((config.consistency, config.batch_rows), (Consistency::Global, 50));
        assert!(format!("{config:?}").contains("/ca.pem"));
    }

    #[test]
    fn what_it_cannot_say_is_refused_without_its_secrets() {
        for (url, told) in [
            ("cassandra:host", "cassandra://"),
            ("mysql://anna:s3cret@host/x", "***@host"),
            ("cassandra://anna:s3cret@host:port/x", "***@host"),
            ("cassandra://anna:s3cret@host:1,/x", "***@host"),
            ("cassandra://anna:s3cret@host/1x", "1x"),
            ("cassandra://anna:s3cret@host?shards=0", "1 to 4096"),
            ("cassandra://anna:s3cret@host?shards=many", "many"),
            ("cassandra://anna:s3cret@host?store=", "store"),
            ("cassandra://anna:s3cret@host?tls=maybe", "maybe"),
            ("cassandra://anna:s3cret@host?ca=x&tls=off", "off"),
            ("cassandra://anna:s3cret@host?prefx=x", "prefx"),
        ] {
            let error = CassandraConfig::from_url(url).unwrap_err().to_string();
            assert!(error.contains(told) && !error.contains("s3cret"), "{error}");
        }
    }
}
