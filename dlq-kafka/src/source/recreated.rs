//! A topic that was deleted and made anew is noticed: by its first message where capture of it begins, by its id while it
//! goes on.

use std::collections::BTreeSet;
use std::time::Duration;

use dlq_core::storage::Advance;
use dlq_core::{RecordId, TopicName};
use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::BorrowedMessage;

use super::capture::Capture;
use super::consumer::SEEK;
use super::context::SourceContext;
use super::partitions::Start;
use crate::error::SourceError;
use crate::topic_ids;

/// How long the cluster may take to tell the ids of topics.
const ASK: Duration = Duration::from_secs(2);

/// Compares the first message of a partition with the last one that was captured. Answers whether it is to be
/// captured: the same one again is not, and one of a recreated topic is captured from its beginning.
pub(super) fn is_as_expected(
    consumer: &BaseConsumer<SourceContext>,
    capture: &mut Capture,
    message: &BorrowedMessage<'_>,
) -> Result<bool, SourceError> {
    let from = capture.captured_from(message)?;
    let key = (from.source.topic.clone(), from.source.partition);
    let mut state = consumer.context().state();
    let Some(assigned) = state.partitions.get_mut(&key) else { return Ok(true) };
    let expected = assigned.start.expect.take();
    let start = assigned.start.clone();
    state.expects_any = state.partitions.any_expected();
    match expected {
        Some((offset, id)) if offset == from.offset && id == RecordId::captured(&from) => Ok(false),
        Some((offset, _)) if offset == from.offset => {
            tracing::error!(
                topic = %key.0, partition = key.1,
                "the topic was recreated: another record stands where the last one was captured; capture begins \
                 anew, in a new generation"
            );
            state.partitions.assign(key, Start { generation: start.generation + 1, ..start });
            drop(state);
            consumer.seek(from.source.topic.as_str(), from.source.partition, Offset::Beginning, SEEK)?;
            Ok(false)
        }
        _ => Ok(true),
    }
}

impl SourceContext {
    /// Notes the ids of topics that are assigned. A cluster that tells none is believed that they stay what they are.
    pub(super) fn learn_ids(
        &self,
        consumer: &BaseConsumer<Self>,
        topics: &BTreeSet<&TopicName>,
    ) -> Result<(), SourceError> {
        let told = topic_ids::ask(consumer.client(), topics, ASK).unwrap_or_default();
        let mut state = self.state();
        for (topic, id) in told {
            if state.topic_ids.insert(topic.clone(), id).is_some_and(|known| known != id) {
                return Err(SourceError::Recreated { topic });
            }
        }
        Ok(())
    }

    /// Whether what was captured may be counted: every topic is still the one whose capture was begun, or is gone, so
    /// that what was read of it is of that one. Otherwise what was read may be of its successor, behind a beginning that
    /// no one has read: the source begins anew. `false` also while the cluster does not answer.
    pub(super) fn are_the_same(&self, consumer: &BaseConsumer<Self>, advances: &[(u64, Advance)]) -> bool {
        let known = self.state().topic_ids.clone();
        let topics = advances.iter().map(|(_, advance)| &advance.partition.topic);
        let topics: BTreeSet<_> = topics.filter(|topic| known.contains_key(*topic)).collect();
        if topics.is_empty() {
            return true;
        }
        let Some(told) = topic_ids::ask(consumer.client(), &topics, ASK) else { return false };
        let is_another =
            |topic: &&TopicName| told.get(*topic).is_some_and(|id| known.get(*topic) != Some(id));
        let Some(topic) = topics.into_iter().find(is_another) else { return true };
        self.state().fatal.get_or_insert_with(|| SourceError::Recreated { topic: topic.clone() });
        false
    }
}
