//! What every client of Kafka shares: properties that print without their secrets, and the reason for which a cluster
//! stays silent.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::{ClientConfig, ClientContext};

/// What stands in a secret's place.
pub const MASK: &str = "***";

/// How long a client is listened to for a reason.
const WORDS: Duration = Duration::from_millis(100);

/// The parts of a name by which a value is known to be secret.
const SECRET_WORDS: [&str; 9] = [
    "password",
    "passphrase",
    "secret",
    "credential",
    "token",
    "jaas",
    "key.pem",
    "private.key",
    "oauthbearer.config",
];

/// Whether a property or URL parameter of this name holds a secret; the name of a file that does is none.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    !name.ends_with("_file") && SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// librdkafka's own properties, handed on as they are: TLS, SASL, buffers, timeouts. They print without their secrets.
///
/// ```
/// use dlq_kafka::client::ClientProperties;
///
/// let properties: ClientProperties =
///     [("sasl.username", "dlq"), ("sasl.password", "hunter2")].into_iter().collect();
/// assert_eq!(format!("{properties:?}"), r#"{"sasl.password": "***", "sasl.username": "dlq"}"#);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ClientProperties(BTreeMap<String, String>);

impl ClientProperties {
    /// Sets a property, in the place of what it was.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// Takes a property out.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// What a property is set to.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Names and values, by name, secrets included.
    pub fn reveal(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// What librdkafka would say against a property, if anything: it does not know the name, or does not take the
    /// value. Nothing is connected to.
    #[must_use]
    pub fn complaint(name: &str, value: &str) -> Option<String> {
        let made = ClientConfig::new().set(name, value).create_native_config();
        made.err().map(|error| match error {
            KafkaError::ClientConfig(_, words, ..) => words,
            other => other.to_string(),
        })
    }

    pub(crate) fn apply(&self, client: &mut ClientConfig) {
        client.extend(self.0.clone());
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for ClientProperties {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(properties: I) -> Self {
        Self(properties.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl fmt::Debug for ClientProperties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.reveal().map(|(name, value)| (name, if is_secret(name) { MASK } else { value }));
        f.debug_map().entries(shown).finish()
    }
}

/// Hands what a client says on to the log, and remembers its last complaint: a cluster that cannot be reached, or does
/// not let us in, shows as a timeout, and the reason stands only there.
#[derive(Debug, Default)]
pub(crate) struct Complaints(Mutex<Option<String>>);

impl Complaints {
    /// The client said something.
    pub(crate) fn log(&self, level: RDKafkaLogLevel, facility: &str, words: &str) {
        match level {
            RDKafkaLogLevel::Debug => tracing::debug!(target: "librdkafka", facility, words),
            RDKafkaLogLevel::Info | RDKafkaLogLevel::Notice => {
                tracing::info!(target: "librdkafka", facility, words);
            }
            RDKafkaLogLevel::Warning => tracing::warn!(target: "librdkafka", facility, words),
            _ => {
                tracing::warn!(target: "librdkafka", facility, words);
                *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(without_thread(words));
            }
        }
    }

    /// The last complaint, as a reason in brackets; nothing if there was none.
    pub(crate) fn reason(&self) -> String {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().map(|words| format!(" ({words})")).unwrap_or_default()
    }
}

/// librdkafka begins with the name of its thread: `[thrd:sasl_ssl://…]: `.
fn without_thread(words: &str) -> String {
    let rest = words.strip_prefix("[thrd:").and_then(|rest| rest.split_once("]: "));
    rest.map_or(words, |(_, rest)| rest).trim().to_owned()
}

/// Has a client say what it has to say: its words wait until someone polls.
pub(crate) fn hear<C: ConsumerContext>(consumer: &BaseConsumer<C>) {
    let give_up = Instant::now() + WORDS;
    while Instant::now() < give_up {
        if let Some(Err(error)) = consumer.poll(Duration::from_millis(5)) {
            tracing::debug!(%error, "the client, while it was listened to");
        }
    }
}

/// A context that only listens.
#[derive(Debug, Default)]
pub(crate) struct Listening(pub(crate) Complaints);

impl ClientContext for Listening {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, words: &str) {
        self.0.log(level, facility, words);
    }
}

impl ConsumerContext for Listening {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_name() {
        for name in ["sasl.password", "ssl.key.password", "sasl.oauthbearer.client.secret", "ssl.key.pem"] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["sasl.username", "ssl.key.location", "sasl.password_file", "client.id"] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn librdkafka_says_what_it_does_not_take() {
        let complaint = |name, value| ClientProperties::complaint(name, value).unwrap_or_default();
        assert_eq!(complaint("sasl.password", "hunter2"), "");
        assert!(complaint("no.such.thing", "1").contains("no.such.thing"));
        assert!(complaint("security.protocol", "TLS").contains("security.protocol"));
    }

    #[test]
    fn a_complaint_is_told_without_the_threads_name() {
        let complaints = Complaints::default();
        assert_eq!(complaints.reason(), "");
        complaints.log(RDKafkaLogLevel::Error, "FAIL", "[thrd:sasl_ssl://b:1/bootstrap]: b:1: refused");
        assert_eq!(complaints.reason(), " (b:1: refused)");
    }
}
