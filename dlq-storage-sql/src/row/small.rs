//! The rows of the small tables.

use dlq_core::Timestamp;
use dlq_core::record::{
    Action, Change, DlqStatus, HistoryEntry, OperationId, Position, RecordId, RedriveId, TopicName,
};
use dlq_core::storage::transition::Delivery;
use dlq_core::storage::{Document, SourcePartition, StorageResult, Watermark};
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::corrupt;

/// A single number.
#[derive(Debug, FromRow)]
pub(crate) struct Number {
    pub(crate) number: i64,
}

/// A single text.
#[derive(Debug, FromRow)]
pub(crate) struct Text {
    pub(crate) text: String,
}

/// A single id.
#[derive(Debug, FromRow)]
pub(crate) struct Id {
    pub(crate) id: Uuid,
}

/// A record's place in an order.
#[derive(Debug, FromRow)]
pub(crate) struct Place {
    pub(crate) sort_key: i64,
    pub(crate) id: Uuid,
}

/// Many ids in one value.
#[derive(Debug, FromRow)]
pub(crate) struct PackedIds {
    ids: Vec<u8>,
}

impl PackedIds {
    pub(crate) fn ids(&self) -> impl Iterator<Item = RecordId> {
        self.ids.as_chunks().0.iter().copied().map(RecordId::from_bytes)
    }
}

#[derive(Debug, FromRow)]
pub(crate) struct DocumentRow {
    id: String,
    version: i64,
    json: String,
}

impl DocumentRow {
    pub(crate) fn document(self) -> StorageResult<Document> {
        let json = serde_json::from_str(&self.json)
            .map_err(|error| corrupt("read document", "a stored document is damaged").caused_by(error))?;
        Ok(Document { id: self.id, version: self.version.cast_unsigned(), json })
    }
}

#[derive(Debug, FromRow)]
pub(crate) struct HistoryRow {
    pub(crate) record: Uuid,
    version: i64,
    at: i64,
    action: i64,
    actor: String,
    reason: Option<String>,
    operation: Uuid,
    from_status: i64,
    to_status: i64,
    attempt: Option<i64>,
    fields: Option<String>,
}

impl HistoryRow {
    pub(crate) fn entry(self) -> StorageResult<HistoryEntry> {
        let record = self.record;
        self.try_entry()
            .ok_or_else(|| corrupt("history", "a stored change is damaged").with("record", record))
    }

    fn try_entry(self) -> Option<HistoryEntry> {
        let status = |code: i64| DlqStatus::from_code(u8::try_from(code).ok()?);
        Some(HistoryEntry {
            version: self.version.cast_unsigned(),
            at: Timestamp::from_millis(self.at),
            action: Action::from_code(u8::try_from(self.action).ok()?)?,
            change: Change {
                actor: self.actor.into(),
                reason: self.reason.map(Into::into),
                operation: OperationId(self.operation),
            },
            from: status(self.from_status)?,
            to: status(self.to_status)?,
            attempt: self.attempt.map(u32::try_from).transpose().ok()?,
            fields: self
                .fields
                .map_or(Some(serde_json::Value::Null), |json| serde_json::from_str(&json).ok())?,
        })
    }
}

#[derive(Debug, FromRow)]
pub(crate) struct DeliveryRow {
    topic: String,
    partition_id: i64,
    log_offset: i64,
    record: Uuid,
    attempt: i64,
    redrive_id: Uuid,
}

impl DeliveryRow {
    pub(crate) fn delivery(self) -> StorageResult<Delivery> {
        let record = RecordId::from(self.record);
        let damaged = || corrupt("read", "a stored delivery is damaged").with("record", record);
        let topic = TopicName::new(self.topic).map_err(|error| damaged().caused_by(error))?;
        let partition = i32::try_from(self.partition_id).map_err(|error| damaged().caused_by(error))?;
        Ok(Delivery {
            position: Position { topic, partition, offset: self.log_offset },
            record,
            attempt: u32::try_from(self.attempt).map_err(|error| damaged().caused_by(error))?,
            redrive_id: RedriveId(self.redrive_id),
        })
    }
}

/// An arrival that was a return.
#[derive(Debug, FromRow)]
pub(crate) struct ReturnRow {
    pub(crate) arrival: Uuid,
    pub(crate) record: Uuid,
    pub(crate) attempt: i64,
}

/// The sum of a cell, or of a measure.
#[derive(Debug, FromRow)]
pub(crate) struct TallyRow {
    pub(crate) cell: i64,
    pub(crate) topic: Option<String>,
    pub(crate) error_type: i64,
    pub(crate) fingerprint: i64,
    pub(crate) records: i64,
    pub(crate) first_seen: i64,
    pub(crate) last_seen: i64,
    pub(crate) sample: String,
}

/// The same with its number, to be folded.
#[derive(Debug, FromRow)]
pub(crate) struct NumberedTallyRow {
    pub(crate) seq: i64,
    #[sqlx(flatten)]
    pub(crate) tally: TallyRow,
}

#[derive(Debug, FromRow)]
pub(crate) struct WatermarkRow {
    cluster: String,
    topic: String,
    partition_id: i64,
    generation: i64,
    next_offset: i64,
    last_record: Option<Uuid>,
    captured: i64,
    quarantined: i64,
}

impl WatermarkRow {
    pub(crate) fn watermark(self) -> StorageResult<(SourcePartition, Watermark)> {
        let damaged = || corrupt("watermarks", "a stored watermark is damaged");
        let partition = SourcePartition {
            cluster: self.cluster.into(),
            topic: TopicName::new(self.topic).map_err(|error| damaged().caused_by(error))?,
            partition: i32::try_from(self.partition_id).map_err(|error| damaged().caused_by(error))?,
        };
        let watermark = Watermark {
            generation: u32::try_from(self.generation).map_err(|error| damaged().caused_by(error))?,
            next: self.next_offset,
            last: self.last_record.map(RecordId::from),
            captured: self.captured.cast_unsigned(),
            quarantined: self.quarantined.cast_unsigned(),
        };
        Ok((partition, watermark))
    }
}
