//! The progress of records that the transaction has locked.

use dlq_core::storage::StorageResult;

use crate::driver::{Rows, RowsSlice, Session, Statement, Write};

/// Writes columns of records that are there: all of [`PROGRESS`](crate::row::PROGRESS), or only
/// [`MOVE`](crate::row::MOVE).
pub(crate) async fn progress(session: &mut Session, rows: Rows<'_>) -> StorageResult<()> {
    session.write_all(&[update(rows)]).await
}

/// The same, to be written with others.
pub(crate) fn update(rows: Rows<'_>) -> Write<'_> {
    Write { rows, statement: updated }
}

/// An update that rows are joined to, where they are bound as arrays. Elsewhere an insert that always meets its row: the
/// one bulk update that looks each id up. SQLite reads the whole table for `UPDATE … FROM (VALUES …)`.
fn updated<'a>(statement: Statement<'a>, rows: RowsSlice<'a>) -> Statement<'a> {
    let dialect = statement.dialect;
    if dialect.arrays {
        let set = assignments(rows, "r", |column| format!("n.{column}"));
        let update = statement.push(&format!("UPDATE dlq_record AS r SET {set} FROM (")).rows(rows);
        return update.push(&format!(") AS n({}) WHERE r.id = n.id", rows.names()));
    }
    let set = (dialect.or_update)("id") + &assignments(rows, "dlq_record", dialect.brought);
    statement.insert_into("dlq_record", rows).push(&set)
}

/// Every column but the id, as it is brought.
fn assignments(rows: RowsSlice<'_>, stands: &str, brought: impl Fn(&str) -> String) -> String {
    let columns = rows.columns.iter().map(|(name, _)| *name).filter(|name| *name != "id");
    let set: Vec<_> = columns.map(|column| assignment(column, stands, &brought)).collect();
    set.join(", ")
}

/// The failure's texts change only where they are told; see [`crate::row::progress_values`].
fn assignment(column: &str, stands: &str, brought: impl Fn(&str) -> String) -> String {
    let new = brought(column);
    match column {
        "refailed" | "class" | "root_class" | "message" => {
            let refailed = brought("refailed");
            format!("{column} = CASE {refailed} WHEN 2 THEN {stands}.{column} ELSE {new} END")
        }
        _ => format!("{column} = {new}"),
    }
}
