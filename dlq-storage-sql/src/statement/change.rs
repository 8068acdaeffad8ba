//! The progress of records that the transaction has locked.

use std::sync::LazyLock;

use dlq_core::storage::StorageResult;

use super::insert;
use crate::driver::{Rows, Session};
use crate::row::PROGRESS;

/// An insert that always meets its row: the one bulk update that both databases do by looking each id up. SQLite reads
/// the whole table for `UPDATE … FROM (VALUES …)`.
static UPDATE: LazyLock<String> = LazyLock::new(|| {
    let columns = PROGRESS.iter().map(|(name, _)| *name).filter(|name| *name != "id");
    let set: Vec<_> = columns.map(assignment).collect();
    format!(" ON CONFLICT (id) DO UPDATE SET {}", set.join(", "))
});

/// The failure's texts change only where they are told; see [`crate::row::progress_values`].
fn assignment(column: &str) -> String {
    match column {
        "refailed" | "class" | "root_class" | "message" => {
            format!("{column} = CASE excluded.refailed WHEN 2 THEN r.{column} ELSE excluded.{column} END")
        }
        _ => format!("{column} = excluded.{column}"),
    }
}

/// Writes the progress of records that are there.
pub(crate) async fn progress(session: &mut Session, rows: &Rows<'_>) -> StorageResult<()> {
    let statement = |dialect, rows| insert::into(dialect, "dlq_record AS r", rows).push(&UPDATE);
    session.execute_rows(rows, statement).await
}
