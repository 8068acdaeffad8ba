//! Dead letters as Quarkus writes them: SmallRye's failure strategy `dead-letter-queue`.

use super::letter::{Letter, Place};

/// What SmallRye tells of a failure: no stack trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The class of the exception.
    pub class: &'static str,
    /// Its message.
    pub reason: String,
    /// The class and the message of its cause.
    pub cause: Option<(&'static str, String)>,
}

/// The dead letter that SmallRye makes of a message on which a method failed at `place`: what it tells stands in front
/// of the message's own headers.
#[must_use]
pub fn dead_letter(original: Letter, place: &Place, failure: &Failure) -> Letter {
    let mut letter = Letter { headers: Vec::new(), timestamp: None, ..original }
        .header("dead-letter-exception-class-name", failure.class)
        .header("dead-letter-reason", &failure.reason);
    if let Some((class, message)) = &failure.cause {
        letter = letter.header("dead-letter-cause-class-name", class).header("dead-letter-cause", message);
    }
    let mut letter = letter
        .header("dead-letter-topic", &place.topic)
        .header("dead-letter-partition", place.partition.to_string())
        .header("dead-letter-offset", place.offset.to_string());
    letter.headers.extend(original.headers);
    letter
}
