//! Documents.

use dlq_core::storage::{Document, Expect, StorageError, StorageErrorKind, StorageResult};

use crate::driver::Session;
use crate::row::{DocumentRow, Number};

const SELECT: &str = "SELECT id, version, json FROM dlq_document WHERE kind = ";

pub(crate) async fn get(session: &mut Session, kind: &str, id: &str) -> StorageResult<Option<Document>> {
    let statement = session.statement(SELECT).bind(kind).push(" AND id = ").bind(id);
    let rows: Vec<DocumentRow> = session.fetch(statement).await?;
    rows.into_iter().next().map(DocumentRow::document).transpose()
}

/// Writes if what stands is what was expected. Puts of one document that meet are told apart by the version, which the
/// statement itself compares.
pub(crate) async fn put(
    session: &mut Session,
    kind: &str,
    id: &str,
    json: String,
    expected: Expect,
) -> StorageResult<u64> {
    let insert = session
        .statement("INSERT INTO dlq_document AS d (kind, id, version, json) VALUES (")
        .bind(kind)
        .push(", ")
        .bind(id)
        .push(", 1, ")
        .bind(json.as_str())
        .push(") ON CONFLICT (kind, id) ");
    let update = "UPDATE SET version = d.version + 1, json = excluded.json";
    let statement = match expected {
        Expect::Absent => insert.push("DO NOTHING"),
        Expect::Any => insert.push("DO ").push(update),
        Expect::Version(version) => session
            .statement("UPDATE dlq_document SET version = version + 1, json = ")
            .bind(json.as_str())
            .push(" WHERE kind = ")
            .bind(kind)
            .push(" AND id = ")
            .bind(id)
            .push(" AND version = ")
            .bind(version),
    };
    let written: Vec<Number> = session.fetch(statement.push(" RETURNING version AS number")).await?;
    match written.first() {
        Some(version) => Ok(version.number.cast_unsigned()),
        None => Err(conflict(expected, get(session, kind, id).await?)),
    }
}

pub(crate) async fn delete(session: &mut Session, kind: &str, id: &str) -> StorageResult<bool> {
    let statement = session.statement("DELETE FROM dlq_document WHERE kind = ").bind(kind);
    Ok(session.execute(statement.push(" AND id = ").bind(id)).await? > 0)
}

pub(crate) async fn list(
    session: &mut Session,
    kind: &str,
    after: Option<&str>,
    limit: usize,
) -> StorageResult<Vec<Document>> {
    let mut statement = session.statement(SELECT).bind(kind);
    if let Some(after) = after {
        statement = statement.push(" AND id > ").bind(after);
    }
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows: Vec<DocumentRow> = session.fetch(statement.push(" ORDER BY id LIMIT ").bind(limit)).await?;
    rows.into_iter().map(DocumentRow::document).collect()
}

fn conflict(expected: Expect, standing: Option<Document>) -> StorageError {
    let expected = if let Expect::Version(version) = expected { version } else { 0 };
    let actual = standing.map_or(0, |document| document.version);
    let message = "another wrote the document meanwhile";
    StorageError::new(StorageErrorKind::Conflict { expected, actual }, "put document", message)
}
