//! The end of records.

use dlq_core::record::OperationId;
use dlq_core::storage::StorageResult;

use crate::driver::{Dialect, Rows, Session, Statement};
use crate::row::Number;

/// Deletes records with all that belongs to them.
pub(crate) async fn records(session: &mut Session, ids: &Rows<'_>) -> StorageResult<()> {
    for text in [
        "DELETE FROM dlq_record WHERE id",
        "DELETE FROM dlq_content WHERE id",
        "DELETE FROM dlq_history WHERE record",
        "DELETE FROM dlq_delivery WHERE record",
        "DELETE FROM dlq_return WHERE record",
    ] {
        session.execute_rows(ids, |dialect, ids| Statement::new(dialect, text).within(ids)).await?;
    }
    Ok(())
}

/// How many records a purge has taken so far.
pub(crate) async fn count(session: &mut Session, operation: OperationId) -> StorageResult<u64> {
    let text = "SELECT records AS number FROM dlq_purge WHERE operation = ";
    let counts: Vec<Number> = session.fetch(session.statement(text).bind(operation)).await?;
    Ok(counts.first().map_or(0, |count| count.number.cast_unsigned()))
}

/// Notes that a purge took more.
pub(crate) async fn add_count(
    session: &mut Session,
    operation: OperationId,
    records: u64,
) -> StorageResult<()> {
    let Dialect { or_update, brought, .. } = session.dialect;
    let statement = session.statement("INSERT INTO dlq_purge (operation, records) VALUES (");
    let statement = statement.bind(operation).push(", ").bind(records).push(")");
    let statement = statement.push(&or_update("operation"));
    let statement = statement.push(&format!("records = dlq_purge.records + {}", brought("records")));
    session.execute(statement).await.map(|_| ())
}
