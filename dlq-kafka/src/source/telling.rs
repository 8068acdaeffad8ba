//! What the source tells of what it captures, and of topics that nobody can read.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use dlq_core::TopicName;
use dlq_core::observe::{DlqEvent, Observers, Sparingly};
use dlq_core::record::DialectName;
use dlq_core::storage::Save;

/// How often a topic that no dialect recognises is told of.
const UNRECOGNISED: Duration = Duration::from_secs(3600);

/// Dead letters of one topic in one dialect.
#[derive(Debug)]
struct Group<'s> {
    topic: &'s TopicName,
    dialect: Option<&'s DialectName>,
    records: u64,
    bytes: u64,
}

/// Tells what was captured, and warns of topics whose letters no dialect recognises.
#[derive(Debug, Default)]
pub(super) struct Telling {
    unrecognised: HashMap<TopicName, Sparingly>,
}

impl Telling {
    /// Tells of the records of a batch, once for each topic and dialect.
    pub(super) fn captured(&mut self, saves: &[Save], observers: &Observers) {
        for Group { topic, dialect, records, bytes } in groups(saves) {
            let dialect = dialect.map(|name| &**name);
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

fn groups(saves: &[Save]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for record in saves.iter().filter_map(Save::record) {
        let Some(from) = &record.captured.from else { continue };
        let (topic, dialect) = (&from.topic, record.captured.provenance.dialects.first());
        let bytes = record.weight() as u64;
        match groups.iter_mut().rev().find(|group| group.topic == topic && group.dialect == dialect) {
            Some(group) => {
                group.records += 1;
                group.bytes += bytes;
            }
            None => groups.push(Group { topic, dialect, records: 1, bytes }),
        }
    }
    groups
}
