//! The progress of records that the transaction has locked.

use dlq_core::storage::StorageResult;

use super::insert;
use crate::driver::{Dialect, Rows, Session};
use crate::row::PROGRESS;

/// Ends an insert that always meets its row: the one bulk update that every database does by looking each id up. SQLite
/// reads the whole table for `UPDATE … FROM (VALUES …)`.
fn update(dialect: &Dialect) -> String {
    let columns = PROGRESS.iter().map(|(name, _)| *name).filter(|name| *name != "id");
    let set: Vec<_> = columns.map(|column| assignment(dialect, column)).collect();
    (dialect.or_update)("id") + &set.join(", ")
}

/// The failure's texts change only where they are told; see [`crate::row::progress_values`].
fn assignment(dialect: &Dialect, column: &str) -> String {
    let brought = (dialect.brought)(column);
    match column {
        "refailed" | "class" | "root_class" | "message" => {
            let refailed = (dialect.brought)("refailed");
            format!("{column} = CASE {refailed} WHEN 2 THEN dlq_record.{column} ELSE {brought} END")
        }
        _ => format!("{column} = {brought}"),
    }
}

/// Writes the progress of records that are there.
pub(crate) async fn progress(session: &mut Session, rows: &Rows<'_>) -> StorageResult<()> {
    let update = update(session.dialect);
    let statement = |dialect, rows| insert::into(dialect, "dlq_record", rows).push(&update);
    session.execute_rows(rows, statement).await
}
