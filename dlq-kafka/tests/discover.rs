//! Dead-letter topics are found on a real broker: by name, by their letters, and while capture runs.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod rig;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use dlq_core::{DlqStorage, MemoryStorage, TopicName};
use dlq_kafka::client::ClientProperties;
use dlq_kafka::discover::{Discovery, TopicPattern, find};
use dlq_kafka::source::SourceConfig;
use rdkafka::admin::{NewTopic, TopicReplication};
use rig::{Letter, brokers, config, make, produce, start, stored, unique, until};

/// Topics that no other test has, under one prefix.
struct Topics(String);

impl Topics {
    async fn make(&self, name: &str) -> TopicName {
        make(&NewTopic::new(&format!("{}.{name}", self.0), 2, TopicReplication::Fixed(1))).await
    }

    fn discovery(&self) -> Discovery {
        let allow = vec![TopicPattern::new(&format!("^{}[.]", self.0)).unwrap()];
        Discovery { allow, interval: Duration::from_millis(200), ..Discovery::by_names() }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_called_a_dead_letter_topic_is_captured_also_if_it_is_made_later() {
    let topics = Topics(unique("found"));
    let (early, retry, ours) =
        (topics.make("orders-dlt").await, topics.make("orders-retry-0").await, topics.make("ours-dlq").await);
    for topic in [&early, &retry, &ours] {
        produce(topic, 0, &[Letter::new("k", "v")]);
    }
    let storage: Arc<dyn DlqStorage> = Arc::new(MemoryStorage::new());
    let discovery = Some(topics.discovery());
    let never = vec![ours.to_string()];
    let source = start(SourceConfig { discovery, never, ..config(&unique("dlq"), &[]) }, &storage);
    until("the early one is captured", async || stored(&storage).await == 1).await;
    let late = topics.make("billing.DLQ").await;
    produce(&late, 1, &[Letter::new("k", "v"), Letter::new("k", "v")]);
    until("the late one is captured, too", async || stored(&storage).await == 3).await;
    source.stop().await;
    let watermarks = storage.all_watermarks().await.unwrap();
    let captured: Vec<_> = watermarks.into_iter().map(|(partition, _)| partition.topic).collect();
    assert!(!captured.contains(&retry) && !captured.contains(&ours), "{captured:?}");
}

#[tokio::test]
async fn letters_that_a_framework_wrote_give_a_topic_away() {
    let topics = Topics(unique("letters"));
    let home = topics.make("orders").await;
    let [parked, mixed, plain] =
        [topics.make("parked").await, topics.make("mixed").await, topics.make("plain").await];
    topics.make("empty").await;
    let spring = |n| Letter::new("k", "v").spring(&home, 0, n);
    produce(&parked, 0, &(0..10).map(spring).collect::<Vec<_>>());
    produce(&parked, 1, &[spring(1)]);
    produce(&mixed, 0, &[spring(1), Letter::new("k", "v")]);
    produce(&plain, 0, &[Letter::new("k", "v")]);

    let discovery = Discovery { by_headers: true, ..topics.discovery() };
    let look = move || find(&brokers(), &ClientProperties::default(), &discovery).unwrap();
    let found = tokio::task::spawn_blocking(look).await.unwrap();
    let found: BTreeMap<_, _> = found.iter().map(|found| (&found.topic, found.why.to_string())).collect();
    assert_eq!(found, BTreeMap::from([(&parked, "its latest letters are spring-dlt".to_owned())]));
}
