//! [`Kind`]: what records are counted and found under.

use dlq_core::record::{DlqRecord, DlqStatus, ErrorType, FailureSummary, Fingerprint, TopicName};
use dlq_core::storage::transition::Cell;
use dlq_core::storage::{Condition, QueryCriteria};
use xxhash_rust::xxh3::xxh3_64;

/// The conditions by which records are found: those on ids, and those that a kind tells of. All others are looked at record
/// by record.
pub const FOUND_BY: [Condition; 7] = [
    Condition::Ids,
    Condition::Statuses,
    Condition::ErrorTypes,
    Condition::Topics,
    Condition::DeadLetterTopics,
    Condition::Fingerprints,
    Condition::ErrorClass,
];

/// What records are counted and found under: their cell, and traits by which most of what does not match is passed over.
/// Records of a cell mostly share them, so that there are hardly more kinds than cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) cell: Cell,
    /// The dead-letter topic, the class and the root class, as far as they are known.
    traits: [u32; 3],
}

impl Kind {
    /// The kind of a record whose current failure this is.
    pub(crate) fn of(record: &DlqRecord, failure: &FailureSummary<'_>) -> Self {
        let from = record.captured.from.as_ref().map(|from| from.source.topic.as_str());
        let traits = [from, failure.class.as_deref(), failure.root_class.as_deref()];
        Self { cell: Cell::of(record), traits: traits.map(|text| text.map_or(0, digest)) }
    }

    /// Whether records of this kind can match.
    pub(crate) fn may_match(&self, criteria: &QueryCriteria) -> bool {
        let QueryCriteria { statuses, error_types, topics, fingerprints, .. } = criteria;
        let [from, classes @ ..] = &self.traits;
        let (cell, topic) = (&self.cell, self.cell.topic.as_ref());
        statuses.as_ref().is_none_or(|some| some.contains(&cell.status))
            && error_types.as_ref().is_none_or(|some| some.contains(&cell.error_type))
            && fingerprints.as_ref().is_none_or(|some| some.contains(&cell.fingerprint))
            && topics.as_ref().is_none_or(|some| topic.is_some_and(|topic| some.contains(topic)))
            && criteria
                .dead_letter_topics
                .as_ref()
                .is_none_or(|some| some.iter().any(|topic| digest(topic.as_str()) == *from))
            && criteria.error_class.as_deref().is_none_or(|class| classes.contains(&digest(class)))
    }

    /// Its name: status, type of failure, fingerprint, traits, topic.
    pub(crate) fn name(&self) -> Vec<u8> {
        let Cell { topic, error_type, fingerprint, status } = &self.cell;
        let (status, error_type, fingerprint) = (status.code(), error_type.code(), fingerprint.as_u64());
        let topic = topic.as_ref().map_or("", TopicName::as_str);
        let [from, class, root] = self.traits;
        format!("{status} {error_type} {fingerprint:016x} {from:x} {class:x} {root:x} {topic}").into_bytes()
    }

    /// The kind of a name.
    pub(crate) fn read(name: &[u8]) -> Option<Self> {
        let mut parts = str::from_utf8(name).ok()?.splitn(7, ' ');
        let (status, error_type) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let fingerprint = u64::from_str_radix(parts.next()?, 16).ok()?;
        let mut part = || u32::from_str_radix(parts.next()?, 16).ok();
        let traits = [part()?, part()?, part()?];
        let topic = match parts.next()? {
            "" => None,
            topic => Some(TopicName::new(topic).ok()?),
        };
        let cell = Cell {
            topic,
            error_type: ErrorType::from_code(error_type)?,
            fingerprint: Fingerprint::from_u64(fingerprint),
            status: DlqStatus::from_code(status)?,
        };
        Some(Self { cell, traits })
    }
}

/// Texts that share one are told apart by their records.
#[expect(clippy::cast_possible_truncation, reason = "half of a hash is one")]
fn digest(text: &str) -> u32 {
    xxh3_64(text.as_bytes()) as u32
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use dlq_testkit::fixture::Draft;

    #[test]
    fn a_name_tells_its_kind() {
        for topic in [None, Some(TopicName::new("orders.dlt-7").unwrap())] {
            let fingerprint = Fingerprint::from_u64(0xAB);
            let cell = Cell { topic, error_type: ErrorType::ALL[3], fingerprint, status: DlqStatus::OnHold };
            let kind = Kind { cell, traits: [7, 0, u32::MAX] };
            assert_eq!(Kind::read(&kind.name()), Some(kind));
        }
        assert_eq!(Kind::read(b"0 0 ab 7 0"), None);
    }

    #[test]
    fn what_cannot_match_is_passed_over() {
        let record = Draft::new(1).record();
        let class = |name: &'static str| Some(Cow::Borrowed(name));
        let failure = FailureSummary { class: class("Outer"), root_class: class("Root"), ..record.failure() };
        let kind = Kind::of(&record, &failure);
        let from = record.captured.from.as_ref().unwrap().source.topic.clone();
        let other = TopicName::new("another").unwrap();
        let criteria = QueryCriteria::builder;
        for (criteria, may) in [
            (criteria(), true),
            (criteria().error_class("Outer"), true),
            (criteria().error_class("Root"), true),
            (criteria().error_class("Neither"), false),
            (criteria().dead_letter_topics([from.clone(), other.clone()]), true),
            (criteria().dead_letter_topics([other]), false),
            (criteria().dead_letter_topics([from]).error_class("Neither"), false),
        ] {
            let criteria = criteria.build();
            assert_eq!(kind.may_match(&criteria), may, "{criteria:?}");
        }
    }
}
