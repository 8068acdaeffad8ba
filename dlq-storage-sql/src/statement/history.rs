//! What changed, when and why.

use std::collections::HashSet;

use dlq_core::record::{HistoryEntry, OperationId, RecordId};
use dlq_core::storage::StorageResult;

use crate::driver::{Column, Dialect, Kind, Rows, RowsSlice, Session, Statement, Write};
use crate::row::{HistoryRow, Number};

const COLUMNS: &str = "h.record, h.version, h.at, h.action, h.actor, h.reason, h.operation, h.from_status, \
    h.to_status, h.attempt, h.fields";
pub(super) const ASKED: &[Column] = &[("record", Kind::Uuid), ("operation", Kind::Uuid)];

/// The changes of a record, oldest first.
pub(crate) async fn of(session: &mut Session, id: RecordId) -> StorageResult<Vec<HistoryEntry>> {
    let statement = session
        .statement(&format!("SELECT {COLUMNS} FROM dlq_history AS h WHERE h.record = "))
        .bind(id)
        .push(" ORDER BY h.version");
    let rows: Vec<HistoryRow> = session.fetch(statement).await?;
    rows.into_iter().map(HistoryRow::entry).collect()
}

/// The changes of these records, each record's oldest first.
pub(crate) async fn of_all(session: &mut Session, ids: &Rows<'_>) -> StorageResult<Vec<HistoryRow>> {
    let select = format!("SELECT {COLUMNS} FROM dlq_history AS h WHERE h.record");
    let statement =
        |dialect, ids| Statement::new(dialect, &select).within(ids).push(" ORDER BY h.record, h.version");
    session.fetch_rows(ids, statement).await
}

/// What each operation did to its record before.
pub(crate) async fn recall(
    session: &mut Session,
    asked: impl IntoIterator<Item = (RecordId, OperationId)>,
) -> StorageResult<Vec<HistoryRow>> {
    let asked: HashSet<_> = asked.into_iter().collect();
    let mut rows = Rows::new(ASKED);
    for (record, operation) in asked {
        rows.push([record.into(), operation.into()]);
    }
    session.fetch_rows(&rows, repeated).await
}

pub(super) fn repeated<'a>(dialect: &'static Dialect, asked: RowsSlice<'a>) -> Statement<'a> {
    Statement::looked_up(dialect, COLUMNS, ["dlq_history", "h"], asked).push(" ORDER BY h.version")
}

/// How many records a bulk operation has changed so far.
pub(crate) async fn count_bulk(session: &mut Session, operation: OperationId) -> StorageResult<u64> {
    let text = "SELECT COUNT(*) AS number FROM dlq_history WHERE bulk = 1 AND operation = ";
    let counts: Vec<Number> = session.fetch(session.statement(text).bind(operation)).await?;
    Ok(counts.first().map_or(0, |count| count.number.cast_unsigned()))
}

/// Adds entries.
pub(crate) fn add(entries: Rows<'_>) -> Write<'_> {
    Write { rows: entries, statement: |statement, rows| statement.insert_into("dlq_history", rows) }
}
