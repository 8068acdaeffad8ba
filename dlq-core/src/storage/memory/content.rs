//! Whose bytes a record keeps, and which it is answered with.

use std::sync::Arc;

use bytes::Bytes;

use crate::record::{Captured, Content, DlqRecord};
use crate::storage::query::Page;
use crate::storage::write::Save;

/// The same write, its content in a block of its own: a stored record must not keep the whole arena of its batch.
pub(super) fn own(save: Save) -> Save {
    match save {
        Save::New(record) => Save::New(own_record(record)),
        Save::Arrival { record, claim } => Save::Arrival { record: own_record(record), claim },
        Save::Import(record) => Save::Import(own_record(record)),
        Save::Replace { .. } => save,
    }
}

fn own_record(mut record: DlqRecord) -> DlqRecord {
    let content = record.captured.content.as_ref();
    // A block that does not follow the layout cannot be made; should it be, it stays as it came.
    if let Some(Ok(copy)) =
        content.map(|content| Content::from_block(Bytes::copy_from_slice(content.block())))
    {
        Arc::make_mut(&mut record.captured).content = Some(copy);
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
