//! How far capture is behind, from what the client knows anyway.

use dlq_core::TopicName;
use dlq_core::observe::DlqEvent;
use rdkafka::Statistics;

use super::context::SourceContext;

impl SourceContext {
    /// Tells of each assigned partition how many offsets are still to be stored, as far as its log's end is known.
    pub(super) fn tell_lag(&self, statistics: &Statistics) {
        for (name, partitions) in &statistics.topics {
            let Ok(topic) = TopicName::new(name.as_str()) else { continue };
            for (&partition, known) in &partitions.partitions {
                let key = (topic.clone(), partition);
                let stored = self.state().partitions.standing(&key);
                if let Some(stored) = stored
                    && known.hi_offset >= 0
                {
                    let begins = stored.unwrap_or(known.lo_offset).max(0);
                    let offsets = u64::try_from(known.hi_offset - begins).unwrap_or(0);
                    self.observers.tell(&DlqEvent::Lag { topic: &topic, partition, offsets });
                }
            }
        }
    }
}
