//! Where attempts were delivered, and which arrivals were their returns.

use dlq_core::record::{Position, RecordId, TopicName};
use dlq_core::storage::StorageResult;
use dlq_core::storage::transition::Delivery;

use super::find::id_rows;
use super::insert;
use crate::driver::{Column, Dialect, Kind, Rows, RowsSlice, Session, Statement, Value, Write};
use crate::row::{DeliveryRow, ReturnRow};

const COLUMNS: &str = "d.topic, d.partition_id, d.log_offset, d.record, d.attempt, d.redrive_id";
const POSITION: &[Column] = &[("topic", Kind::Text), ("partition_id", Kind::Int), ("log_offset", Kind::Int)];
const DELIVERY: &[Column] = &[
    ("topic", Kind::Text),
    ("partition_id", Kind::Int),
    ("log_offset", Kind::Int),
    ("record", Kind::Uuid),
    ("attempt", Kind::Int),
    ("redrive_id", Kind::Uuid),
];
const RETURN: &[Column] = &[("arrival", Kind::Uuid), ("record", Kind::Uuid), ("attempt", Kind::Int)];

/// What was delivered to these positions.
pub(crate) async fn at<'p>(
    session: &mut Session,
    positions: impl IntoIterator<Item = &'p Position>,
) -> StorageResult<Vec<Delivery>> {
    let mut asked = Rows::new(POSITION);
    positions.into_iter().for_each(|position| asked.push(position_values(position)));
    let statement = |dialect, rows| Statement::looked_up(dialect, COLUMNS, ["dlq_delivery", "d"], rows);
    deliveries(session.fetch_rows(&asked, statement).await?)
}

/// Where the attempts of these records were delivered.
pub(crate) async fn of(
    session: &mut Session,
    records: impl IntoIterator<Item = RecordId>,
) -> StorageResult<Vec<Delivery>> {
    let select = format!("SELECT {COLUMNS} FROM dlq_delivery AS d WHERE d.record");
    let statement = |dialect, ids| Statement::new(dialect, &select).within(ids);
    deliveries(session.fetch_rows(&id_rows(records), statement).await?)
}

fn deliveries(rows: Vec<DeliveryRow>) -> StorageResult<Vec<Delivery>> {
    rows.into_iter().map(DeliveryRow::delivery).collect()
}

/// Notes deliveries. A position that is already noted is one of a topic that was made anew.
pub(crate) fn add(deliveries: &[Delivery]) -> Write<'_> {
    let mut rows = Rows::new(DELIVERY);
    for delivery in deliveries {
        let rest: [Value<'_>; 3] =
            [delivery.record.into(), delivery.attempt.into(), delivery.redrive_id.into()];
        rows.push(position_values(&delivery.position).into_iter().chain(rest));
    }
    Write { rows, statement: noted }
}

fn noted<'a>(statement: Statement<'a>, rows: RowsSlice<'a>) -> Statement<'a> {
    let Dialect { or_update, brought, .. } = statement.dialect;
    let set = ["record", "attempt", "redrive_id"].map(|column| format!("{column} = {}", brought(column)));
    let end = or_update("topic, partition_id, log_offset") + &set.join(", ");
    statement.insert_into("dlq_delivery", rows).push(&end)
}

fn position_values(position: &Position) -> [Value<'_>; 3] {
    [TopicName::as_str(&position.topic).into(), position.partition.into(), position.offset.into()]
}

/// The arrivals that were returns of these records.
pub(crate) async fn returns_of(session: &mut Session, records: &Rows<'_>) -> StorageResult<Vec<ReturnRow>> {
    let text = "SELECT arrival, record, attempt FROM dlq_return WHERE record";
    session.fetch_rows(records, |dialect, ids| Statement::new(dialect, text).within(ids)).await
}

/// Which of these arrivals were returns.
pub(crate) async fn returns(
    session: &mut Session,
    arrivals: impl IntoIterator<Item = RecordId>,
) -> StorageResult<Vec<ReturnRow>> {
    let text = "SELECT arrival, record, attempt FROM dlq_return WHERE arrival";
    let statement = |dialect, ids| Statement::new(dialect, text).within(ids);
    session.fetch_rows(&id_rows(arrivals), statement).await
}

/// Notes arrivals that were returns: each with the record and the attempt that came back.
pub(crate) async fn add_returns(
    session: &mut Session,
    returns: &[(RecordId, (RecordId, u32))],
) -> StorageResult<()> {
    let mut rows = Rows::new(RETURN);
    for (arrival, (record, attempt)) in returns {
        rows.push([(*arrival).into(), (*record).into(), (*attempt).into()]);
    }
    session.execute_rows(&rows, |dialect, rows| insert::into(dialect, "dlq_return", rows)).await
}
