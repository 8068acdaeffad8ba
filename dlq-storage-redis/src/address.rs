//! [`Address`]: what a URL names: one server, the nodes of a cluster, or sentinels that know where the server is.

use std::fmt;

use redis::{ConnectionInfo, IntoConnectionInfo};

/// Where the server is.
#[derive(Clone)]
pub(crate) enum Address {
    /// One server.
    One(ConnectionInfo),
    /// Some nodes of a cluster, which know the others.
    Cluster(Vec<ConnectionInfo>),
    /// Sentinels, and the name under which they watch the server; each is told as if the server were there.
    Sentinel(Vec<ConnectionInfo>, String),
}

/// What stands in front of `://`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    One,
    Cluster,
    Sentinel,
}

impl Address {
    /// Reads a URL without its parameters; nothing where it is none.
    pub(crate) fn read(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let (scheme, kind) = match scheme.split_once('+') {
            Some((scheme, "cluster")) => (scheme, Kind::Cluster),
            Some((scheme, "sentinel")) => (scheme, Kind::Sentinel),
            Some(_) => return None,
            None => (scheme, Kind::One),
        };
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, hosts) = match hosts.rsplit_once('@') {
            Some((user, hosts)) => (format!("{user}@"), hosts),
            None => (String::new(), hosts),
        };
        let (name, database) = match kind {
            Kind::One | Kind::Cluster => ("", path),
            Kind::Sentinel => path.split_once('/').unwrap_or((path, "")),
        };
        let node = |host: &str| {
            let port = if kind == Kind::Sentinel && !has_port(host) { ":26379" } else { "" };
            url::Url::parse(&format!("{scheme}://{user}{host}{port}/{database}"))
                .ok()?
                .into_connection_info()
                .ok()
        };
        let mut nodes: Vec<_> = hosts.split(',').map(node).collect::<Option<_>>()?;
        match kind {
            Kind::One if nodes.len() == 1 => nodes.pop().map(Self::One),
            // A cluster has one database alone.
            Kind::Cluster if database.is_empty() || database == "0" => Some(Self::Cluster(nodes)),
            Kind::Sentinel if !name.is_empty() => Some(Self::Sentinel(nodes, name.to_owned())),
            Kind::One | Kind::Cluster | Kind::Sentinel => None,
        }
    }

    fn nodes(&self) -> &[ConnectionInfo] {
        match self {
            Self::One(node) => std::slice::from_ref(node),
            Self::Cluster(nodes) | Self::Sentinel(nodes, _) => nodes,
        }
    }
}

/// An IPv6 address stands in brackets.
fn has_port(host: &str) -> bool {
    host.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|digit| digit.is_ascii_digit()))
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::One(_) => "One",
            Self::Cluster(_) => "Cluster",
            Self::Sentinel(..) => "Sentinel",
        };
        let mut told = f.debug_struct(kind);
        let nodes: Vec<_> = self.nodes().iter().map(|node| node.addr().to_string()).collect();
        told.field("at", &nodes);
        if let Some(redis) = self.nodes().first().map(ConnectionInfo::redis_settings) {
            told.field("database", &redis.db()).field("password", &redis.password().map(|_| "***"));
        }
        if let Self::Sentinel(_, name) = self {
            told.field("name", name);
        }
        told.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_several_and_watched_ones_are_told_apart() {
        for (url, told) in [
            ("redis://a", &["One", "a:6379"][..]),
            ("valkey://u:p@a:1/2", &["One", "a:1", "database: 2", "***"]),
            ("redis+cluster://u:p@a:1,b:2", &["Cluster", "a:1", "b:2", "***"]),
            ("rediss+cluster://[::1]:1,b/0", &["Cluster", "::1", "b:6379"]),
            ("redis+sentinel://a,b:2/main/3", &["Sentinel", "a:26379", "b:2", "main", "database: 3"]),
        ] {
            let read = format!("{:?}", Address::read(url).unwrap());
            assert!(told.iter().all(|part| read.contains(part)), "{url}: {read}");
            assert!(!read.contains("\"p\""), "{read}");
        }
        for url in
            ["a", "http://a", "redis://a,b", "redis+sentinel://a", "redis+cluster://a/1", "redis+x://a"]
        {
            assert!(Address::read(url).is_none(), "{url}");
        }
    }
}
