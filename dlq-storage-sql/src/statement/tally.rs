//! The counters: deltas added, summed up, folded.

use dlq_core::Timestamp;
use dlq_core::record::{DlqStatus, ErrorType, Fingerprint, RecordId, TopicName};
use dlq_core::storage::StorageResult;
use dlq_core::storage::transition::{Cell, Delta, Deltas};

use crate::driver::{Column, Kind, Rows, Session, Statement, Value, Write};
use crate::error::corrupt;
use crate::row::{Number, NumberedTallyRow, TallyRow};

/// The cells of the measures, behind those of the statuses. They never change.
const STORED: i64 = 7;
const SUBMITTED: i64 = 8;
const RETURNED: i64 = 9;
const PURGED: i64 = 10;
const IMPORTED: i64 = 11;
/// Nothing is evicted here; a store that was moved here may have.
const EVICTED: i64 = 12;

const TALLY: &[Column] = &[
    ("cell", Kind::Int),
    ("topic", Kind::Text),
    ("error_type", Kind::Int),
    ("fingerprint", Kind::Int),
    ("records", Kind::Int),
    ("first_seen", Kind::Int),
    ("last_seen", Kind::Int),
    ("sample", Kind::Text),
];

/// Counts what the relation `stored` answers: the rows that [`Deltas::store`] and [`Deltas::import`] share, to be
/// followed by those of one of the two.
pub(super) const COUNT_STORED: &str = "\
    INSERT INTO dlq_tally (cell, topic, error_type, fingerprint, records, first_seen, last_seen, sample) \
    SELECT status, topic, error_type, fingerprint, COUNT(*), MIN(created_at), MAX(created_at), MIN(id::text) \
    FROM stored GROUP BY status, topic, error_type, fingerprint \
    UNION ALL SELECT 7, NULL, 0, 0, COUNT(*), 0, 0, '' FROM stored HAVING COUNT(*) > 0";
/// Counts those of the relation `stored` that no dead-letter topic held: callers submitted them.
pub(super) const COUNT_SUBMITTED: &str = " UNION ALL SELECT 8, NULL, 0, 0, COUNT(*), 0, 0, '' FROM stored \
    WHERE dead_letter_topic IS NULL HAVING COUNT(*) > 0";
/// Counts the relation `stored` as imported.
pub(super) const COUNT_IMPORTED: &str =
    " UNION ALL SELECT 11, NULL, 0, 0, COUNT(*), 0, 0, '' FROM stored HAVING COUNT(*) > 0";

const INSERT: &str = "INSERT INTO dlq_tally \
    (cell, topic, error_type, fingerprint, records, first_seen, last_seen, sample)";
const TAKE: &str =
    "DELETE FROM dlq_tally WHERE seq IN (SELECT seq FROM dlq_tally FOR UPDATE SKIP LOCKED) RETURNING *";
const PAGE: &str = "SELECT seq, cell, topic, error_type, fingerprint, records, first_seen, last_seen, sample \
    FROM dlq_tally WHERE seq > ";
const PAGE_ROWS: i64 = 1000;
const NUMBERS: &[Column] = &[("seq", Kind::Int)];
const BY_CELL: &str = " GROUP BY cell, topic, error_type, fingerprint HAVING SUM(records) <> 0";

/// Adds deltas.
pub(crate) async fn add(session: &mut Session, deltas: &Deltas) -> StorageResult<()> {
    session.write_all(&[count(deltas)]).await
}

/// The same, to be written with others.
pub(crate) fn count(deltas: &Deltas) -> Write<'_> {
    let mut rows = Rows::new(TALLY);
    let measures = [
        (STORED, deltas.stored),
        (SUBMITTED, deltas.submitted),
        (RETURNED, deltas.returned),
        (PURGED, deltas.purged),
        (IMPORTED, deltas.imported),
        (EVICTED, deltas.evicted),
    ];
    for (measure, records) in measures.into_iter().filter(|(_, records)| *records > 0) {
        rows.push(measure_values(measure, records));
    }
    for (cell, delta) in deltas.cells() {
        rows.push(cell_values(cell, delta));
    }
    Write { rows, statement: |statement, rows| statement.insert_into("dlq_tally", rows) }
}

fn cell_values<'c>(cell: &'c Cell, delta: &Delta) -> [Value<'c>; 8] {
    [
        cell.status.code().into(),
        cell.topic.as_ref().map(TopicName::as_str).into(),
        cell.error_type.code().into(),
        cell.fingerprint.as_u64().into(),
        delta.records.into(),
        delta.first_seen.into(),
        delta.last_seen.into(),
        delta.sample.to_string().into(),
    ]
}

