//! Lengths of time as whole milliseconds: what is written is what is read.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serializer};

use crate::clock::millis;

/// Whether nothing is lost when a span is told in milliseconds; no timer here is finer.
pub(super) const fn is_whole(span: Duration) -> bool {
    span.subsec_nanos().is_multiple_of(1_000_000)
}

pub(super) fn serialize<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(millis(*span))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_millis)
}
