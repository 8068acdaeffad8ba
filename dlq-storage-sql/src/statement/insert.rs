//! New records: the hot path of capture.

use std::collections::HashSet;

use dlq_core::record::{DlqRecord, RecordId};
use dlq_core::storage::StorageResult;
use dlq_core::storage::transition::Deltas;

use super::{find, tally};
use crate::driver::{Dialect, Rows, RowsSlice, Session, Statement};
use crate::error::is_duplicate;
use crate::row::{CONTENT, FRESH, Id, PackedIds, content_values, fresh_values};

/// `INSERT INTO table (columns) rows`.
pub(crate) fn into<'a>(dialect: &'static Dialect, table: &str, rows: RowsSlice<'a>) -> Statement<'a> {
    Statement::new(dialect, "").insert_into(table, rows)
}

/// Inserts a row unless its key is there; answers whether it was not.
pub(super) async fn unless_there(session: &mut Session, insert: Statement<'_>) -> StorageResult<bool> {
    match session.dialect.or_nothing {
        Some(end) => Ok(session.execute(insert.push(end)).await? > 0),
        None => match session.execute(insert).await {
            Err(error) if is_duplicate(&error) => Ok(false),
            inserted => inserted.map(|_| true),
        },
    }
}

/// How new records come, which is how they are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coming {
    /// Captured or submitted.
    Arriving,
    /// Out of an export or of quarantine.
    Imported,
    /// Out of a store that is moved here, which tells how they once came.
    Restored,
}

/// New records as rows. They are made before a connection is taken: SQLite has but one that writes.
#[derive(Debug)]
pub(crate) struct NewRecords<'r> {
    /// Sorted, so that batches that meet lock in one order.
    records: Vec<&'r DlqRecord>,
    coming: Coming,
    fresh: Rows<'r>,
    content: Rows<'r>,
}

impl<'r> NewRecords<'r> {
    pub(crate) fn of(records: &[&'r DlqRecord], coming: Coming) -> Self {
        let mut records = records.to_vec();
        records.sort_by_cached_key(|record| record.id);
        let (fresh, content) = (fresh_rows(&records), content_rows(&records));
        Self { records, coming, fresh, content }
    }

    /// Stores the records that are not there, and counts them; answers which. The session needs a transaction unless
    /// rows are bound as arrays: then all of it is one statement.
    pub(crate) async fn store(self, session: &mut Session) -> StorageResult<HashSet<RecordId>> {
        if session.dialect.arrays {
            self.store_at_once(session).await
        } else {
            self.store_in_turn(session).await
        }
    }

    async fn store_at_once(self, session: &mut Session) -> StorageResult<HashSet<RecordId>> {
        let statement = at_once(session.dialect, self.fresh.all(), self.content.all(), self.coming);
        let answer: Vec<PackedIds> = session.fetch(statement).await?;
        let mut stored = HashSet::with_capacity(self.records.len());
        answer.iter().for_each(|packed| stored.extend(packed.ids()));
        Ok(stored)
    }

    async fn store_in_turn(mut self, session: &mut Session) -> StorageResult<HashSet<RecordId>> {
        match session.dialect.or_nothing {
            Some(end) => self.add_those_missing(session, end).await?,
            None => self.add_until_none_is_there(session).await?,
        }
        session.execute_rows(&self.content, |dialect, rows| into(dialect, "dlq_content", rows)).await?;
        let mut deltas = Deltas::default();
        self.records.iter().for_each(|record| match self.coming {
            Coming::Arriving => deltas.store(record),
            Coming::Imported => deltas.import(record),
            Coming::Restored => deltas.restore(record),
        });
        tally::add(session, &deltas).await?;
        Ok(self.records.iter().map(|record| record.id).collect())
    }
}

impl NewRecords<'_> {
    /// Adds the rows that are not there, and leaves out the other records. Mostly it is all of them, and to have each id
    /// returned costs more than to write its row.
    async fn add_those_missing(&mut self, session: &mut Session, or_nothing: &str) -> StorageResult<()> {
        let mut added = 0;
        for rows in session.shapes(&self.fresh, 0) {
            added += session.execute(into(session.dialect, "dlq_record", rows).push(or_nothing)).await?;
        }
        if added < self.records.len() as u64 {
            let stored = latest(session, added).await?;
            self.records.retain(|record| stored.contains(&record.id));
            self.content = content_rows(&self.records);
        }
        Ok(())
    }

    /// The same where an insert that meets a row is undone: then the database is asked which are there.
    async fn add_until_none_is_there(&mut self, session: &mut Session) -> StorageResult<()> {
        let mut added = 0;
        while let Err(error) = self.add_from(session, &mut added).await {
            if !is_duplicate(&error) {
                return Err(error);
            }
            let there = find::ids(session, self.records.iter().skip(added).map(|record| record.id)).await?;
            self.records.retain(|record| !there.contains(&record.id));
            (self.fresh, self.content) = (fresh_rows(&self.records), content_rows(&self.records));
        }
        Ok(())
    }

    /// Adds rows from one of them on, and tells how far it came.
    async fn add_from(&self, session: &mut Session, added: &mut usize) -> StorageResult<()> {
        for rows in session.shapes(&self.fresh, *added) {
            session.execute(into(session.dialect, "dlq_record", rows)).await?;
            *added += rows.len();
        }
        Ok(())
    }
}

/// The records that this transaction added: SQLite numbers each new row one beyond the largest number
/// (<https://www.sqlite.org/autoinc.html>).
async fn latest(session: &mut Session, added: u64) -> StorageResult<HashSet<RecordId>> {
    let latest = session.statement("SELECT id FROM dlq_record ORDER BY rowid DESC LIMIT ").bind(added);
    let ids: Vec<Id> = session.fetch(latest).await?;
    Ok(ids.into_iter().map(|row| RecordId::from(row.id)).collect())
}

fn fresh_rows<'r>(records: &[&'r DlqRecord]) -> Rows<'r> {
    let mut rows = Rows::with_room(FRESH, records.len());
    records.iter().for_each(|&record| rows.push(fresh_values(record)));
    rows
}

fn content_rows<'r>(records: &[&'r DlqRecord]) -> Rows<'r> {
    let mut rows = Rows::with_room(CONTENT, records.len());
    records.iter().copied().filter_map(content_values).for_each(|values| rows.push(values));
    rows
}

/// Records, content and counters in one statement, so that capture needs no transaction. Counted is what was stored:
/// deltas summed up beforehand would count a redelivery twice.
fn at_once<'a>(
    dialect: &'static Dialect,
    fresh: RowsSlice<'a>,
    content: RowsSlice<'a>,
    coming: Coming,
) -> Statement<'a> {
    Statement::new(dialect, "WITH stored AS (")
        .insert_into("dlq_record", fresh)
        .push(
            " ON CONFLICT (id) DO NOTHING \
             RETURNING id, topic, dead_letter_topic, status, error_type, fingerprint, created_at), captured AS (",
        )
        .insert_into("dlq_content", content)
        .push(" ON CONFLICT (id) DO NOTHING), counted AS (")
        .push(tally::COUNT_STORED)
        .push(match coming {
            Coming::Arriving => tally::COUNT_SUBMITTED,
            Coming::Imported => tally::COUNT_IMPORTED,
            Coming::Restored => "",
        })
        // One value rather than a row for each id, which both sides would have to make and to read.
        .push(") SELECT COALESCE(STRING_AGG(uuid_send(id), ''), '') AS ids FROM stored")
}
