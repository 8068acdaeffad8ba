//! The typed way to write criteria.

use bytes::Bytes;

use super::criteria::{HeaderMatch, KeyMatch, QueryCriteria, Range};
use super::cursor::Order;
use crate::clock::Timestamp;
use crate::record::{DlqStatus, ErrorType, Fingerprint, PartitionId, RecordId, TopicName};

/// Builds [`QueryCriteria`]; conditions that are not named are not set.
///
/// ```
/// use dlq_core::record::DlqStatus;
/// use dlq_core::storage::QueryCriteria;
///
/// let failed_billing = QueryCriteria::builder()
///     .statuses([DlqStatus::Failed])
///     .consumer_groups(["billing"])
///     .limit(500)
///     .build();
/// assert_eq!(failed_billing.limit, Some(500));
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct QueryCriteriaBuilder(QueryCriteria);

macro_rules! one_of {
    ($($(#[doc = $doc:literal])+ $name:ident: $item:ty;)+) => {$(
        $(#[doc = $doc])+
        pub fn $name(mut self, some: impl IntoIterator<Item = impl Into<$item>>) -> Self {
            self.0.$name = Some(some.into_iter().map(Into::into).collect());
            self
        }
    )+};
}

macro_rules! value {
    ($($(#[doc = $doc:literal])+ $name:ident: $value:ty;)+) => {$(
        $(#[doc = $doc])+
        pub fn $name(mut self, value: impl Into<$value>) -> Self {
            self.0.$name = value.into();
            self
        }
    )+};
}

impl QueryCriteriaBuilder {
    one_of! {
        /// One of these ids.
        ids: RecordId;
        /// One of these statuses.
        statuses: DlqStatus;
        /// One of these types of failure.
        error_types: ErrorType;
        /// One of these topics.
        topics: TopicName;
        /// Captured from one of these dead-letter topics.
        dead_letter_topics: TopicName;
        /// One of these partitions of the origin.
        partitions: PartitionId;
        /// Failed in one of these consumer groups.
        consumer_groups: String;
        /// One of these fingerprints.
        fingerprints: Fingerprint;
    }

    value! {
        /// The key.
        key: Option<KeyMatch>;
        /// A header.
        header: Option<HeaderMatch>;
        /// When the record was made.
        created: Range<Timestamp>;
        /// When it last changed.
        updated: Range<Timestamp>;
        /// When its last attempt ended.
        last_retry: Range<Timestamp>;
        /// When to act next.
        due: Range<Timestamp>;
        /// When its time runs out.
        expires: Range<Timestamp>;
        /// How many attempts have ended.
        retry_count: Range<u32>;
        /// The payload's bytes.
        payload_size: Range<u64>;
        /// Whether the payload is missing.
        body_missing: Option<bool>;
        /// In which order.
        order: Order;
        /// How many records at most.
        limit: Option<u64>;
    }

    /// The current failure's class or root class, exactly.
    pub fn error_class(mut self, class: impl Into<String>) -> Self {
        self.0.error_class = Some(class.into());
        self
    }

    /// A part of the current failure's message.
    pub fn message_contains(mut self, part: impl Into<String>) -> Self {
        self.0.message_contains = Some(part.into());
        self
    }

    /// A tag.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.0.tag = Some(tag.into());
        self
    }

    /// Exactly this key.
    pub fn key_is(self, key: impl Into<Bytes>) -> Self {
        self.key(KeyMatch::Exact(key.into()))
    }

    /// The criteria.
    #[must_use]
    pub fn build(self) -> QueryCriteria {
        self.0
    }
}
