//! Documents.

use dlq_core::storage::{Document, Expect, StorageError, StorageErrorKind, StorageResult};

use super::insert;
use crate::driver::{Dialect, Session, Statement};
use crate::row::{DocumentRow, Number, Text};

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
    json: &str,
    expected: Expect,
) -> StorageResult<u64> {
    let written = match expected {
        Expect::Absent => insert::unless_there(session, new(session, kind, id, json)).await?.then_some(1),
        Expect::Any => Some(write(session, kind, id, json).await?),
        Expect::Version(version) => {
            let update = session
                .statement("UPDATE dlq_document SET version = version + 1, json = ")
                .bind(json)
                .push(" WHERE kind = ")
                .bind(kind)
                .push(" AND id = ")
                .bind(id)
                .push(" AND version = ")
                .bind(version);
            (session.execute(update).await? > 0).then_some(version + 1)
        }
    };
    match written {
        Some(version) => Ok(version),
        None => Err(conflict(expected, get(session, kind, id).await?)),
    }
}

/// Writes whatever stands, and answers the new version, which stays until the transaction ends.
async fn write(session: &mut Session, kind: &str, id: &str, json: &str) -> StorageResult<u64> {
    let Dialect { or_update, brought, .. } = session.dialect;
    let set = format!("version = dlq_document.version + 1, json = {}", brought("json"));
    let insert = new(session, kind, id, json).push(&or_update("kind, id")).push(&set);
    session.execute(insert).await?;
    let version = session.statement("SELECT version AS number FROM dlq_document WHERE kind = ").bind(kind);
    let versions: Vec<Number> = session.fetch(version.push(" AND id = ").bind(id)).await?;
    Ok(versions.first().map_or(0, |version| version.number.cast_unsigned()))
}

fn new<'a>(session: &Session, kind: &'a str, id: &'a str, json: &'a str) -> Statement<'a> {
    let insert = session.statement("INSERT INTO dlq_document (kind, id, version, json) VALUES (").bind(kind);
    insert.push(", ").bind(id).push(", 1, ").bind(json).push(")")
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

/// The kinds of which there are documents.
pub(crate) async fn kinds(session: &mut Session) -> StorageResult<Vec<String>> {
    let kinds = session.statement("SELECT DISTINCT kind AS text FROM dlq_document");
    let kinds: Vec<Text> = session.fetch(kinds).await?;
    let mut kinds: Vec<_> = kinds.into_iter().map(|kind| kind.text).collect();
    kinds.sort_unstable();
    Ok(kinds)
}

fn conflict(expected: Expect, standing: Option<Document>) -> StorageError {
    let expected = if let Expect::Version(version) = expected { version } else { 0 };
    let actual = standing.map_or(0, |document| document.version);
    let message = "another wrote the document meanwhile";
    StorageError::new(StorageErrorKind::Conflict { expected, actual }, "put document", message)
}
