//! Where named values stand in a JSON document.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// What was found in a payload.
#[derive(Debug)]
pub(super) enum Found {
    /// Where the named values stand in the payload, in order; none lies within another.
    At(Vec<Range<usize>>),
    /// It is no JSON.
    NoJson,
    /// It begins as JSON does, and cannot be read.
    Unreadable,
}

/// Looks for what stands at these paths.
pub(super) fn find(payload: &[u8], paths: &[String]) -> Found {
    let document = unframed(payload);
    let begins = document.iter().find(|byte| !byte.is_ascii_whitespace());
    let unreadable = if matches!(begins, Some(b'{' | b'[')) { Found::Unreadable } else { Found::NoJson };
    let paths: Vec<_> = paths.iter().map(String::as_str).collect();
    let mut parts = Vec::new();
    let read = serde_json::from_slice(document).and_then(|root| look(root, &paths, &mut parts));
    if read.is_err() {
        return unreadable;
    }
    let place = |part: &[u8]| {
        let start = part.as_ptr() as usize - payload.as_ptr() as usize;
        start..start + part.len()
    };
    Found::At(parts.into_iter().map(place).collect())
}

/// The document behind a byte order mark, or behind what schema registries put before it: a zero and four bytes.
fn unframed(payload: &[u8]) -> &[u8] {
    match payload {
        [0xEF, 0xBB, 0xBF, document @ ..] => document,
        [0, _, _, _, _, document @ ..] if matches!(document.first(), Some(b'{' | b'[')) => document,
        _ => payload,
    }
}

/// Goes as deep as the paths do.
fn look<'a>(value: &'a RawValue, paths: &[&str], parts: &mut Vec<&'a [u8]>) -> serde_json::Result<()> {
    let text = value.get();
    if text.starts_with('{') {
        for (name, value) in serde_json::from_str::<Members<'_>>(text)?.0 {
            let below = |path| [rest(path, &name), rest(path, "*")].into_iter().flatten();
            enter(value, paths.iter().copied().flat_map(below).collect(), parts)?;
        }
    } else if text.starts_with('[') {
        for value in serde_json::from_str::<Vec<&RawValue>>(text)? {
            enter(value, paths.iter().filter_map(|path| rest(path, "*")).collect(), parts)?;
        }
    }
    Ok(())
}

fn enter<'a>(value: &'a RawValue, paths: Vec<&str>, parts: &mut Vec<&'a [u8]>) -> serde_json::Result<()> {
    if paths.contains(&"") {
        parts.push(value.get().as_bytes());
        return Ok(());
    }
    if paths.is_empty() { Ok(()) } else { look(value, &paths, parts) }
}

/// What is left of a path behind a name; an empty rest is the end of the path.
fn rest<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(name)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('.') }
}

/// The members of an object as they stand there: in order, with those that are there twice.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder).map(Members)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}
