//! What is subscribed to: the topics that are named, and those that are found.

use std::collections::BTreeSet;

use dlq_core::TopicName;
use dlq_core::observe::DlqEvent;
use rdkafka::consumer::{BaseConsumer, Consumer};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::config::SourceConfig;
use super::context::SourceContext;
use crate::discover;
use crate::error::SourceError;

/// The topics that are named, and those that are found.
#[derive(Debug)]
pub(super) struct Subscription {
    named: Vec<String>,
    found: watch::Receiver<BTreeSet<TopicName>>,
    _looking: Option<AbortOnDropHandle<()>>,
}

impl Subscription {
    /// Begins to look for topics, where that is wanted.
    pub(super) fn begin(config: &SourceConfig, runtime: &Handle) -> Self {
        let (found, receiver) = watch::channel(BTreeSet::new());
        let looking = config.discovery.as_ref().map(|discovery| {
            let mut discovery = discovery.clone();
            let never = config.never.iter().filter_map(|name| discover::TopicPattern::new(name).ok());
            discovery.deny.extend(never);
            let (brokers, properties) = (config.brokers.clone(), config.properties.clone());
            AbortOnDropHandle::new(runtime.spawn(discover::watch(brokers, properties, discovery, found)))
        });
        Self { named: config.topics.clone(), found: receiver, _looking: looking }
    }

    /// Subscribes to what is named and what was found so far.
    pub(super) fn subscribe(&mut self, consumer: &BaseConsumer<SourceContext>) -> Result<(), SourceError> {
        let found = self.found.borrow_and_update();
        let named = self.named.iter().map(String::as_str);
        let topics: BTreeSet<_> = named.chain(found.iter().map(TopicName::as_str)).collect();
        if topics.is_empty() {
            tracing::info!("no dead-letter topic was found yet");
            consumer.context().observers.tell(&DlqEvent::Assigned { partitions: 0 });
            return Ok(());
        }
        Ok(consumer.subscribe(&topics.into_iter().collect::<Vec<_>>())?)
    }

    /// Subscribes anew, where more was found.
    pub(super) fn follow(&mut self, consumer: &BaseConsumer<SourceContext>) -> Result<(), SourceError> {
        if self.found.has_changed().unwrap_or(false) { self.subscribe(consumer) } else { Ok(()) }
    }
}
