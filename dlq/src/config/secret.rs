//! What may not be seen: storage URLs and client properties print their secrets as `***`.

use std::collections::BTreeMap;
use std::fmt;

use config::{Map, Value, ValueKind};
use dlq_kafka::client::{ClientProperties, MASK, is_secret};
use serde::{Deserialize, Deserializer};

/// The URL of a storage. It prints without its secrets.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct StorageUrl(String);

impl StorageUrl {
    /// Takes a URL as it is; whoever opens it judges it.
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The URL with its secrets, for whoever connects.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StorageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(mut url) = url::Url::parse(&self.0) else { return f.write_str(MASK) };
        let unclear = url.cannot_be_a_base() && self.0.contains('@');
        if unclear || url.password().is_some() && url.set_password(Some(MASK)).is_err() {
            return f.write_str(MASK);
        }
        let pairs: Vec<_> = url.query_pairs().into_owned().collect();
        if pairs.iter().any(|(name, _)| is_secret(name)) {
            let shown = pairs.iter().map(|(name, value)| (name, if is_secret(name) { MASK } else { value }));
            url.query_pairs_mut().clear().extend_pairs(shown);
        }
        f.write_str(url.as_str())
    }
}

impl fmt::Debug for StorageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Properties handed to the Kafka client as they are. They print without their secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientTable(pub ClientProperties);

impl<'de> Deserialize<'de> for ClientTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = Map::<String, Value>::deserialize(deserializer)?;
        let text = |value: Value| value.into_string().map_err(serde::de::Error::custom);
        let flat = flatten(&table).into_iter();
        flat.map(|(name, value)| Ok((name, text(value)?))).collect::<Result<_, D::Error>>().map(Self)
    }
}

/// The properties of a table by their full names. A name may be written in quotes, or as tables within tables, as
/// environment variables are: `a.b = 1` and `"a.b" = 1` are one property. Where both are there, the former wins, for
/// it alone can come from the environment.
pub(super) fn flatten(table: &Map<String, Value>) -> BTreeMap<String, Value> {
    let (tables, leaves): (Vec<_>, Vec<_>) =
        table.iter().partition(|(_, value)| matches!(value.kind, ValueKind::Table(_)));
    let mut flat: BTreeMap<_, _> =
        leaves.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    for (name, value) in tables {
        let ValueKind::Table(inner) = &value.kind else { continue };
        flat.extend(flatten(inner).into_iter().map(|(rest, value)| (format!("{name}.{rest}"), value)));
    }
    flat
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_print_without_secrets() {
        for (url, shown) in [
            ("postgres://dlq:hunter2@db:5432/dlq", "postgres://dlq:***@db:5432/dlq"),
            ("postgres://db/dlq?user=dlq&password=hunter2", "postgres://db/dlq?user=dlq&password=***"),
            ("sqlite:dlq.db", "sqlite:dlq.db"),
            ("dlq:hunter2@db", MASK),
            ("hunter2", MASK),
        ] {
            assert_eq!(StorageUrl::new(url).to_string(), shown);
            assert_eq!(format!("{:?}", StorageUrl::new(url)), shown);
        }
    }
}
