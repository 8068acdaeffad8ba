//! Dead letters as Kafka Streams writes them, with `errors.dead.letter.queue.topic.name` (KIP-1034).

use super::letter::{Letter, Place};

/// What Streams tells of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The class of the exception.
    pub class: &'static str,
    /// Its message.
    pub message: String,
    /// Its stack trace, with all its causes.
    pub stack_trace: String,
}

/// The dead letter that Streams makes of a message on which it failed at `place`: the message's own headers stay in
/// front, and it keeps its timestamp.
#[must_use]
pub fn dead_letter(original: Letter, place: &Place, failure: &Failure) -> Letter {
    let letter = original
        .header("__streams.errors.exception", failure.class)
        .header("__streams.errors.message", &failure.message)
        .header("__streams.errors.stacktrace", &failure.stack_trace)
        .header("__streams.errors.topic", &place.topic)
        .header("__streams.errors.partition", place.partition.to_string())
        .header("__streams.errors.offset", place.offset.to_string());
    Letter { timestamp: Some(place.timestamp).filter(|&timestamp| timestamp >= 0), ..letter }
}
