//! [`Setting`]: one key with what stands there and where that comes from.

use config::{Map, Value, ValueKind};
use dlq_kafka::client::{MASK, is_secret};
use serde::{Serialize, Serializer};

use super::key::{Key, Section};
use super::kind::Kind;
use super::origin::Origin;
use super::secret::{StorageUrl, flatten};
use super::sections::SECTIONS;
use super::sources::Sources;

/// One key with what stands there. Its value prints without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// The full key, such as `capture.batch_size`.
    pub key: String,
    /// What stands there, as text.
    pub value: String,
    /// Where it comes from.
    #[serde(serialize_with = "as_text")]
    pub origin: Origin,
}

fn as_text<S: Serializer>(origin: &Origin, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(origin)
}

/// A value at a known key.
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) value: Value,
    pub(super) setting: Setting,
}

/// What is set at every known key, in the order of the file.
pub(super) fn of(tree: &Map<String, Value>, sources: &Sources) -> Vec<Found> {
    let keys = SECTIONS.iter().flat_map(|section| section.keys.iter().map(move |key| (section, key)));
    let values = keys.flat_map(|(section, key)| at(tree, section, key));
    values.map(|(key, kind, value)| found(key, kind, value, sources)).collect()
}

fn at(tree: &Map<String, Value>, section: &Section, key: &Key) -> Vec<(String, Kind, Value)> {
    let Some(ValueKind::Table(table)) = tree.get(section.name).map(|value| &value.kind) else {
        return Vec::new();
    };
    let Some(value) = table.get(key.name) else { return Vec::new() };
    let path = format!("{}.{}", section.name, key.name);
    match (key.kind, &value.kind) {
        (Kind::Properties, ValueKind::Table(properties)) => flatten(properties)
            .into_iter()
            .map(|(name, value)| (format!("{path}.{name}"), Kind::Property, value))
            .collect(),
        _ => vec![(path, key.kind, value.clone())],
    }
}

fn found(key: String, kind: Kind, value: Value, sources: &Sources) -> Found {
    let setting = Setting { value: shown(&key, kind, &value), origin: sources.origin(&key, &value), key };
    Found { kind, value, setting }
}

fn shown(key: &str, kind: Kind, value: &Value) -> String {
    match (&value.kind, kind) {
        (ValueKind::String(url), Kind::Url) => StorageUrl::new(url).to_string(),
        (_, Kind::Property) if is_secret(key) => MASK.to_owned(),
        (_, Kind::Url) => MASK.to_owned(),
        (ValueKind::String(text), _) => text.clone(),
        (ValueKind::Array(items), _) => items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        (ValueKind::Table(_), _) => "a table".to_owned(),
        (other, _) => other.to_string(),
    }
}
