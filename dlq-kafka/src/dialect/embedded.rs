//! Headers that stand in front of a payload: Spring Cloud Stream's `headerMode = embeddedHeaders`.
//!
//! ```text
//! FF  u8 count  ( u8 length · name · i32be length · value as JSON )…  the payload proper
//! ```
//!
//! The payload stays as it is. The values, freed from their quotes, are put into the letter's aside, where spans can
//! point at them.

use dlq_core::record::{Content, Span};

use super::spring_cloud_stream;

/// What such a payload begins with.
const MARK: u8 = 0xFF;

/// The letter with the failure's headers in its aside, and where each stands; nothing where its payload holds none.
pub(super) fn unpack(content: &Content) -> Option<(Content, Vec<(&'static str, Span)>)> {
    let payload = content.payload().bytes().filter(|payload| payload.first() == Some(&MARK))?;
    let mut aside = Vec::new();
    let mut places = Vec::new();
    for (name, value) in headers(payload)? {
        let rule = spring_cloud_stream::DIALECT.headers.iter().find(|rule| rule.0.as_bytes() == name);
        let Some((rule, text)) = rule.zip(text(value)) else { continue };
        places.push((rule.0, aside.len(), text.len()));
        aside.extend_from_slice(text.as_bytes());
    }
    if places.is_empty() {
        return None;
    }
    let content = content.repacked(content.key(), content.payload(), &aside).ok()?;
    let whole = content.aside();
    let span = |(name, start, len)| {
        let bytes = content.bytes(whole);
        Some((name, whole.of_part(bytes, bytes.get(start..start + len)?)?))
    };
    let spans = places.into_iter().filter_map(span).collect();
    Some((content, spans))
}

/// Names and values; nothing where the payload only happens to begin so.
fn headers(payload: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let (&[_, count], mut rest) = payload.split_first_chunk::<2>()?;
    let mut headers = Vec::with_capacity(count.into());
    for _ in 0..count {
        let (&name_len, after) = rest.split_first()?;
        let (name, after) = after.split_at_checked(name_len.into())?;
        let (value_len, after) = after.split_first_chunk::<4>()?;
        let (value, after) = after.split_at_checked(usize::try_from(i32::from_be_bytes(*value_len)).ok()?)?;
        headers.push((name, value));
        rest = after;
    }
    Some(headers)
}

/// The text that a JSON value is; a number is its digits.
fn text(json: &[u8]) -> Option<String> {
    match serde_json::from_slice(json).ok()? {
        serde_json::Value::String(text) => Some(text),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use dlq_core::Timestamp;
    use dlq_core::record::classify::ErrorClassifier;
    use dlq_core::record::{Body, CapturedFrom, SourcePartition, TopicName};

    use super::*;
    use crate::dialect::DialectReader;

    fn payload(headers: &[(&str, &str)]) -> Vec<u8> {
        let mut payload = vec![MARK, u8::try_from(headers.len()).unwrap()];
        for (name, value) in headers {
            payload.push(u8::try_from(name.len()).unwrap());
            payload.extend(name.as_bytes());
            payload.extend(i32::try_from(value.len()).unwrap().to_be_bytes());
            payload.extend(value.as_bytes());
        }
        payload.extend(b"order 7");
        payload
    }

    fn content(payload: &[u8]) -> Content {
        Content::pack([(b"tenant".as_slice(), Some(b"eu".as_slice()))], Body::Null, Body::Present(payload))
            .unwrap()
    }

    #[test]
    fn headers_in_front_of_the_payload_tell_the_failure() {
        let payload = payload(&[
            ("contentType", "\"application/json\""),
            ("x-original-topic", "\"orders\""),
            ("x-original-partition", "3"),
            ("x-original-offset", "42"),
            ("x-exception-stacktrace", "\"com.acme.A: b\\n\\tat com.acme.C.d(C.java:1)\""),
        ]);
        let topic = TopicName::new("error.orders.billing").unwrap();
        let timestamp = Timestamp::from_millis(1);
        let from = CapturedFrom {
            source: SourcePartition { cluster: "test".into(), topic, partition: 0 }.into(),
            offset: 17,
            timestamp,
        };
        let captured = DialectReader::new(ErrorClassifier::builtin()).read(from, content(&payload));
        let kept = captured.content.unwrap();
        assert_eq!(kept.payload(), Body::Present(&payload), "the payload stays as it was");
        assert_eq!(captured.provenance.dialects, ["spring-cloud-stream"]);
        assert_eq!(captured.provenance.warnings, [""; 0]);
        assert_eq!(captured.origin.topic.unwrap().as_str(), "orders");
        assert_eq!((captured.origin.partition, captured.origin.offset), (Some(3), Some(42)));
        assert_eq!(kept.text(captured.failure.class.unwrap()), "com.acme.A");
        assert_eq!(kept.text(captured.failure.message.unwrap()), "b");
    }

    #[test]
    fn what_only_begins_so_is_left_alone() {
        let whole = payload(&[("x-original-topic", "\"orders\"")]);
        for cut in 0..whole.len() - b"order 7".len() {
            assert_eq!(unpack(&content(&whole[..cut])), None, "{cut}");
        }
        assert_eq!(unpack(&content(&payload(&[("contentType", "\"text\"")]))), None);
        assert_eq!(unpack(&content(&payload(&[("x-original-topic", "orders")]))), None, "no JSON");
        assert_eq!(unpack(&content(b"\xFF\xFEo\0r\0")), None);
    }
}
