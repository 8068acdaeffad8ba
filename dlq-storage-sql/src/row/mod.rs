//! Rows and records, both ways.

mod column;
mod read;
mod small;
mod write;

pub(crate) use column::{CONTENT, FRESH, HISTORY, KEY_START_BYTES, MOVE, PROGRESS, SIZE_OF_MISSING};
pub(crate) use read::{CONTENT_COLUMNS, DETAILS_COLUMNS, RECORD_COLUMNS, RecordRow};
pub(crate) use small::{
    DeliveryRow, DocumentRow, HistoryRow, Id, Number, NumberedTallyRow, PackedIds, Place, ReturnRow,
    TallyRow, Text, WatermarkRow,
};
pub(crate) use write::{
    content_values, fresh_values, history_values, is_fresh, is_move, move_values, progress_values, tag_line,
};
