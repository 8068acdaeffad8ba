//! Dead letters as Kafka Connect's sinks write them, with `errors.deadletterqueue.context.headers.enable=true`.

use super::letter::{Letter, Place};

/// What Connect tells of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The connector.
    pub connector: &'static str,
    /// The stage that failed.
    pub stage: &'static str,
    /// The class that executed the stage.
    pub executed_by: &'static str,
    /// The class of the exception.
    pub class: &'static str,
    /// Its message; none is written as null.
    pub message: Option<String>,
    /// Its stack trace, with all its causes.
    pub stack_trace: String,
}

/// The dead letter that Connect makes of a message on which its sink failed at `place`: the message's own headers stay
/// in front, and it keeps its timestamp.
#[must_use]
pub fn dead_letter(original: Letter, place: &Place, failure: &Failure) -> Letter {
    let mut letter = original
        .header("__connect.errors.topic", &place.topic)
        .header("__connect.errors.partition", place.partition.to_string())
        .header("__connect.errors.offset", place.offset.to_string())
        .header("__connect.errors.connector.name", failure.connector)
        .header("__connect.errors.task.id", "0")
        .header("__connect.errors.stage", failure.stage)
        .header("__connect.errors.class.name", failure.executed_by)
        .header("__connect.errors.exception.class.name", failure.class);
    let message = failure.message.as_ref().map(|message| message.clone().into_bytes());
    letter.headers.push((b"__connect.errors.exception.message".to_vec(), message));
    letter.timestamp = Some(place.timestamp).filter(|&timestamp| timestamp >= 0);
    letter.header("__connect.errors.exception.stacktrace", &failure.stack_trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_text_no_message_is_null_and_the_timestamp_stays() {
        let place = Place { topic: "shipments".to_owned(), partition: 3, offset: 42, timestamp: 7 };
        let failure = Failure {
            connector: "warehouse",
            stage: "TASK_PUT",
            executed_by: "org.apache.kafka.connect.sink.SinkTask",
            class: "java.lang.Error",
            message: None,
            stack_trace: "java.lang.Error\n".to_owned(),
        };
        let dead = dead_letter(Letter::new("k", "v"), &place, &failure);
        assert_eq!(dead.value("__connect.errors.offset"), Some(&b"42"[..]));
        assert!(dead.headers.contains(&(b"__connect.errors.exception.message".to_vec(), None)));
        assert_eq!((dead.headers.len(), dead.timestamp), (10, Some(7)));
        let unknown = dead_letter(Letter::new("k", "v"), &Place { timestamp: -1, ..place }, &failure);
        assert_eq!(unknown.timestamp, None);
    }
}
