//! How records are found: criteria, order, cursors and pages.

mod builder;
mod criteria;
mod cursor;
mod preset;

pub use builder::QueryCriteriaBuilder;
pub use criteria::{HeaderMatch, KeyMatch, QueryCriteria, Range};
pub use cursor::{Cursor, InvalidCursor, Order};

use crate::record::DlqRecord;

/// Asks for one page.
#[derive(Clone, Debug, PartialEq)]
pub struct PageRequest {
    /// What the records match, and their order.
    pub criteria: QueryCriteria,
    /// Where the last page ended.
    pub after: Option<Cursor>,
    /// How many records at most; at least 1. Stores may answer fewer, never more.
    pub size: usize,
    /// Whether headers, key and payload come along.
    pub content: bool,
}

impl PageRequest {
    /// The first hundred records that match, without content.
    #[must_use]
    pub const fn new(criteria: QueryCriteria) -> Self {
        Self { criteria, after: None, size: 100, content: false }
    }
}

/// One page.
#[derive(Clone, Debug)]
pub struct Page {
    /// The records, in the criteria's order.
    pub records: Vec<DlqRecord>,
    /// Where the next page goes on; `None` at the end, and only there.
    pub next: Option<Cursor>,
}
