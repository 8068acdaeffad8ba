//! [`QueryCriteria`], and its reference reading in plain Rust.

use bytes::Bytes;

use super::cursor::Order;
use crate::clock::Timestamp;
use crate::record::{
    Body, Content, DlqRecord, DlqStatus, ErrorType, Fingerprint, PartitionId, RecordId, TopicName,
};

/// What records must match: all conditions that are set. `None` sets no condition; `Some` of an empty list is met by
/// nothing. What a record does not know meets no condition on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueryCriteria {
    /// One of these ids.
    pub ids: Option<Vec<RecordId>>,
    /// One of these statuses.
    pub statuses: Option<Vec<DlqStatus>>,
    /// One of these types of the current failure.
    pub error_types: Option<Vec<ErrorType>>,
    /// One of these topics: the origin's, or the dead-letter topic where that is unknown.
    pub topics: Option<Vec<TopicName>>,
    /// Captured from one of these dead-letter topics.
    pub dead_letter_topics: Option<Vec<TopicName>>,
    /// One of these partitions of the origin.
    pub partitions: Option<Vec<PartitionId>>,
    /// Failed in one of these consumer groups.
    pub consumer_groups: Option<Vec<String>>,
    /// One of these fingerprints of the current failure.
    pub fingerprints: Option<Vec<Fingerprint>>,
    /// The key.
    pub key: Option<KeyMatch>,
    /// The current failure's class or root class, exactly.
    pub error_class: Option<String>,
    /// A part of the current failure's message; upper and lower case matter.
    pub message_contains: Option<String>,
    /// A header.
    pub header: Option<HeaderMatch>,
    /// A tag.
    pub tag: Option<String>,
    /// When the record was made.
    pub created: Range<Timestamp>,
    /// When it last changed.
    pub updated: Range<Timestamp>,
    /// When its last attempt ended.
    pub last_retry: Range<Timestamp>,
    /// When to act next.
    pub due: Range<Timestamp>,
    /// When its time runs out.
    pub expires: Range<Timestamp>,
    /// How many attempts have ended.
    pub retry_count: Range<u32>,
    /// The payload's bytes; null and missing payloads have no size.
    pub payload_size: Range<u64>,
    /// Whether the payload is missing: the dead letter only points at its source.
    pub body_missing: Option<bool>,
    /// In which order.
    pub order: Order,
    /// How many records at most, over all pages.
    pub limit: Option<u64>,
}

/// From `min` to below `end`; a side that is `None` is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range<T> {
    /// The first value that is in.
    pub min: Option<T>,
    /// The first value that is out again.
    pub end: Option<T>,
}

impl<T> Default for Range<T> {
    fn default() -> Self {
        Self { min: None, end: None }
    }
}

impl<T: PartialOrd + Copy> Range<T> {
    /// Whether no condition is set.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.min.is_none() && self.end.is_none()
    }

    /// Whether a value is in; an unknown one is in only where no condition is set.
    #[must_use]
    pub fn has(&self, value: Option<T>) -> bool {
        match value {
            Some(value) => self.min.is_none_or(|min| value >= min) && self.end.is_none_or(|end| value < end),
            None => self.is_open(),
        }
    }
}

/// A condition on the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyMatch {
    /// Exactly these bytes.
    Exact(Bytes),
    /// Begins with these bytes.
    Prefix(Bytes),
    /// As text, this pattern: `*` stands for any characters, also none, `?` for one.
    Pattern(String),
}

/// A condition on the headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderMatch {
    /// There is a header of this name,
    pub name: Bytes,
    /// and, if given, of this value.
    pub value: Option<Bytes>,
}

impl QueryCriteria {
    /// Begins a criteria.
    pub fn builder() -> super::QueryCriteriaBuilder {
        super::QueryCriteriaBuilder::default()
    }

    /// Whether a record matches: the reference reading, with which every store agrees. The record needs its content if
    /// [`needs_content`](Self::needs_content).
    #[must_use]
    pub fn matches(&self, record: &DlqRecord) -> bool {
        one_of(self.ids.as_ref(), Some(&record.id)) && self.matches_beside_ids(record)
    }

    /// The same for a record that was found by these ids: looking for it among them once more takes as long as there are
    /// ids.
    #[must_use]
    pub(crate) fn matches_beside_ids(&self, record: &DlqRecord) -> bool {
        self.matches_captured(record)
            && self.matches_progress(record)
            && self.matches_kind(record)
            && self.matches_failure(record)
            && (!self.needs_content()
                || record.captured.content.as_ref().is_some_and(|c| self.matches_content(c)))
    }

