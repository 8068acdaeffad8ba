//! Watermarks.

use dlq_core::record::TopicName;
use dlq_core::storage::transition;
use dlq_core::storage::{Advance, Advanced, SourcePartition, StorageResult, Watermark};

use super::insert;
use crate::driver::{Column, Kind, Rows, Session, Statement, Value};
use crate::row::WatermarkRow;

const SELECT: &str = "SELECT w.cluster, w.topic, w.partition_id, w.generation, w.next_offset, w.last_record, \
    w.captured, w.quarantined FROM ";
const ASKED: &[Column] = &[("cluster", Kind::Text), ("topic", Kind::Text), ("partition_id", Kind::Int)];
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
/// A watermark that another moved meanwhile stays as it is.
const UNLESS_MOVED: &str = " ON CONFLICT (cluster, topic, partition_id) DO UPDATE SET \
    generation = excluded.generation, next_offset = excluded.next_offset, last_record = excluded.last_record, \
    captured = excluded.captured, quarantined = excluded.quarantined WHERE w.generation = ";

/// Every watermark, by cluster, topic and partition.
pub(crate) async fn all(session: &mut Session) -> StorageResult<Vec<(SourcePartition, Watermark)>> {
    let text = " dlq_watermark AS w ORDER BY w.cluster, w.topic, w.partition_id";
    let rows: Vec<WatermarkRow> = session.fetch(session.statement(SELECT).push(text)).await?;
    rows.into_iter().map(WatermarkRow::watermark).collect()
}

/// The watermarks of these partitions, in no order.
pub(crate) async fn of(
    session: &mut Session,
    partitions: &[SourcePartition],
) -> StorageResult<Vec<(SourcePartition, Watermark)>> {
    let mut asked = Rows::new(ASKED);
    partitions.iter().for_each(|partition| asked.push(key(partition)));
    let text = "asked CROSS JOIN dlq_watermark AS w \
        WHERE w.cluster = asked.cluster AND w.topic = asked.topic AND w.partition_id = asked.partition_id";
    let statement = |dialect, rows| Statement::with_rows(dialect, "asked", rows).push(SELECT).push(text);
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

async fn write(
    session: &mut Session,
    partition: &SourcePartition,
    standing: Option<&Watermark>,
    moved: &Watermark,
) -> StorageResult<bool> {
    let mut row = Rows::new(ALL);
    let rest: [Value<'_>; 5] = [
        moved.generation.into(),
        moved.next.into(),
        moved.last.into(),
        moved.captured.into(),
        moved.quarantined.into(),
    ];
    row.push(key(partition).into_iter().chain(rest));
    let (generation, next) =
        standing.map_or((-1, -1), |standing| (i64::from(standing.generation), standing.next));
    let statement = insert::into(session.dialect, "dlq_watermark AS w", row.all())
        .push(UNLESS_MOVED)
        .bind(generation)
        .push(" AND w.next_offset = ")
        .bind(next);
    Ok(session.execute(statement).await? > 0)
}

fn key(partition: &SourcePartition) -> [Value<'_>; 3] {
    [(&*partition.cluster).into(), TopicName::as_str(&partition.topic).into(), partition.partition.into()]
}
