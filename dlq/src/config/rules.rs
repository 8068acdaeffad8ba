//! Rules between keys, each checked when every key by itself is right.

use dlq_kafka::client::ClientProperties;

use dlq_kafka::discover::TopicPattern;
use dlq_kafka::source::SourceConfig;

use super::explain::Mistake;
use super::settings::Found;
use super::{Config, List};

/// A key, and what is wrong with it beside the others.
type Broken = Option<(&'static str, String)>;

const RULES: [fn(&Config) -> Broken; 9] = [
    topics_are_patterns,
    one_storage_url,
    writers_have_connections,
    backoff_grows,
    quarantine_is_ours,
    lease_outlives_send,
    discovery_allows_patterns,
    discovery_denies_patterns,
    loopback_or_on_purpose,
];

/// The keys that `dlq` sets in the Kafka client itself, and what to set instead.
const OUR_PROPERTIES: [(&str, &str); 9] = [
    ("bootstrap.servers", "set kafka.brokers instead"),
    ("metadata.broker.list", "set kafka.brokers instead"),
    ("group.id", "set kafka.group_id instead"),
    ("enable.auto.commit", "offsets are committed when records are stored, and only then"),
    ("enable.auto.offset.store", "offsets are committed when records are stored, and only then"),
    ("auto.offset.reset", "offsets that are gone are noticed, not skipped"),
    ("message.timeout.ms", "set redrive.send_timeout instead"),
    ("delivery.timeout.ms", "set redrive.send_timeout instead"),
    ("enable.idempotence", "records are always sent by an idempotent producer"),
];

/// What breaks a rule.
pub(super) fn broken(config: &Config, found: &[Found]) -> Vec<Mistake> {
    let broken = RULES.iter().filter_map(|rule| rule(config));
    let between = broken.map(|(key, problem)| at(found, key, problem));
    between
        .chain(our_properties(found))
        .chain(doubled_properties(config, found))
        .chain(unusable_properties(config, found))
        .chain(security_is_heeded(config, found))
        .collect()
}

fn at(found: &[Found], key: &str, problem: String) -> Mistake {
    match found.iter().find(|found| found.setting.key == key) {
        Some(found) => Mistake::in_setting(&found.setting, problem),
        None => Mistake::about(key, problem),
    }
}

fn one_storage_url(config: &Config) -> Broken {
    let both = config.storage.url.is_some() && config.storage.url_file.is_some();
    both.then(|| ("storage.url_file", "storage.url is set, too; allowed: one of the two".to_owned()))
}

fn writers_have_connections(config: &Config) -> Broken {
    let connections = config.storage.pool_size;
    (config.capture.writers > connections)
        .then(|| ("capture.writers", format!("allowed: at most storage.pool_size, which is {connections}")))
}

fn backoff_grows(config: &Config) -> Broken {
    let (min, max) = (config.capture.retry_backoff_min, config.capture.retry_backoff_max);
    (min > max).then(|| {
        ("capture.retry_backoff_min", format!("allowed: at most capture.retry_backoff_max, which is {max}"))
    })
}

fn quarantine_is_ours(config: &Config) -> Broken {
    let captured = config.kafka.topics.0.contains(&config.quarantine.topic);
    captured.then(|| {
        ("quarantine.topic", "is among kafka.topics; allowed: a topic that is not captured".to_owned())
    })
}

fn topics_are_patterns(config: &Config) -> Broken {
    let complaint = config.kafka.topics.0.iter().find_map(|text| SourceConfig::complaint(text));
    complaint.map(|problem| ("kafka.topics", problem))
}

fn discovery_allows_patterns(config: &Config) -> Broken {
    no_pattern(&config.kafka.discover_allow).map(|problem| ("kafka.discover_allow", problem))
}

fn discovery_denies_patterns(config: &Config) -> Broken {
    no_pattern(&config.kafka.discover_deny).map(|problem| ("kafka.discover_deny", problem))
}

fn no_pattern(List(texts): &List) -> Option<String> {
    texts.iter().find_map(|text| TopicPattern::new(text).err()).map(|error| error.to_string())
}

fn lease_outlives_send(config: &Config) -> Broken {
    let timeout = config.redrive.send_timeout;
    (config.redrive.lease <= timeout)
        .then(|| ("redrive.lease", format!("allowed: more than redrive.send_timeout, which is {timeout}")))
}

fn loopback_or_on_purpose(config: &Config) -> Broken {
    let exposed =
        config.server.listen.and_then(|listen| listen.0).is_some_and(|address| !address.ip().is_loopback());
    (exposed && !config.server.expose_without_authentication).then(|| {
        let problem = "other machines reach it, and nothing asks who calls; allowed: an address of loopback, such as \
                       127.0.0.1:9099, or server.expose_without_authentication = true";
        ("server.listen", problem.to_owned())
    })
}

fn our_properties(found: &[Found]) -> impl Iterator<Item = Mistake> {
    found.iter().filter_map(|found| {
        let name = found.setting.key.strip_prefix("kafka.client.")?;
        let (_, instead) = OUR_PROPERTIES.iter().find(|(ours, _)| *ours == name)?;
        Some(Mistake::in_setting(&found.setting, format!("not allowed: {instead}")))
    })
}

fn doubled_properties(config: &Config, found: &[Found]) -> Vec<Mistake> {
    let client = &config.kafka.client.0;
    let doubled = client.reveal().filter(|(name, _)| client.get(&format!("{name}_file")).is_some());
    let mistake = |(name, _): (&str, &str)| {
        let key = format!("kafka.client.{name}_file");
        at(found, &key, format!("kafka.client.{name} is set, too; allowed: one of the two"))
    };
    doubled.map(mistake).collect()
}

/// Properties that librdkafka would refuse once it is asked to connect: a misspelt name, a value it does not take.
fn unusable_properties(config: &Config, found: &[Found]) -> Vec<Mistake> {
    let named = config.kafka.client.0.reveal().filter(|(name, _)| !name.ends_with("_file"));
    let unusable = |(name, value)| {
        let complaint = ClientProperties::complaint(name, value)?;
        let allowed = "allowed: the properties of librdkafka, as its CONFIGURATION.md names them";
        Some(at(found, &format!("kafka.client.{name}"), format!("{complaint}; {allowed}")))
    };
    named.filter_map(unusable).collect()
}

/// Without the right protocol the client heeds neither keys nor passwords, and talks in the clear.
fn security_is_heeded(config: &Config, found: &[Found]) -> Vec<Mistake> {
    let client = &config.kafka.client.0;
    let protocol = client.get("security.protocol").unwrap_or("plaintext").to_ascii_lowercase();
    let heeded = |name: &str| match name.split_once('.') {
        Some(("sasl", _)) => protocol.starts_with("sasl_"),
        Some(("ssl", _)) => protocol.ends_with("ssl"),
        _ => true,
    };
    let unheeded = client.reveal().find(|(name, _)| !heeded(name));
    let mistake = |(name, _): (&str, &str)| {
        let problem = "it has no effect while kafka.client.\"security.protocol\" is ";
        let allowed =
            if name.starts_with("sasl.") { "SASL_SSL (or SASL_PLAINTEXT)" } else { "SSL or SASL_SSL" };
        at(found, &format!("kafka.client.{name}"), format!("{problem}{protocol}; allowed with it: {allowed}"))
    };
    unheeded.map(mistake).into_iter().collect()
}
