//! Watermarks.

use dlq_core::record::TopicName;
use dlq_core::storage::transition;
use dlq_core::storage::{Advance, Advanced, SourcePartition, StorageResult, Watermark};

use super::insert;
use crate::driver::{Column, Kind, Rows, Session, Statement, Value};
use crate::row::WatermarkRow;

const COLUMNS: &str = "w.cluster, w.topic, w.partition_id, w.generation, w.next_offset, w.last_record, w.captured, \
    w.quarantined";
const ASKED: &[Column] = &[("cluster", Kind::Text), ("topic", Kind::Text), ("partition_id", Kind::Int)];
const STANDING: &[Column] = &[("generation", Kind::Int), ("next_offset", Kind::Int)];
const ALL: &[Column] = &[
    ("cluster", Kind::Text),
    ("topic", Kind::Text),
    ("partition_id", Kind::Int),
    ("generation", Kind::Int),
    ("next_offset", Kind::Int),
    ("last_record", Kind::Uuid),
    ("captured", Kind::Int),
    ("quarantined", Kind::Int),
];

/// Every watermark, by cluster, topic and partition.
pub(crate) async fn all(session: &mut Session) -> StorageResult<Vec<(SourcePartition, Watermark)>> {
    let text =
        format!("SELECT {COLUMNS} FROM dlq_watermark AS w ORDER BY w.cluster, w.topic, w.partition_id");
    let rows: Vec<WatermarkRow> = session.fetch(session.statement(&text)).await?;
    rows.into_iter().map(WatermarkRow::watermark).collect()
}

/// The watermarks of these partitions, in no order.
pub(crate) async fn of(
    session: &mut Session,
    partitions: &[SourcePartition],
) -> StorageResult<Vec<(SourcePartition, Watermark)>> {
    let mut asked = Rows::new(ASKED);
    partitions.iter().for_each(|partition| asked.push(key(partition)));
    let statement = |dialect, rows| Statement::looked_up(dialect, COLUMNS, ["dlq_watermark", "w"], rows);
    let rows: Vec<WatermarkRow> = session.fetch_rows(&asked, statement).await?;
    rows.into_iter().map(WatermarkRow::watermark).collect()
}

/// Moves a watermark if it stands where the caller believes; the statement itself looks whether it still does.
pub(crate) async fn advance(session: &mut Session, advance: &Advance) -> StorageResult<Advanced> {
    loop {
        let standing = of(session, std::slice::from_ref(&advance.partition)).await?.pop().map(|(_, at)| at);
        let (answer, moved) = transition::advance(standing.as_ref(), advance);
        let Some(moved) = moved else { return Ok(answer) };
        if write(session, &advance.partition, standing.as_ref(), &moved).await? {
            return Ok(answer);
        }
    }
}

/// Puts these in the place of all that stand.
pub(crate) async fn replace_all(
    session: &mut Session,
    watermarks: &[(SourcePartition, Watermark)],
) -> StorageResult<()> {
    session.execute(session.statement("DELETE FROM dlq_watermark")).await?;
    let mut rows = Rows::new(ALL);
    for (partition, watermark) in watermarks {
        rows.push(key(partition).into_iter().chain(position(watermark)));
    }
    session.execute_rows(&rows, |dialect, rows| insert::into(dialect, "dlq_watermark", rows)).await
}

/// Writes, unless another did meanwhile: what it moved stays as it is.
async fn write(
    session: &mut Session,
    partition: &SourcePartition,
    standing: Option<&Watermark>,
    moved: &Watermark,
) -> StorageResult<bool> {
    match standing {
        None => {
            let mut row = Rows::new(ALL);
            row.push(key(partition).into_iter().chain(position(moved)));
            let insert = insert::into(session.dialect, "dlq_watermark", row.all());
            insert::unless_there(session, insert).await
        }
        Some(standing) => {
            let update = session.statement("UPDATE dlq_watermark SET ");
            let update = equal(update, ", ", ALL.iter().skip(ASKED.len()), position(moved)).push(" WHERE ");
            let at: [Value<'_>; 2] = [standing.generation.into(), standing.next.into()];
            let stands = ASKED.iter().chain(STANDING);
            let update = equal(update, " AND ", stands, key(partition).into_iter().chain(at));
            Ok(session.execute(update).await? > 0)
        }
    }
}

/// Columns and their values, set or compared.
fn equal<'a>(
    mut statement: Statement<'a>,
    between: &str,
    columns: impl Iterator<Item = &'static Column>,
    values: impl IntoIterator<Item = Value<'a>>,
) -> Statement<'a> {
    for (index, ((column, _), value)) in columns.zip(values).enumerate() {
        let between = if index == 0 { "" } else { between };
        statement = statement.push(&format!("{between}{column} = ")).bind(value);
    }
    statement
}

fn key(partition: &SourcePartition) -> [Value<'_>; 3] {
    [(&*partition.cluster).into(), TopicName::as_str(&partition.topic).into(), partition.partition.into()]
}

fn position(watermark: &Watermark) -> [Value<'static>; 5] {
    [
        watermark.generation.into(),
        watermark.next.into(),
        watermark.last.into(),
        watermark.captured.into(),
        watermark.quarantined.into(),
    ]
}
