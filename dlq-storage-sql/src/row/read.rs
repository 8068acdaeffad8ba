//! From rows to records.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use dlq_core::Timestamp;
use dlq_core::record::{
    Attempt, Captured, CapturedFailure, Content, Delivered, DlqRecord, DlqStatus, ErrorType, FailureSummary,
    Fingerprint, Lease, Notes, OperationId, Origin, Progress, RecordId, RedriveId, TopicName, WorkerId,
};
use dlq_core::storage::{StorageError, StorageResult};
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::corrupt;

/// What is read of every record, from `dlq_record AS r`.
pub(crate) const RECORD_COLUMNS: &str = "r.id, r.topic, r.version, r.status, r.due_at, r.retry_count, \
    r.last_retry_at, r.expires_at, r.attempt, r.redrive_id, r.target, r.delivered_partition, r.delivered_offset, \
    r.attempt_open, r.lease_owner, r.lease_until, r.fence, r.unsettled_claims, r.notes, r.revision, r.operation, \
    r.created_at, r.updated_at, r.refailed, r.error_type, r.fingerprint, r.class, r.root_class, r.message";
/// What is read besides of a record without content, from `dlq_content AS c`.
pub(crate) const DETAILS_COLUMNS: &str = ", c.details";
/// What is read besides of a whole record.
pub(crate) const CONTENT_COLUMNS: &str = ", c.details, c.checksum, c.block";

/// A record as a row, as far as it was read.
#[derive(Debug, FromRow)]
pub(crate) struct RecordRow {
    pub(crate) id: Uuid,
    topic: Option<String>,
    version: i64,
    status: i64,
    due_at: Option<i64>,
    retry_count: i64,
    last_retry_at: Option<i64>,
    expires_at: Option<i64>,
    attempt: Option<i64>,
    redrive_id: Option<Uuid>,
    target: Option<String>,
    delivered_partition: Option<i64>,
    delivered_offset: Option<i64>,
    attempt_open: i64,
    lease_owner: Option<String>,
    lease_until: Option<i64>,
    fence: i64,
    unsettled_claims: i64,
    notes: Option<String>,
    revision: i64,
    operation: Option<Uuid>,
    created_at: i64,
    updated_at: i64,
    refailed: i64,
    error_type: i64,
    fingerprint: i64,
    class: Option<String>,
    root_class: Option<String>,
    message: Option<String>,
    #[sqlx(default)]
    details: Option<Vec<u8>>,
    #[sqlx(default)]
    checksum: Option<i64>,
    #[sqlx(default)]
    block: Option<Vec<u8>>,
}

impl RecordRow {
    /// The record: whole where its content was read and is what was written; without content, but with its current
    /// failure, where only its details were; and with no more than counters and moves look at where not even those.
    ///
    /// # Errors
    /// The row is not what was written.
    pub(crate) fn record(mut self) -> StorageResult<DlqRecord> {
        let id = RecordId::from(self.id);
        let captured = self.captured().map_err(|error| error.with("record", id))?;
        let brings_failure = captured.content.is_none() && self.details.is_some();
        self.with(captured, brings_failure)
    }

    /// The record as far as it is whole: where its content, or its details as well, are not what was written, it comes
    /// without them, and says so among its warnings.
    ///
    /// # Errors
    /// What changes of it is not what was written.
    pub(crate) fn readable_part(mut self) -> StorageResult<DlqRecord> {
        let (captured, brings_failure) = match self.captured() {
            Ok(captured) => {
                let brings_failure = captured.content.is_none() && self.details.is_some();
                (captured, brings_failure)
            }
            Err(damage) => (self.captured_in_part(&damage)?, true),
        };
        self.with(captured, brings_failure)
    }

    /// The details alone, for the content was taken out before; or what the row itself knows.
    fn captured_in_part(&mut self, damage: &StorageError) -> StorageResult<Captured> {
        let mut captured = self.captured().or_else(|_| self.counted())?;
        captured.provenance.warnings.push(damage.to_string());
        Ok(captured)
    }

