//! Where attempts were delivered, and which arrivals were returns.

use dlq_core::Timestamp;
use dlq_core::record::{Position, RecordId, RedriveId};
use dlq_core::storage::StorageResult;
use dlq_core::storage::transition::Delivery;
use uuid::Uuid;

use crate::error::corrupt;
use crate::shards::Shards;
use crate::space::Space;
use crate::store::KeyedStore;
use crate::unit::Unit;

/// A place's key.
pub(crate) fn key(position: &Position) -> Vec<u8> {
    format!("{}/{}/{}", position.topic, position.partition, position.offset).into_bytes()
}

/// Whether what stands at a place is of this record.
pub(crate) fn is_of(value: &[u8], record: RecordId) -> bool {
    value.starts_with(&record.to_bytes())
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

/// Notes where an attempt was delivered, with its record where both are kept together; elsewhere it is written before the
/// record. What is noted counts only where the record tells the same.
pub(crate) fn note<S: KeyedStore>(
    store: &Shards<S>,
    delivery: &Delivery,
    unit: &mut Unit,
) -> Option<(u32, Unit)> {
    let (key, value) = (key(&delivery.position), value(delivery));
    let home = store.home(&key);
    if home == store.home_of(delivery.record) {
        unit.put(Space::Positions, key, value);
        return None;
    }
    let mut before = Unit::default();
    before.put(Space::Positions, key, value);
    Some((home, before))
}

/// Forgets where attempts of purged records were delivered, unless another was delivered there since.
pub(crate) async fn forget<S: KeyedStore>(
    store: &Shards<S>,
    operation: &'static str,
    deliveries: &[Delivery],
) -> StorageResult<()> {
    let keys: Vec<_> = deliveries.iter().map(|delivery| key(&delivery.position)).collect();
    let standing = store.values(operation, Space::Positions, keys.clone()).await?;
    let mut units = Vec::new();
    for ((delivery, key), value) in deliveries.iter().zip(keys).zip(standing) {
        if value.is_some_and(|value| is_of(&value, delivery.record)) {
            let mut unit = Unit::default();
            let home = store.home(&key);
            unit.cut(Space::Positions, key);
            units.push((home, unit));
        }
    }
    store.write(operation, units).await.map(|_| ())
}

/// Of what an arrival was the return, as it was noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Return {
    pub(crate) record: RecordId,
    pub(crate) attempt: u32,
    /// Whether the record has been told.
    pub(crate) done: bool,
    /// When it was noted.
    pub(crate) at: Timestamp,
}

impl Return {
    pub(crate) fn value(&self) -> Vec<u8> {
        let (number, at) = (self.attempt.to_be_bytes(), self.at.as_millis().to_be_bytes());
        [&self.record.to_bytes()[..], &number, &[u8::from(self.done)], &at].concat()
    }

    pub(crate) fn read(value: &[u8]) -> StorageResult<Self> {
        let (record, attempt) = attempt(value)?;
        let at = value.get(21..).and_then(<[u8]>::first_chunk);
        let at = at.ok_or_else(|| corrupt("save", "a stored return is damaged"))?;
        let (done, at) = (value[20] != 0, Timestamp::from_millis(i64::from_be_bytes(*at)));
        Ok(Self { record, attempt, done, at })
    }
}

/// The record and the attempt with which a value begins.
fn attempt(value: &[u8]) -> StorageResult<(RecordId, u32)> {
    let both = value.first_chunk().zip(value.get(16..20).and_then(<[u8]>::first_chunk));
    let (record, attempt) = both.ok_or_else(|| corrupt("save", "a stored return is damaged"))?;
    Ok((RecordId::from_bytes(*record), u32::from_be_bytes(*attempt)))
}
