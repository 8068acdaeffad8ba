//! What a store can promise, as data: tests, documentation and pages read it.

/// What a store can promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageCapability {
    /// The store's name in messages.
    pub name: &'static str,
    /// What was acknowledged survives the process and the machine's loss of power.
    pub durable: bool,
    /// It may drop open records of its own accord. Whatever this says, those that are done may expire.
    pub evicts: bool,
    /// The largest batch it takes in one call, in records; larger ones are the caller's to cut.
    pub largest_batch: usize,
    /// The conditions that the store itself decides; the others are finished in the client, page by page.
    pub pushed_down: &'static [Condition],
}

/// A kind of condition of [`QueryCriteria`](super::QueryCriteria).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "named as the field of QueryCriteria that each stands for")]
pub enum Condition {
    Ids,
    Statuses,
    ErrorTypes,
    Topics,
    DeadLetterTopics,
    Partitions,
    ConsumerGroups,
    Fingerprints,
    Times,
    RetryCount,
    ErrorClass,
    Message,
    Key,
    Header,
    Tag,
    PayloadSize,
    BodyMissing,
}

impl Condition {
    /// Every condition.
    pub const ALL: [Self; 17] = [
        Self::Ids,
        Self::Statuses,
        Self::ErrorTypes,
        Self::Topics,
        Self::DeadLetterTopics,
        Self::Partitions,
        Self::ConsumerGroups,
        Self::Fingerprints,
        Self::Times,
        Self::RetryCount,
        Self::ErrorClass,
        Self::Message,
        Self::Key,
        Self::Header,
        Self::Tag,
        Self::PayloadSize,
        Self::BodyMissing,
    ];
}
