//! New records: the hot path of capture.

use std::collections::HashSet;

use dlq_core::record::{DlqRecord, RecordId};
use dlq_core::storage::StorageResult;
use dlq_core::storage::transition::Deltas;

use super::tally;
use crate::driver::{Dialect, Rows, RowsSlice, Session, Statement};
use crate::row::{CONTENT, FRESH, Id, content_values, fresh_values};

/// `INSERT INTO table (columns) rows`.
pub(crate) fn into<'a>(dialect: &'static Dialect, table: &str, rows: RowsSlice<'a>) -> Statement<'a> {
    Statement::new(dialect, &format!("INSERT INTO {table} ({}) ", names(rows))).rows(rows)
}

pub(super) fn names(rows: RowsSlice<'_>) -> String {
    let names: Vec<_> = rows.columns.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

/// Stores the records that are not there, and counts them; answers which. The session needs a transaction unless rows
/// are bound as arrays: then all of it is one statement. Sorted, so that batches that meet lock in one order.
pub(crate) async fn records(
    session: &mut Session,
    records: &[DlqRecord],
) -> StorageResult<HashSet<RecordId>> {
    let mut sorted: Vec<_> = records.iter().collect();
    sorted.sort_by_key(|record| record.id);
    let mut fresh = Rows::new(FRESH);
    sorted.iter().for_each(|record| fresh.push(fresh_values(record)));
    if session.dialect.arrays {
        let content = content_rows(&sorted);
        return Ok(ids(session.fetch(at_once(session.dialect, fresh.all(), content.all())).await?));
    }
    let stored = ids(session.fetch_rows(&fresh, unless_there).await?);
    sorted.retain(|record| stored.contains(&record.id));
    let content = content_rows(&sorted);
    session.execute_rows(&content, |dialect, rows| into(dialect, "dlq_content", rows)).await?;
    let mut deltas = Deltas::default();
    sorted.into_iter().for_each(|record| deltas.store(record));
    tally::add(session, &deltas).await?;
    Ok(stored)
}

fn content_rows(records: &[&DlqRecord]) -> Rows {
    let mut rows = Rows::new(CONTENT);
    records.iter().filter_map(|record| content_values(record)).for_each(|values| rows.push(values));
    rows
}

fn ids(rows: Vec<Id>) -> HashSet<RecordId> {
    rows.into_iter().map(|row| RecordId::from(row.id)).collect()
}

fn unless_there<'a>(dialect: &'static Dialect, rows: RowsSlice<'a>) -> Statement<'a> {
    into(dialect, "dlq_record", rows).push(" ON CONFLICT DO NOTHING RETURNING id")
}

/// Records, content and counters in one statement, so that capture needs no transaction. Counted is what was stored:
/// deltas summed up beforehand would count a redelivery twice.
fn at_once<'a>(dialect: &'static Dialect, fresh: RowsSlice<'a>, content: RowsSlice<'a>) -> Statement<'a> {
    Statement::new(dialect, "WITH stored AS (")
        .push(&format!("INSERT INTO dlq_record ({}) ", names(fresh)))
        .rows(fresh)
        .push(
            " ON CONFLICT (id) DO NOTHING \
             RETURNING id, topic, dead_letter_topic, status, error_type, fingerprint, created_at), captured AS (",
        )
        .push(&format!("INSERT INTO dlq_content ({}) ", names(content)))
        .rows(content)
        .push(" ON CONFLICT (id) DO NOTHING), counted AS (")
        .push(tally::COUNT_STORED)
        .push(") SELECT id FROM stored")
}
