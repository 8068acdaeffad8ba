//! [`DlqEvent`]: each step of a record's way that someone may want to know of.

use std::time::Duration;

use crate::record::{PartitionId, RecordId, TopicName};

/// One thing that happened. Events tell; they never decide.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum DlqEvent<'a> {
    /// Dead letters were read from a topic; told once for each topic and dialect of a batch.
    Captured {
        /// The dead-letter topic.
        topic: &'a TopicName,
        /// The dialect that decided; `None` where no framework's handwriting was recognised.
        dialect: Option<&'a str>,
        /// How many.
        records: u64,
        /// Their bytes.
        bytes: u64,
    },
    /// A batch set out for the storage.
    Batched {
        /// Its records.
        records: u64,
        /// How many it could have held.
        capacity: u64,
        /// The bytes between Kafka and the storage's answer, this batch's among them.
        buffered: u64,
        /// How many they may be.
        budget: u64,
    },
    /// A batch was stored.
    Stored {
        /// Records written for the first time.
        new: u64,
        /// Records that were there already.
        already_there: u64,
        /// Records recognised as the return of one that was sent home.
        returned: u64,
        /// How long the storage took to answer.
        took: Duration,
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
    /// The storage was asked, and answered or did not; told of every call by the layer that observes a storage.
    StorageAsked {
        /// The method's name, such as `save_batch`; a document's begins with `document_`.
        operation: &'static str,
        /// How long it took.
        took: Duration,
        /// What kind of error the whole call came to, such as `timeout`; `abandoned` where nobody waited for its answer.
        error: Option<&'static str>,
    },
    /// The store refuses one record, and nobody else keeps it: its partition is held.
    Refused {
        /// Which record.
        record: RecordId,
        /// Why.
        error: &'a (dyn std::error::Error + Send + Sync),
    },
    /// Quarantine keeps a record that the storage refuses; its partition goes on.
    Quarantined {
        /// Which record.
        record: RecordId,
        /// Why the storage refuses it.
        reason: &'a str,
    },
    /// Records that a program had submitted were dropped to make room; told together, when the call that drops them waits
    /// or ends.
    Dropped {
        /// By which rule of a gate: its name, such as `pending`.
        rule: &'a str,
        /// How many.
        records: u64,
    },
    /// Records that a program submitted were not let in, and went back to it; told together, when the call that brought
    /// them waits or ends.
    TurnedAway {
        /// By which rule of a gate: its name, such as `breaker`.
        rule: &'a str,
        /// How many.
        records: u64,
    },
    /// The partitions that this instance reads changed.
    Assigned {
        /// How many it reads now.
        partitions: usize,
    },
    /// How far capture of a partition is behind the end of its log.
    Lag {
        /// Of which topic.
        topic: &'a TopicName,
        /// Of which partition.
        partition: PartitionId,
        /// How many offsets are still to be stored.
        offsets: u64,
    },
    /// How many brokers are within the source's reach; told every few seconds.
    Reached {
        /// How many are connected and answer. With none, nothing can be captured.
        brokers: usize,
        /// What the client last complained of, in brackets; empty if it never did.
        complaint: &'a str,
    },
    /// The source stopped with an error, and is started again.
    SourceStopped {
        /// What it said.
        error: &'a (dyn std::error::Error + Send + Sync),
        /// The time until it is started again.
        again_in: Duration,
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