fn measure_values(measure: i64, records: u64) -> [Value<'static>; 8] {
    let topic: Option<&str> = None;
    let none = 0_i64;
    [
        measure.into(),
        topic.into(),
        none.into(),
        none.into(),
        records.into(),
        none.into(),
        none.into(),
        "".into(),
    ]
}

/// The sum of all deltas.
pub(crate) async fn sum(session: &mut Session) -> StorageResult<Deltas> {
    let statement = session.statement(&sums(session)).push("dlq_tally").push(BY_CELL);
    added_up(&session.fetch(statement).await?)
}

/// Begins a query for sums of rows.
fn sums(session: &Session) -> String {
    let integer = session.dialect.integer;
    format!(
        "SELECT cell, topic, error_type, fingerprint, CAST(SUM(records) AS {integer}) AS records, \
         MIN(first_seen) AS first_seen, MAX(last_seen) AS last_seen, MIN(sample) AS sample FROM "
    )
}

fn added_up(rows: &[TallyRow]) -> StorageResult<Deltas> {
    let mut deltas = Deltas::default();
    for row in rows {
        take(&mut deltas, row).ok_or_else(|| corrupt("statistics", "a stored counter is damaged"))?;
    }
    Ok(deltas)
}

fn take(deltas: &mut Deltas, row: &TallyRow) -> Option<()> {
    let records = u64::try_from(row.records);
    match row.cell {
        STORED => deltas.stored += records.ok()?,
        SUBMITTED => deltas.submitted += records.ok()?,
        RETURNED => deltas.returned += records.ok()?,
        PURGED => deltas.purged += records.ok()?,
        IMPORTED => deltas.imported += records.ok()?,
        EVICTED => deltas.evicted += records.ok()?,
        _ => deltas.add(cell(row)?, delta(row)?),
    }
    Some(())
}

fn cell(row: &TallyRow) -> Option<Cell> {
    Some(Cell {
        topic: row.topic.as_deref().map(TopicName::new).transpose().ok()?,
        error_type: ErrorType::from_code(u8::try_from(row.error_type).ok()?)?,
        fingerprint: Fingerprint::from_u64(row.fingerprint.cast_unsigned()),
        status: DlqStatus::from_code(u8::try_from(row.cell).ok()?)?,
    })
}

fn delta(row: &TallyRow) -> Option<Delta> {
    Some(Delta {
        records: row.records,
        first_seen: Timestamp::from_millis(row.first_seen),
        last_seen: Timestamp::from_millis(row.last_seen),
        sample: row.sample.parse::<RecordId>().ok()?,
    })
}

/// Puts one row for each cell in the place of its many, within the session's transaction. Instances that fold at once
/// take different rows, or wait for each other.
pub(crate) async fn fold(session: &mut Session) -> StorageResult<()> {
    if session.dialect.or_nothing.is_none() {
        return fold_pages(session).await;
    }
    let insert = format!("{INSERT} {}", sums(session));
    if session.dialect.arrays {
        let text = format!("WITH gone AS ({TAKE}) {insert} gone {BY_CELL}");
        return session.execute(session.statement(&text)).await.map(|_| ());
    }
    let last: Vec<Number> =
        session.fetch(session.statement("SELECT COALESCE(MAX(seq), 0) AS number FROM dlq_tally")).await?;
    let last = last.first().map_or(0, |last| last.number);
    let sums = session.statement(&insert).push("dlq_tally WHERE seq <= ").bind(last).push(BY_CELL);
    session.execute(sums).await?;
    session.execute(session.statement("DELETE FROM dlq_tally WHERE seq <= ").bind(last)).await.map(|_| ())
}

/// The same where a statement cannot answer what it deletes: rows are locked, added up here, and deleted by their numbers.
async fn fold_pages(session: &mut Session) -> StorageResult<()> {
    let mut standing = Vec::new();
    loop {
        let first = standing.last().map_or(i64::MIN, |row: &NumberedTallyRow| row.seq);
        let page = session.statement(PAGE).bind(first).push(" ORDER BY seq LIMIT ").bind(PAGE_ROWS);
        let mut page = session.fetch(page.push(session.dialect.skip_locked)).await?;
        let is_last = page.len() < usize::try_from(PAGE_ROWS).unwrap_or(0);
        standing.append(&mut page);
        if is_last {
            break;
        }
    }
    let (mut numbers, mut rows) = (Rows::new(NUMBERS), Vec::with_capacity(standing.len()));
    for row in standing {
        numbers.push([row.seq.into()]);
        rows.push(row.tally);
    }
    let delete =
        |dialect, numbers| Statement::new(dialect, "DELETE FROM dlq_tally WHERE seq").within(numbers);
    session.execute_rows(&numbers, delete).await?;
    add(session, &added_up(&rows)?).await
}
