//! What the source tells of what it captures, and of topics that nobody can read.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use dlq_core::TopicName;
use dlq_core::observe::{DlqEvent, Observers, Sparingly};

use super::building::Group;

/// How often a topic that no dialect recognises is told of.
const UNRECOGNISED: Duration = Duration::from_secs(3600);

/// Tells what was captured, and warns of topics whose letters no dialect recognises.
#[derive(Debug, Default)]
pub(super) struct Telling {
    unrecognised: HashMap<TopicName, Sparingly>,
}

impl Telling {
    /// Tells of the records of a batch, once for each topic and dialect.
    pub(super) fn captured(&mut self, groups: &[Group], observers: &Observers) {
        for &Group { ref topic, ref dialect, records, bytes } in groups {
            let dialect = dialect.as_deref();
            observers.tell(&DlqEvent::Captured { topic, dialect, records, bytes });
            if dialect.is_none() {
                self.warn(topic, records);
            }
        }
    }

    fn warn(&mut self, topic: &TopicName, records: u64) {
        let sparingly =
            self.unrecognised.entry(topic.clone()).or_insert_with(|| Sparingly::every(UNRECOGNISED));
        if sparingly.is_due(Instant::now()) {
            tracing::warn!(
                %topic, records,
                "no framework's headers were recognised: these dead letters are kept whole, but where they first failed \
                 and why is unknown, and they are sent home only to a target that is named; if the topic has a framework \
                 or headers of its own, the configuration's dialects.topics takes a rule for it"
            );
        }
    }
}
