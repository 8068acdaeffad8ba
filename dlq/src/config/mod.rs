//! One TOML file, environment variables and flags, explained: [`Config`].

mod explain;
mod key;
mod kind;
mod origin;
mod profile;
pub mod reference;
mod rules;
mod secret;
mod secret_files;
mod sections;
mod settings;
mod sources;
mod topic_rules;
mod value;

#[cfg(test)]
mod tests;

use serde::Deserialize;

pub use explain::{Mistake, Mistakes};
pub use key::{Key, Preset, Section};
pub use kind::Kind;
pub use origin::{Origin, variable};
pub use secret::{ClientTable, StorageUrl};
pub use sections::{
    Capture, Dialects, Discover, Kafka, List, Log, LogFormat, LogLevel, Quarantine, Redrive, SECTIONS,
    Server, Shutdown, Storage,
};
pub use settings::Setting;
pub use sources::{Flag, Sources};
pub use value::{ByteCount, InvalidByteCount, InvalidListen, InvalidTimespan, Listen, Timespan};

/// Everything that can be configured, each value within its range. Prints without secrets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where dead letters are kept.
    pub storage: Storage,
    /// From which cluster and topics they are captured.
    pub kafka: Kafka,
    /// How they travel from Kafka to the storage.
    pub capture: Capture,
    /// Where what the storage refuses goes.
    pub quarantine: Quarantine,
    /// What is known of dead-letter topics beyond what their letters tell.
    pub dialects: Dialects,
    /// How records are sent back.
    pub redrive: Redrive,
    /// How the server ends.
    pub shutdown: Shutdown,
    /// What `dlq serve` tells over HTTP.
    pub server: Server,
    /// What is told on standard error.
    pub log: Log,
}

/// A configuration, and where each part of it comes from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Every key that is set, in the order of the file.
    pub settings: Vec<Setting>,
}

impl Config {
    /// Reads the sources, and checks every value and the rules between them.
    ///
    /// # Errors
    /// Everything that is wrong, at once: unknown keys, values that are not allowed, files that cannot be read; and
    /// where there is none of these, the rules between keys that are broken.
    pub fn load(sources: &Sources) -> Result<Loaded, Mistakes> {
        let tree = sources.read()?;
        let found = settings::of(&tree, sources);
        let unknown = explain::unknown_keys(&tree, sources).into_iter();
        let wrong = explain::values(&found).chain(topic_rules::mistakes(&found));
        explain::none_of(unknown.chain(wrong).collect())?;
        let value = config::Value::new(None, config::ValueKind::Table(tree));
        let mut config: Self =
            value.try_deserialize().map_err(|error| Mistake::about("configuration", error.to_string()))?;
        explain::none_of(rules::broken(&config, &found))?;
        explain::none_of(secret_files::read(&mut config))?;
        Ok(Loaded { config, settings: found.into_iter().map(|found| found.setting).collect() })
    }

    /// What everything that talks to Kafka needs.
    #[must_use]
    pub fn missing_brokers(&self) -> Option<Mistake> {
        self.kafka.brokers.0.is_empty().then(|| not_set("kafka.brokers", Kind::Brokers))
    }

    /// What `dlq serve` needs beyond what is set.
    #[must_use]
    pub fn missing_for_serve(&self) -> Vec<Mistake> {
        let storage = self.storage.required_url().err();
        let brokers = self.missing_brokers();
        let nowhere = self.kafka.topics.0.is_empty() && self.kafka.discover == Discover::Off;
        let topics = nowhere.then(|| not_set("kafka.topics", Kind::Topics));
        storage.into_iter().chain(brokers).chain(topics).collect()
    }
}

impl Storage {
    /// The URL of the storage that is to be opened.
    ///
    /// # Errors
    /// None is set.
    pub fn required_url(&self) -> Result<&StorageUrl, Mistake> {
        self.url.as_ref().ok_or_else(|| not_set("storage.url", Kind::Url))
    }
}

fn not_set(key: &str, kind: Kind) -> Mistake {
    Mistake::about(key, format!("is not set; set it in the file or as {}; allowed: {kind}", variable(key)))
}
