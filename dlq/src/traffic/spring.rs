//! Dead letters as Spring Kafka 3.3's `DeadLetterPublishingRecoverer` writes them.

use super::letter::{Letter, Place};
use super::{Dice, fill};

/// The class that Spring puts around whatever a listener throws.
const LISTENER_FAILED: &str = "org.springframework.kafka.listener.ListenerExecutionFailedException";
/// The class that Spring puts around whatever a deserializer throws.
const NOT_DESERIALIZED: &str = "org.springframework.kafka.support.serializer.DeserializationException";
/// What the listener's wrapper says before it names its cause.
const LISTENER_THREW: &str =
    "Listener method 'public void com.acme.orders.OrderListener.on(com.acme.orders.Order)' threw exception";

/// What Spring tells of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The class that was caught: a wrapper of Spring's.
    pub class: &'static str,
    /// The class of its direct cause.
    pub cause: &'static str,
    /// The wrapper's message, and the direct cause's.
    pub message: String,
    /// The stack trace, with all its causes.
    pub stack_trace: String,
    /// The consumer group; told only where a listener failed.
    pub group: Option<&'static str>,
}

impl Failure {
    /// A listener threw `cause`; `causes` is the trace from its `Caused by:` on.
    #[must_use]
    pub fn in_listener(group: &'static str, cause: &'static str, message: &str, causes: &str) -> Self {
        Self {
            class: LISTENER_FAILED,
            cause,
            message: format!("{LISTENER_THREW}; {message}"),
            stack_trace: format!("{}{causes}", include_str!("traces/spring-listener.txt")),
            group: Some(group),
        }
    }

    /// The value could not be read; `causes` as in [`in_listener`](Self::in_listener).
    #[must_use]
    pub fn in_deserializer(causes: &str) -> Self {
        Self {
            class: NOT_DESERIALIZED,
            cause: NOT_DESERIALIZED,
            message: "failed to deserialize".to_owned(),
            stack_trace: format!("{}{causes}", include_str!("traces/spring-deserializer.txt")),
            group: None,
        }
    }
}

/// The dead letter that Spring makes of a message on which its consumer failed at `place`: the message's own headers
/// stay in front.
#[must_use]
pub fn dead_letter(original: Letter, place: &Place, failure: &Failure) -> Letter {
    let letter = original
        .header("kafka_dlt-exception-fqcn", failure.class)
        .header("kafka_dlt-exception-cause-fqcn", failure.cause)
        .header("kafka_dlt-exception-message", &failure.message)
        .header("kafka_dlt-exception-stacktrace", &failure.stack_trace)
        .header("kafka_dlt-original-topic", &place.topic)
        .header("kafka_dlt-original-partition", place.partition.to_be_bytes())
        .header("kafka_dlt-original-offset", place.offset.to_be_bytes())
        .header("kafka_dlt-original-timestamp", place.timestamp.to_be_bytes())
        .header("kafka_dlt-original-timestamp-type", "CreateTime");
    match failure.group {
        Some(group) => letter.header("kafka_dlt-original-consumer-group", group),
        None => letter,
    }
}

/// The payload of [`letter`], in bytes.
pub const PAYLOAD_BYTES: usize = 512;
/// Where in its message what the application said begins, in bytes: Spring's words stand in front.
pub const SAID_AT: usize = LISTENER_THREW.len() + 2;
/// When the messages behind [`letter`] were first sent, in milliseconds since the epoch.
const FIRST_SENT: u64 = 1_700_000_000_000;

/// The `n`th dead letter of a fixed size, for measuring: a key, a payload of exactly [`PAYLOAD_BYTES`] and eight
/// headers. It is what Spring writes when told to leave out the stack trace and the timestamp's type
/// (`EX_STACKTRACE`, `TS_TYPE`). Positions, customers and messages differ from letter to letter, the failure is one.
#[must_use]
pub fn letter(n: u64) -> Letter {
    let mut dice = Dice::of(0, n);
    let customer = format!("customer-{:05}", dice.throw(20_000));
    let mut payload = fill(r#"{"order":{n},"note":""#, &[("n", &n)]).into_bytes();
    payload.resize_with(PAYLOAD_BYTES - 2, || b'a'.saturating_add(u8::try_from(dice.throw(26)).unwrap_or(0)));
    payload.extend_from_slice(b"\"}");
    let partition = u32::try_from(n % 12).unwrap_or(0);
    Letter::new(customer, payload)
        .header("kafka_dlt-exception-fqcn", LISTENER_FAILED)
        .header("kafka_dlt-exception-cause-fqcn", "java.net.SocketTimeoutException")
        .header("kafka_dlt-exception-message", format!("{LISTENER_THREW}; order {n}: Read timed out"))
        .header("kafka_dlt-original-topic", "orders")
        .header("kafka_dlt-original-partition", partition.to_be_bytes())
        .header("kafka_dlt-original-offset", (n / 12).to_be_bytes())
        .header("kafka_dlt-original-timestamp", (FIRST_SENT + n).to_be_bytes())
        .header("kafka_dlt-original-consumer-group", "order-service")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_letters_have_their_size_and_differ() {
        for n in [0, 1, 999_999_999] {
            let letter = letter(n);
            let payload = letter.payload.as_deref().unwrap();
            assert_eq!((payload.len(), letter.headers.len()), (PAYLOAD_BYTES, 8));
            assert_eq!(serde_json::from_slice::<serde_json::Value>(payload).unwrap()["order"], n);
        }
        assert_eq!(letter(7), letter(7));
        assert_ne!(letter(7), letter(8));
    }

    #[test]
    fn the_message_stays_as_it_was_in_front_of_what_is_told() {
        let place = Place { topic: "orders".to_owned(), partition: 3, offset: 42, timestamp: 7 };
        let original = Letter::new("k", "v").header("trace", "1");
        let failure =
            Failure::in_listener("billing", "java.lang.Error", "no", "Caused by: java.lang.Error: no\n");
        let dead = dead_letter(original.clone(), &place, &failure);
        assert_eq!(dead.headers.first(), original.headers.first());
        assert_eq!((&dead.key, &dead.payload), (&original.key, &original.payload));
        assert_eq!(dead.value("kafka_dlt-original-partition"), Some(&[0, 0, 0, 3][..]));
        assert_eq!(dead.value("kafka_dlt-original-consumer-group"), Some(&b"billing"[..]));
        assert!(failure.stack_trace.starts_with(LISTENER_FAILED), "{}", failure.stack_trace);
    }
}
