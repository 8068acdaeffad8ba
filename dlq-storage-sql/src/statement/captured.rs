//! Conditions on what was captured: key, payload and headers.
//!
//! Most of it the record's row can answer: its payload's size, and how its key begins. What the row cannot decide alone,
//! it narrows down, and the client decides among what is left: a key that is longer than its beginning, a pattern, a
//! header, which stands somewhere in the content's block.

use bytes::Bytes;
use dlq_core::record::Content;
use dlq_core::storage::{HeaderMatch, KeyMatch, QueryCriteria};

use super::query::range;
use crate::driver::Statement;
use crate::row::{KEY_START_BYTES, SIZE_OF_MISSING};

/// Whether the database alone decides the conditions on what was captured.
pub(super) fn are_decided(criteria: &QueryCriteria) -> bool {
    criteria.header.is_none()
        && match &criteria.key {
            None => true,
            Some(KeyMatch::Exact(key)) => key.len() < KEY_START_BYTES,
            Some(KeyMatch::Prefix(prefix)) => prefix.len() <= KEY_START_BYTES,
            Some(KeyMatch::Pattern(_)) => false,
        }
}

pub(super) fn conditions<'a>(statement: Statement<'a>, criteria: &QueryCriteria) -> Statement<'a> {
    let statement = match &criteria.key {
        None => statement,
        Some(KeyMatch::Exact(key)) if key.len() < KEY_START_BYTES => {
            statement.push(" AND r.key_start = ").bind(key.clone())
        }
        Some(KeyMatch::Exact(key) | KeyMatch::Prefix(key)) => begins_with(statement, key.clone()),
        Some(KeyMatch::Pattern(pattern)) => begins_with(statement, Bytes::from(literal_start(pattern))),
    };
    let statement = match criteria.body_missing {
        None => statement,
        Some(true) => statement.push(" AND r.payload_size = ").bind(SIZE_OF_MISSING),
        Some(false) => statement.push(" AND r.payload_size <> ").bind(SIZE_OF_MISSING),
    };
    let statement = match criteria.payload_size.is_open() {
        true => statement,
        false => statement.push(" AND r.payload_size >= 0"),
    };
    let number = |size| i64::try_from(size).unwrap_or(i64::MAX);
    let statement = range(statement, "r.payload_size", criteria.payload_size, number);
    match &criteria.header {
        None => statement,
        Some(header) => may_have(statement, header),
    }
}

fn begins_with(statement: Statement<'_>, mut start: Bytes) -> Statement<'_> {
    start.truncate(KEY_START_BYTES);
    match start.len() {
        0 => statement.push(" AND r.key_start IS NOT NULL"),
        len => statement.push(&format!(" AND SUBSTR(r.key_start, 1, {len}) = ")).bind(start),
    }
}

/// How every key begins that a pattern fits: U+FFFD may stand for any bytes.
fn literal_start(pattern: &str) -> String {
    pattern.chars().take_while(|c| !matches!(*c, '*' | '?' | char::REPLACEMENT_CHARACTER)).collect()
}

/// The block holds the header's bytes, as they stand there, somewhere. A subquery for each row: as a join, the planner
/// might begin with all content there is.
fn may_have<'a>(statement: Statement<'a>, header: &HeaderMatch) -> Statement<'a> {
    let [before, between] = statement.dialect.position_in_block;
    let statement = statement.push(" AND (SELECT ").push(before).bind(bytes_of(header)).push(between);
    statement.push(" FROM dlq_content AS h WHERE h.id = r.id) > 0")
}

/// What every block with this header holds.
fn bytes_of(HeaderMatch { name, value }: &HeaderMatch) -> Bytes {
    let header = value.as_ref().and_then(|value| Content::header_bytes(name, Some(value)).ok());
    header.unwrap_or_else(|| name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_begins_as_far_as_it_is_literal() {
        for (pattern, start) in
            [("order-*", "order-"), ("*", ""), ("a?b", "a"), ("ä\u{FFFD}b", "ä"), ("", "")]
        {
            assert_eq!(literal_start(pattern), start);
        }
    }

    #[test]
    fn a_header_stands_in_the_block_as_it_is_looked_for() {
        use dlq_core::record::Body;
        let header = HeaderMatch { name: Bytes::from_static(b"n"), value: Some(Bytes::from_static(b"")) };
        let content = Content::pack([(&b"n"[..], Some(&b""[..]))], Body::Null, Body::Null).unwrap();
        let wanted = bytes_of(&header);
        assert!(content.block().windows(wanted.len()).any(|part| part == wanted));
    }
}
