//! Records by id.

use std::collections::HashSet;

use dlq_core::record::RecordId;
use dlq_core::storage::StorageResult;

use crate::driver::{Column, Kind, Rows, Session, Statement};
use crate::row::{CONTENT_COLUMNS, DETAILS_COLUMNS, Id, RECORD_COLUMNS, RecordRow};

const IDS: &[Column] = &[("id", Kind::Uuid)];

/// How much of a record is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// What moves and counters look at.
    Progress,
    /// All but the content.
    Details,
    /// All.
    Whole,
}

impl Read {
    /// Everything up to the conditions.
    pub(crate) fn select(self) -> String {
        self.select_along("")
    }

    /// The same, of records read along an index.
    pub(crate) fn select_along(self, index: &str) -> String {
        let (columns, join) = match self {
            Self::Progress => ("", ""),
            Self::Details => (DETAILS_COLUMNS, JOIN),
            Self::Whole => (CONTENT_COLUMNS, JOIN),
        };
        format!("SELECT {RECORD_COLUMNS}{columns} FROM dlq_record AS r{index}{join} WHERE ")
    }
}

const JOIN: &str = " JOIN dlq_content AS c ON c.id = r.id";

/// Ids as rows, each once and sorted, so that transactions that meet lock them in one order.
pub(crate) fn id_rows(ids: impl IntoIterator<Item = RecordId>) -> Rows<'static> {
    let sorted: std::collections::BTreeSet<_> = ids.into_iter().collect();
    let mut rows = Rows::new(IDS);
    for id in sorted {
        rows.push([id.into()]);
    }
    rows
}

/// Which of these ids are there.
pub(crate) async fn ids(
    session: &mut Session,
    asked: impl IntoIterator<Item = RecordId>,
) -> StorageResult<HashSet<RecordId>> {
    let statement =
        |dialect, ids| Statement::new(dialect, "SELECT r.id FROM dlq_record AS r WHERE r.id").within(ids);
    let rows: Vec<Id> = session.fetch_rows(&id_rows(asked), statement).await?;
    Ok(rows.into_iter().map(|row| row.id.into()).collect())
}

/// The records of these ids, in no order, as rows.
pub(crate) async fn rows(session: &mut Session, ids: &Rows<'_>, read: Read) -> StorageResult<Vec<RecordRow>> {
    fetch(session, ids, read, "").await
}

/// The same, locked to the transaction's end.
pub(crate) async fn lock(session: &mut Session, ids: &Rows<'_>, read: Read) -> StorageResult<Vec<RecordRow>> {
    let lock = session.dialect.for_update;
    fetch(session, ids, read, lock).await
}

async fn fetch(
    session: &mut Session,
    ids: &Rows<'_>,
    read: Read,
    lock: &str,
) -> StorageResult<Vec<RecordRow>> {
    let select = read.select() + "r.id";
    let end = format!(" ORDER BY r.id{lock}");
    session.fetch_rows(ids, |dialect, ids| Statement::new(dialect, &select).within(ids).push(&end)).await
}
