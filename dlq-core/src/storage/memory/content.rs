//! Whose bytes a record keeps, and which it is answered with.

use std::sync::Arc;

use crate::record::{Captured, DlqRecord};
use crate::storage::query::Page;
use crate::storage::write::Save;

/// A write that was made ready before the lock is taken: what goes through the content's bytes is done.
pub(super) struct Ready {
    /// The write, its content in a block of its own: a stored record must not keep the whole arena of its batch.
    pub(super) save: Save,
    /// The lane of the record that arrives with it.
    pub(super) lane: Option<i64>,
}

impl Ready {
    pub(super) fn of(save: Save) -> Self {
        let save = own(save);
        let lane = save.record().and_then(|record| record.captured.lane());
        Self { save, lane }
    }
}

fn own(save: Save) -> Save {
    match save {
        Save::New(record) => Save::New(own_record(record)),
        Save::Arrival { record, claim } => Save::Arrival { record: own_record(record), claim },
        Save::Import(record) => Save::Import(own_record(record)),
        Save::Replace { .. } => save,
    }
}

pub(super) fn own_record(mut record: DlqRecord) -> DlqRecord {
    if let Some(content) = &mut Arc::make_mut(&mut record.captured).content {
        *content = content.detached();
    }
    record
}

/// The same page without headers, keys and payloads; what lists show of the failure is kept.
pub(super) fn left_out(mut page: Page) -> Page {
    for record in &mut page.records {
        record.progress.failure = Some(record.failure().into_owned());
        record.captured = Arc::new(Captured { content: None, ..Captured::clone(&record.captured) });
    }
    page
}
