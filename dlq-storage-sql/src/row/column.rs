//! The columns that are written together.

use crate::driver::Column;
use crate::driver::Kind::{Bytes, Int, Text, Uuid};

/// What is told of every record that arrives; the other columns begin as their defaults say.
pub(crate) const FRESH: &[Column] = &[
    ("id", Uuid),
    ("topic", Text),
    ("dead_letter_topic", Text),
    ("partition_id", Int),
    ("consumer_group", Text),
    ("lane", Int),
    ("place", Int),
    ("status", Int),
    ("due_at", Int),
    ("expires_at", Int),
    ("notes", Text),
    ("created_at", Int),
    ("updated_at", Int),
    ("error_type", Int),
    ("fingerprint", Int),
    ("class", Text),
    ("root_class", Text),
    ("message", Text),
    ("key_start", Bytes),
    ("payload_size", Int),
    ("tags", Text),
];

/// How much of a key stands in the record's row, where it is looked for.
pub(crate) const KEY_START_BYTES: usize = 64;
/// The size of a payload that is null.
pub(super) const SIZE_OF_NULL: i64 = -1;
/// The size of a payload that is missing.
pub(crate) const SIZE_OF_MISSING: i64 = -2;

/// All that changes of a record, behind its id: first what a claim and most settlements change.
pub(crate) const PROGRESS: &[Column] = &[
    ("id", Uuid),
    ("version", Int),
    ("status", Int),
    ("due_at", Int),
    ("retry_count", Int),
    ("last_retry_at", Int),
    ("attempt", Int),
    ("redrive_id", Uuid),
    ("target", Text),
    ("delivered_partition", Int),
    ("delivered_offset", Int),
    ("attempt_open", Int),
    ("lease_owner", Text),
    ("lease_until", Int),
    ("fence", Int),
    ("unsettled_claims", Int),
    ("operation", Uuid),
    ("updated_at", Int),
    ("expires_at", Int),
    ("notes", Text),
    ("revision", Int),
    ("created_at", Int),
    ("refailed", Int),
    ("error_type", Int),
    ("fingerprint", Int),
    ("class", Text),
    ("root_class", Text),
    ("message", Text),
    ("tags", Text),
];

/// What a claim and most settlements change, behind the id.
pub(crate) const MOVE: &[Column] = PROGRESS.split_at(18).0;

/// Stands for `refailed`, and with it for the failure's texts, where a change leaves them as they are.
pub(crate) const AS_IT_STANDS: i64 = 2;

/// What was captured.
pub(crate) const CONTENT: &[Column] =
    &[("id", Uuid), ("details", Bytes), ("checksum", Int), ("block", Bytes)];

/// A change.
pub(crate) const HISTORY: &[Column] = &[
    ("record", Uuid),
    ("version", Int),
    ("at", Int),
    ("action", Int),
    ("actor", Text),
    ("reason", Text),
    ("operation", Uuid),
    ("bulk", Int),
    ("from_status", Int),
    ("to_status", Int),
    ("attempt", Int),
    ("fields", Text),
];
