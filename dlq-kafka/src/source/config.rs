//! What a source is told.

use std::time::Duration;

use dlq_core::engine::batch::BatchSizing;
use dlq_core::policy::config::Profile;
use rdkafka::ClientConfig;

use super::fetching;
use crate::client::ClientProperties;
use crate::dialect::TopicRules;
use crate::discover::{Discovery, TopicPattern};

/// What a source is told.
#[derive(Clone, Debug)]
pub struct SourceConfig {
    /// Where the cluster is: `host:port`, separated by commas.
    pub brokers: String,
    /// The consumer group; instances of one group share the partitions.
    pub group_id: String,
    /// The dead-letter topics: names, and patterns that begin with `^`.
    pub topics: Vec<String>,
    /// How further dead-letter topics are found while capture runs. Default not at all.
    pub discovery: Option<Discovery>,
    /// The topics that are never captured, whatever pattern takes them: quarantine's own. Default none.
    pub never: Vec<String>,
    /// librdkafka's properties, over our own choice. What would break a promise is not heeded: auto commit, auto offset
    /// store, auto offset reset.
    pub properties: ClientProperties,
    /// What the client's fetching is made for; the numbers below are not touched by it. [`Profile::Default`] by default.
    pub profile: Profile,
    /// Records per batch at most, always the same or as many as the storage keeps up with; 1 to 100 000. Default 1000.
    pub batch_size: BatchSizing,
    /// How long a batch waits for company. Default 5 ms.
    pub linger: Duration,
    /// Bytes between the client's queue and the storage's answer. Default 64 MiB.
    pub budget_bytes: usize,
    /// How often offsets are committed. Default 200 ms.
    pub commit_interval: Duration,
    /// What is known of the topics beyond what their letters tell. Default: nothing.
    pub rules: TopicRules,
    /// How long a rebalance and a shutdown wait for what is on its way to the storage. Default 10 s.
    pub drain_timeout: Duration,
    /// How often a record that the storage refuses is offered again. Default 5 s.
    pub refused_retry: Duration,
}

impl SourceConfig {
    /// A source with every default.
    #[must_use]
    pub fn new(brokers: impl Into<String>, group_id: impl Into<String>, topics: Vec<String>) -> Self {
        Self {
            brokers: brokers.into(),
            group_id: group_id.into(),
            topics,
            discovery: None,
            never: Vec::new(),
            properties: ClientProperties::default(),
            profile: Profile::Default,
            batch_size: BatchSizing::Fixed(1000),
            linger: Duration::from_millis(5),
            budget_bytes: 64 << 20,
            commit_interval: Duration::from_millis(200),
            rules: TopicRules::default(),
            drain_timeout: Duration::from_secs(10),
            refused_retry: Duration::from_secs(5),
        }
    }

    /// The client's configuration. The fetch settings follow the profile; the reconnect settings bring recovery after a
    /// broker's death from 8 s to 1 s, the session's the time after which another takes over from an instance that died from
    /// 45 s to 6 s, the least that brokers allow.
    #[must_use]
    pub fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        for (name, value) in fetching::USUAL.iter().chain(fetching::otherwise(self.profile)) {
            client.set(*name, *value);
        }
        client
            .set("reconnect.backoff.ms", "50")
            .set("reconnect.backoff.max.ms", "500")
            // New topics that a pattern takes are noticed within this time.
            .set("topic.metadata.refresh.interval.ms", "30000")
            .set("allow.auto.create.topics", "false");
        if !self.is_assigned_by_the_broker() {
            client
                .set("session.timeout.ms", "6000")
                .set("partition.assignment.strategy", "cooperative-sticky");
        }
        self.properties.apply(&mut client);
        client
            // Held against all topics of the cluster before the patterns of the subscription are.
            .set("topic.blacklist", self.never_patterns())
            // What a subscriber knows of the log's end, and at what it costs: nothing is asked for it.
            .set("statistics.interval.ms", "5000")
            .set("bootstrap.servers", &self.brokers)
            .set("group.id", &self.group_id)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            // Offsets that are gone are to be noticed, not skipped: every assignment says where to begin.
            .set("auto.offset.reset", "error");
        client
    }

    /// What speaks against subscribing to a pattern, if anything. The client reads POSIX's extended regular expressions:
    /// what it does not take stops capture, and what most others understand and it does not would match nothing, and
    /// nobody would know.
    #[must_use]
    pub fn complaint(pattern: &str) -> Option<String> {
        if let Err(error) = TopicPattern::new(pattern) {
            return Some(error.to_string());
        }
        let unshared = ["\\d", "\\D", "\\p", "\\P", "(?", "*?", "+?", "??"];
        let found = unshared.iter().find(|unshared| pattern.contains(**unshared))?;
        Some(format!(
            "{pattern:?}: Kafka's client does not understand {found}; allowed: a POSIX extended regular expression, such as \
             [0-9] for a digit"
        ))
    }

    /// The names of [`never`](Self::never) as patterns that match nothing else.
    fn never_patterns(&self) -> String {
        let pattern = |name: &String| format!("^{}$", name.replace('.', "[.]"));
        self.never.iter().map(pattern).collect::<Vec<_>>().join(",")
    }

    /// Whether the properties choose the protocol in which the broker assigns, and rules over sessions: its clients
    /// refuse to be told either.
    fn is_assigned_by_the_broker(&self) -> bool {
        let mut chosen = ClientConfig::new();
        self.properties.apply(&mut chosen);
        chosen.get("group.protocol").is_some_and(|protocol| protocol.eq_ignore_ascii_case("consumer"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_the_client_reads_otherwise_are_complained_of() {
        for fine in ["orders-dlt", "^billing[.].*[.]DLQ$", "^(orders|bills)-[0-9]+[.]dlt$"] {
            assert_eq!(SourceConfig::complaint(fine), None);
        }
        for (wrong, word) in [("^(", "unclosed"), (r"^orders-\d-dlt", r"\d"), ("^(?i)orders", "(?")] {
            let complaint = SourceConfig::complaint(wrong).unwrap_or_default();
            assert!(complaint.contains(word) && complaint.contains("allowed"), "{wrong}: {complaint}");
        }
    }

    #[test]
    fn the_client_takes_what_every_profile_sets_and_the_user_has_the_last_word() {
        for profile in Profile::ALL {
            let mut config = SourceConfig::new("localhost:1", "dlq", Vec::new());
            config.profile = profile;
            config.client().create::<rdkafka::consumer::BaseConsumer>().unwrap();
            config.properties.set("fetch.queue.backoff.ms", "7");
            assert_eq!(config.client().get("fetch.queue.backoff.ms"), Some("7"), "{profile}");
        }
    }

    #[test]
    fn the_group_follows_the_protocol_that_is_chosen() {
        let client = |properties: &[(&str, &str)]| {
            let mut config = SourceConfig::new("localhost:1", "dlq", Vec::new());
            config.properties = properties.iter().copied().collect();
            config.client()
        };
        assert_eq!(client(&[]).get("partition.assignment.strategy"), Some("cooperative-sticky"));
        let range = client(&[("partition.assignment.strategy", "range")]);
        assert_eq!(range.get("partition.assignment.strategy"), Some("range"));
        let by_the_broker = client(&[("group.protocol", "consumer")]);
        assert_eq!(by_the_broker.get("session.timeout.ms"), None);
        by_the_broker.create::<rdkafka::consumer::BaseConsumer>().expect("the client takes it");
    }
}
