//! Criteria that operators ask for by name.

use std::time::Duration;

use super::criteria::{QueryCriteria, Range};
use crate::clock::{Timestamp, millis};
use crate::record::{DlqStatus, ErrorType, TopicName};

impl QueryCriteria {
    /// What a claim may take: Pending and Failed.
    #[must_use]
    pub fn retryable() -> Self {
        Self::builder().statuses([DlqStatus::Pending, DlqStatus::Failed]).build()
    }

    /// What failed.
    #[must_use]
    pub fn failed() -> Self {
        Self::builder().statuses([DlqStatus::Failed]).build()
    }

    /// The records of one topic.
    #[must_use]
    pub fn by_topic(topic: TopicName) -> Self {
        Self::builder().topics([topic]).build()
    }

    /// The records that failed in one way.
    #[must_use]
    pub fn by_error_type(error_type: ErrorType) -> Self {
        Self::builder().error_types([error_type]).build()
    }

    /// What succeeded and has not changed for `age`, seen from `now`.
    #[must_use]
    pub fn old_successful(now: Timestamp, age: Duration) -> Self {
        let end = Timestamp::from_millis(now.as_millis().saturating_sub(millis(age)));
        let updated = Range { min: None, end: Some(end) };
        Self::builder().statuses([DlqStatus::Success]).updated(updated).build()
    }

    /// Payloads of at least so many bytes.
    #[must_use]
    pub fn large_messages(min_bytes: u64) -> Self {
        Self::builder().payload_size(Range { min: Some(min_bytes), end: None }).build()
    }
}