    fn with(self, captured: Captured, brings_failure: bool) -> StorageResult<DlqRecord> {
        let (id, version) = (RecordId::from(self.id), self.version.cast_unsigned());
        let keeps_failure = self.refailed == 1 || brings_failure;
        let progress = self.progress(keeps_failure).ok_or_else(|| impossible(id))?;
        Ok(DlqRecord { id, version, captured: Arc::new(captured), progress: progress.into() })
    }

    fn captured(&mut self) -> StorageResult<Captured> {
        let content = self.content()?;
        let Some(details) = &self.details else { return self.counted() };
        Captured::from_details(details, content)
            .map_err(|error| corrupt("read", "a stored record is damaged").caused_by(error))
    }

    fn content(&mut self) -> StorageResult<Option<Content>> {
        let Some(block) = self.block.take() else { return Ok(None) };
        let checksum = self.checksum.map_or(0, i64::cast_unsigned);
        let content = Content::verified(Bytes::from(block), checksum);
        content.map(Some).map_err(|error| corrupt("read", error.to_string()).caused_by(error))
    }

    /// What counters look at of what was captured. The topic stands for the origin's or the dead-letter topic, whichever
    /// it was.
    fn counted(&self) -> StorageResult<Captured> {
        let topic = self.topic.as_deref().map(TopicName::new).transpose();
        let topic = topic.map_err(|error| corrupt("read", "a stored topic is damaged").caused_by(error))?;
        Ok(Captured {
            origin: Origin { topic, ..Origin::default() },
            failure: CapturedFailure {
                error_type: error_type(self.error_type).unwrap_or_default(),
                fingerprint: Fingerprint::from_u64(self.fingerprint.cast_unsigned()),
                ..CapturedFailure::default()
            },
            ..Captured::default()
        })
    }

    /// The progress, or nothing where a number is none that was ever written.
    fn progress(self, keeps_failure: bool) -> Option<Progress> {
        Some(Progress {
            status: DlqStatus::from_code(u8::try_from(self.status).ok()?)?,
            due_at: time(self.due_at),
            retry_count: u32::try_from(self.retry_count).ok()?,
            last_retry_at: time(self.last_retry_at),
            expires_at: time(self.expires_at),
            attempt: match self.attempt {
                None => None,
                Some(number) => Some(self.attempt_of(number)?),
            },
            lease: self.lease_owner.zip(self.lease_until).map(|(owner, until)| Lease {
                owner: WorkerId(owner),
                until: Timestamp::from_millis(until),
                token: self.fence.cast_unsigned(),
            }),
            fence: self.fence.cast_unsigned(),
            unsettled_claims: u32::try_from(self.unsettled_claims).ok()?,
            notes: self.notes.map_or(Some(Notes::default()), |json| serde_json::from_str(&json).ok())?,
            revision: u32::try_from(self.revision).ok()?,
            operation: self.operation.map(OperationId),
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            failure: if keeps_failure {
                Some(FailureSummary {
                    class: self.class.map(Cow::Owned),
                    root_class: self.root_class.map(Cow::Owned),
                    message: self.message.map(Cow::Owned),
                    error_type: error_type(self.error_type)?,
                    fingerprint: Fingerprint::from_u64(self.fingerprint.cast_unsigned()),
                })
            } else {
                None
            },
        })
    }

    fn attempt_of(&self, number: i64) -> Option<Attempt> {
        let delivered = self.delivered_partition.zip(self.delivered_offset);
        Some(Attempt {
            number: u32::try_from(number).ok()?,
            redrive_id: RedriveId(self.redrive_id?),
            target: self.target.as_deref().map(TopicName::new).transpose().ok()?,
            delivered: match delivered {
                None => None,
                Some((partition, offset)) => {
                    Some(Delivered { partition: i32::try_from(partition).ok()?, offset })
                }
            },
            open: self.attempt_open == 1,
        })
    }
}

fn error_type(code: i64) -> Option<ErrorType> {
    ErrorType::from_code(u8::try_from(code).ok()?)
}

fn time(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}

fn impossible(id: RecordId) -> StorageError {
    corrupt("read", "a stored record holds an impossible value").with("record", id)
}
