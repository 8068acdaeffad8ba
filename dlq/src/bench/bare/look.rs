//! [`Look`]: what a bare client looks up or works off, and the statements that databases share for it.

use dlq_core::record::RecordId;

/// What a bare client looks up or works off, in tables that ours may have filled.
#[cfg_attr(
    not(any(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, reason = "memory is not looked into, and Redis not by every word")
)]
#[derive(Clone, Debug)]
pub(in crate::bench) enum Look {
    /// Records with their content, by their ids.
    Find(Vec<RecordId>),
    /// The latest that are pending, of a dead-letter topic and a class.
    Page { topic: String, class: String, size: usize },
    /// How many there are of each failure, by counting them.
    Groups,
    /// So many are taken, and then marked as done.
    Work { size: usize },
}

#[cfg(any(feature = "sqlite", feature = "mysql"))]
pub(super) use shared::*;

#[cfg(any(feature = "sqlite", feature = "mysql"))]
mod shared {
    pub(in crate::bench::bare) const FIND: &str =
        "SELECT * FROM dlq_record JOIN dlq_content USING (id) WHERE id IN";
    pub(in crate::bench::bare) const PAGE: &str = "SELECT * FROM dlq_record \
        WHERE status = 0 AND dead_letter_topic = ? AND class = ? ORDER BY id DESC LIMIT ?";
    pub(in crate::bench::bare) const GROUPS: &str =
        "SELECT fingerprint, COUNT(*), MIN(created_at), MAX(created_at) FROM dlq_record GROUP BY fingerprint";
    pub(in crate::bench::bare) const DONE: &str =
        "UPDATE dlq_record SET status = 2, version = version + 1 WHERE id IN";

    /// A statement about so many ids.
    pub(in crate::bench::bare) fn of_ids(statement: &str, ids: usize) -> String {
        format!("{statement} ({})", vec!["?"; ids].join(", "))
    }
}