    /// Whether a condition looks at headers, key or payload.
    #[must_use]
    pub const fn needs_content(&self) -> bool {
        self.key.is_some()
            || self.header.is_some()
            || !self.payload_size.is_open()
            || self.body_missing.is_some()
    }

    fn matches_captured(&self, record: &DlqRecord) -> bool {
        let captured = &record.captured;
        let dead_letter_topic = captured.from.as_ref().map(|from| &from.source.topic);
        let group = captured.origin.consumer_group.as_deref();
        one_of(self.topics.as_ref(), captured.topic())
            && one_of(self.dead_letter_topics.as_ref(), dead_letter_topic)
            && one_of(self.partitions.as_ref(), captured.origin.partition.as_ref())
            && self
                .consumer_groups
                .as_ref()
                .is_none_or(|some| group.is_some_and(|g| some.iter().any(|s| s == g)))
    }

    fn matches_progress(&self, record: &DlqRecord) -> bool {
        let progress = &record.progress;
        one_of(self.statuses.as_ref(), Some(&progress.status))
            && self.created.has(Some(progress.created_at))
            && self.updated.has(Some(progress.updated_at))
            && self.last_retry.has(progress.last_retry_at)
            && self.due.has(progress.due_at)
            && self.expires.has(progress.expires_at)
            && self.retry_count.has(Some(progress.retry_count))
            && self.tag.as_ref().is_none_or(|tag| progress.notes.tags.contains(tag))
    }

    fn matches_kind(&self, record: &DlqRecord) -> bool {
        let (error_type, fingerprint) = record.kind_of_failure();
        one_of(self.error_types.as_ref(), Some(&error_type))
            && one_of(self.fingerprints.as_ref(), Some(&fingerprint))
    }

    fn matches_failure(&self, record: &DlqRecord) -> bool {
        if self.error_class.is_none() && self.message_contains.is_none() {
            return true;
        }
        let failure = record.failure();
        let is_class = |wanted: &String| {
            [&failure.class, &failure.root_class].into_iter().flatten().any(|class| class == wanted)
        };
        let says = |part: &String| failure.message.as_ref().is_some_and(|message| message.contains(part));
        self.error_class.as_ref().is_none_or(is_class) && self.message_contains.as_ref().is_none_or(says)
    }

    fn matches_content(&self, content: &Content) -> bool {
        let payload = content.payload();
        self.key.as_ref().is_none_or(|key| content.key().bytes().is_some_and(|bytes| key.matches(bytes)))
            && self
                .header
                .as_ref()
                .is_none_or(|wanted| content.headers().any(|h| wanted.matches(h.name, h.value)))
            && self.payload_size.has(payload.bytes().map(|bytes| bytes.len() as u64))
            && self.body_missing.is_none_or(|missing| missing == (payload == Body::Missing))
    }
}

impl KeyMatch {
    fn matches(&self, key: &[u8]) -> bool {
        match self {
            Self::Exact(bytes) => key == bytes,
            Self::Prefix(bytes) => key.starts_with(bytes),
            Self::Pattern(pattern) => glob(pattern, &String::from_utf8_lossy(key)),
        }
    }
}

impl HeaderMatch {
    fn matches(&self, name: &[u8], value: Option<&[u8]>) -> bool {
        name == self.name && self.value.as_ref().is_none_or(|wanted| value == Some(wanted))
    }
}

fn one_of<T: PartialEq>(wanted: Option<&Vec<T>>, value: Option<&T>) -> bool {
    wanted.is_none_or(|wanted| value.is_some_and(|value| wanted.contains(value)))
}

/// `*` and `?` against a text, in time proportional to both lengths multiplied at worst.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((star_p, star_t)) = star else { return false };
                star = Some((star_p, star_t + 1));
                p = star_p + 1;
                t = star_t + 1;
            }
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, fits) in [
            ("", "", true),
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abbd", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*b*b*", "abab", true),
            ("ä*", "äö", true),
            ("abc", "ab", false),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn unknown_values_meet_only_open_ranges() {
        let from_5 = Range { min: Some(5), end: None };
        assert!(!from_5.has(None) && from_5.has(Some(5)) && !from_5.has(Some(4)));
        assert!(Range::<u32>::default().has(None));
        assert!(!Range { min: None, end: Some(5) }.has(Some(5)));
    }
}
