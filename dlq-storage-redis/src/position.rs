//! Where attempts were delivered, and which arrivals were returns.

use dlq_core::record::{Position, RecordId, RedriveId};
use dlq_core::storage::StorageResult;
use dlq_core::storage::transition::Delivery;
use uuid::Uuid;

use crate::error::corrupt;

/// A place's field.
pub(crate) fn field(position: &Position) -> Vec<u8> {
    format!("{}/{}/{}", position.topic, position.partition, position.offset).into_bytes()
}

/// Which attempt was delivered there: record, number, name.
pub(crate) fn value(delivery: &Delivery) -> Vec<u8> {
    let number = delivery.attempt.to_be_bytes();
    [&delivery.record.to_bytes()[..], &number, delivery.redrive_id.0.as_bytes()].concat()
}

pub(crate) fn read(position: Position, value: &[u8]) -> StorageResult<Delivery> {
    let (record, attempt) = attempt(value)?;
    let name = value.get(20..).and_then(|name| Uuid::from_slice(name).ok());
    let name = name.ok_or_else(|| corrupt("save", "a stored delivery is damaged"))?;
    Ok(Delivery { position, record, attempt, redrive_id: RedriveId(name) })
}

/// Of what an arrival was the return: record and attempt.
pub(crate) fn origin(record: RecordId, attempt: u32) -> Vec<u8> {
    [&record.to_bytes()[..], &attempt.to_be_bytes()].concat()
}

/// The record and the attempt with which a value begins.
pub(crate) fn attempt(value: &[u8]) -> StorageResult<(RecordId, u32)> {
    let both = value.first_chunk().zip(value.get(16..20).and_then(<[u8]>::first_chunk));
    let (record, attempt) = both.ok_or_else(|| corrupt("save", "a stored return is damaged"))?;
    Ok((RecordId::from_bytes(*record), u32::from_be_bytes(*attempt)))
}
