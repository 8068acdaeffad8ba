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
