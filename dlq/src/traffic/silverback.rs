//! Dead letters as Silverback writes them, on .NET: its error policy `MoveToKafkaTopic`.

use super::letter::{Letter, Place};

/// What Silverback tells of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The type and the source of the innermost exception: `Type in Source`.
    pub reason: &'static str,
    /// The consumer group.
    pub group: &'static str,
    /// How often it was tried.
    pub attempts: u32,
}

/// The dead letter that Silverback makes of a message on which a subscriber failed at `place`.
#[must_use]
pub fn dead_letter(original: Letter, place: &Place, failure: &Failure) -> Letter {
    original
        .header("x-failed-attempts", failure.attempts.to_string())
        .header("x-failure-reason", failure.reason)
        .header("x-source-consumer-group-id", failure.group)
        .header("x-source-topic", &place.topic)
        .header("x-source-partition", place.partition.to_string())
        .header("x-source-offset", place.offset.to_string())
}
