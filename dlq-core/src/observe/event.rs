//! [`DlqEvent`]: each step of a record's way that someone may want to know of.

use std::time::Duration;

use crate::record::{PartitionId, RecordId, TopicName};

/// One thing that happened. Events tell; they never decide.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum DlqEvent<'a> {
    /// A batch was stored.
    Stored {
        /// Records written for the first time.
        new: u64,
        /// Records that were there already.
        already_there: u64,
        /// Their bytes.
        bytes: u64,
        /// From capture to the store's answer.
        latency: Duration,
    },
    /// The store did not answer a batch, and is asked again.
    StoreUnavailable {
        /// What it said.
        error: &'a (dyn std::error::Error + Send + Sync),
        /// The time until it is asked again.
        retry_in: Duration,
    },
    /// The store refuses one record: its partition is held.
    Refused {
        /// Which record.
        record: RecordId,
        /// Why.
        error: &'a (dyn std::error::Error + Send + Sync),
    },
    /// A watermark moved.
    Advanced {
        /// Of which topic.
        topic: &'a TopicName,
        /// Of which partition.
        partition: PartitionId,
        /// The offset from which capture goes on.
        next: i64,
    },
    /// Partitions are paused because the budget is used up.
    Paused,
    /// They go on.
    Resumed,
    /// Dead letters are missing that were never captured.
    Missing {
        /// Of which topic.
        topic: &'a TopicName,
        /// Of which partition.
        partition: PartitionId,
        /// The first missing offset.
        from: i64,
        /// The first offset that is there again.
        to: i64,
    },
    /// Records were claimed to be sent home.
    Claimed {
        /// How many.
        records: u64,
    },
    /// A record was sent home, and the target accepted it.
    SentHome {
        /// Which record.
        record: RecordId,
    },
    /// A record could not be sent home.
    SendFailed {
        /// Which record.
        record: RecordId,
        /// Why.
        reason: &'a str,
    },
}
