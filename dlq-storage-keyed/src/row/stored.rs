//! [`Stored`]: a record as it was read.

use std::sync::Arc;

use dlq_core::record::{Captured, DlqRecord, FailureSummary, RecordId};
use dlq_core::storage::transition::Delivery;
use dlq_core::storage::{StorageError, StorageResult};

use super::head::{Told, content_key, read_content, told};
use super::{Operations, state};
use crate::error::corrupt;
use crate::kind::Kind;

/// The values that were read of a record.
#[derive(Debug)]
pub(crate) struct Values {
    pub(crate) state: Vec<u8>,
    pub(crate) head: Option<Vec<u8>>,
    /// `None` where it was not asked for.
    pub(crate) content: Option<Option<Vec<u8>>>,
}

/// A record as it was read.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) record: DlqRecord,
    /// Its state as it stands: what a change of it expects.
    pub(crate) state: Vec<u8>,
    /// Under which key its content is, as far as its head tells.
    pub(crate) content_key: Option<Vec<u8>>,
    pub(crate) lane: Option<i64>,
    /// Where its attempts were delivered.
    pub(crate) deliveries: Vec<Delivery>,
    /// What led to its latest versions.
    pub(crate) operations: Operations,
    /// Why it came without all that was asked for; it is told among the record's warnings as well.
    pub(crate) damage: Option<StorageError>,
    /// Whether not even its head can be read: nobody knows then under what it is counted and found, so it stays as it is.
    pub(crate) headless: bool,
    captured_failure: FailureSummary<'static>,
}

impl Stored {
    /// Puts a record together, as far as it is whole.
    ///
    /// # Errors
    /// Its state is not what was written.
    pub(crate) fn read(id: RecordId, values: Values) -> StorageResult<Self> {
        let state::Read { version, progress, deliveries, operations } = state::read(id, &values.state)
            .ok_or_else(|| corrupt("read", "a stored record's state is damaged").with("record", id))?;
        let content_key = values.head.as_deref().and_then(|head| content_key(id, head));
        let (told, mut damage) = read_head(values.head);
        let Told { mut captured, failure, lane } = told;
        let headless = damage.is_some();
        match values.content.map(read_block).transpose() {
            Ok(content) => captured.content = content,
            Err(error) => damage = Some(error),
        }
        if let Some(damage) = &mut damage {
            captured.content = None;
            captured.provenance.warnings.push(damage.to_string());
        }
        let record = DlqRecord { id, version, captured: Arc::new(captured), progress: progress.into() };
        let damage = damage.map(|damage| damage.with("record", id));
        Ok(Self {
            record,
            state: values.state,
            content_key,
            lane,
            deliveries,
            operations,
            damage,
            headless,
            captured_failure: failure,
        })
    }

    /// What it is counted and found under.
    pub(crate) fn kind(&self) -> Kind {
        self.kind_of(&self.record)
    }

    /// The same for what becomes of it. What was captured of its failure the head alone tells: the content may be gone.
    pub(crate) fn kind_of(&self, record: &DlqRecord) -> Kind {
        Kind::of(record, record.progress.failure.as_ref().unwrap_or(&self.captured_failure))
    }

    /// The record as it is answered: its current failure is there, whether or not its content is.
    pub(crate) fn listed(mut self) -> DlqRecord {
        if self.lacks_failure() {
            self.record.progress.failure = Some(self.captured_failure);
        }
        self.record
    }

    /// The same, and this stays.
    pub(crate) fn view(&self) -> DlqRecord {
        let mut view = self.record.clone();
        if self.lacks_failure() {
            view.progress.failure = Some(self.captured_failure.clone());
        }
        view
    }

    fn lacks_failure(&self) -> bool {
        self.record.captured.content.is_none() && self.record.progress.failure.is_none()
    }
}

fn read_head(head: Option<Vec<u8>>) -> (Told, Option<StorageError>) {
    let head = head.ok_or_else(|| corrupt("read", "a stored record is gone in part"));
    match head.and_then(|head| told(&head)) {
        Ok(told) => (told, None),
        Err(error) => {
            let (captured, failure) = (Captured::default(), FailureSummary::default());
            (Told { captured, failure, lane: None }, Some(error))
        }
    }
}

fn read_block(block: Option<Vec<u8>>) -> StorageResult<dlq_core::record::Content> {
    read_content(block.ok_or_else(|| corrupt("read", "a stored record's content is gone"))?)
}
