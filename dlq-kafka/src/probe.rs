//! Whether a cluster can be reached, and has the topics that it should have.

use std::time::Duration;

use dlq_core::TopicName;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use crate::client::{ClientProperties, Listening, hear};
use crate::discover::TopicPattern;
use crate::error::SourceError;

/// How long the cluster may take to answer.
const ANSWER: Duration = Duration::from_secs(10);

/// What a cluster said of itself.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Probe {
    /// The cluster's own id.
    pub cluster: String,
    /// How many brokers it has.
    pub brokers: usize,
    /// The topics that were asked for and are not there, and the patterns that no topic matches.
    pub missing: Vec<String>,
}

/// Asks a cluster for its id, its brokers and these topics. Blocks for up to 20 s.
///
/// # Errors
/// The client's properties are refused, or the cluster does not answer.
pub fn probe(brokers: &str, properties: &ClientProperties, topics: &[String]) -> Result<Probe, SourceError> {
    let mut client = ClientConfig::new();
    properties.apply(&mut client);
    client.set("bootstrap.servers", brokers).set("allow.auto.create.topics", "false");
    let consumer: BaseConsumer<Listening> = client.create_with_context(Listening::default())?;
    let no_cluster = || {
        hear(&consumer);
        SourceError::NoCluster {
            brokers: brokers.to_owned(),
            seconds: ANSWER.as_secs(),
            reason: consumer.context().0.reason(),
        }
    };
    let metadata = consumer.fetch_metadata(None, ANSWER).map_err(|_| no_cluster())?;
    let cluster = consumer.client().fetch_cluster_id(ANSWER).ok_or_else(no_cluster)?;
    let there: Vec<_> =
        metadata.topics().iter().filter_map(|topic| TopicName::new(topic.name()).ok()).collect();
    let missing = missing(topics, &there);
    Ok(Probe { cluster, brokers: metadata.brokers().len(), missing })
}

/// Which of the topics and patterns that are asked for match none that is there. One that cannot be told is not missing.
pub(crate) fn missing(asked: &[String], there: &[TopicName]) -> Vec<String> {
    let is_missing = |asked: &&String| {
        TopicPattern::new(asked).is_ok_and(|pattern| !there.iter().any(|topic| pattern.matches(topic)))
    };
    asked.iter().filter(is_missing).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_patterns_that_match_nothing_are_missing() {
        let there = ["orders-dlt", "billing.x.DLQ"].map(|name| TopicName::new(name).unwrap());
        let asked = ["orders-dlt", "order-dlt", "^billing[.].*[.]DLQ$", "^bills[.]"].map(str::to_owned);
        assert_eq!(missing(&asked, &there), ["order-dlt", "^bills[.]"]);
    }
}
