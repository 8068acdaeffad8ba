//! What is bound to a statement: [`Value`] for one place, [`Rows`] for a whole table of them.

use std::ops::Range;

use bytes::Bytes;
use dlq_core::Timestamp;
use dlq_core::record::{OperationId, RecordId, RedriveId};
use uuid::Uuid;

use super::dialect::Dialect;

/// The numbers of rows that a statement with values has.
const SHAPES: [usize; 7] = [64, 32, 16, 8, 4, 2, 1];

/// One value; the four kinds that all our columns are made of.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Uuid(Option<Uuid>),
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Bytes>),
}

#[cfg(feature = "postgres")]
impl Value {
    /// How many bytes it takes in an array: its length, and itself.
    pub(super) fn bytes(&self) -> usize {
        const LENGTH: usize = 4;
        LENGTH
            + match self {
                Self::Uuid(uuid) => uuid.map_or(0, |_| 16),
                Self::Int(number) => number.map_or(0, |_| 8),
                Self::Text(text) => text.as_ref().map_or(0, String::len),
                Self::Bytes(bytes) => bytes.as_ref().map_or(0, Bytes::len),
            }
    }
}

/// The kind of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Uuid,
    Int,
    Text,
    Bytes,
}

/// A named column of [`Rows`].
pub(crate) type Column = (&'static str, Kind);

/// Many rows of the same columns, bound as one relation.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    columns: &'static [Column],
    values: Vec<Value>,
}

impl Rows {
    pub(crate) const fn new(columns: &'static [Column]) -> Self {
        Self { columns, values: Vec::new() }
    }

    /// None yet, and room for so many.
    pub(crate) fn with_room(columns: &'static [Column], rows: usize) -> Self {
        Self { columns, values: Vec::with_capacity(rows * columns.len()) }
    }

    /// Adds a row: one value for each column, in their order.
    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = Value>) {
        self.values.extend(row);
        debug_assert_eq!(self.values.len() % self.columns.len(), 0, "a value for each of {:?}", self.columns);
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len() / self.columns.len()
    }

    /// The rows in slices of few sizes, so that few shapes of each statement are ever prepared: all at once where
    /// they are bound as arrays, else by powers of two.
    pub(crate) fn shapes(&self, dialect: &Dialect) -> impl Iterator<Item = RowsSlice<'_>> {
        let mut start = 0;
        let (all, arrays) = (self.len(), dialect.arrays);
        std::iter::from_fn(move || {
            let left = all - start;
            let size =
                if arrays { left } else { SHAPES.into_iter().find(|&shape| shape <= left).unwrap_or(0) };
            let slice = (size > 0).then(|| self.slice(start..start + size));
            start += size;
            slice
        })
    }

    pub(crate) fn all(&self) -> RowsSlice<'_> {
        self.slice(0..self.len())
    }

    pub(crate) fn slice(&self, rows: Range<usize>) -> RowsSlice<'_> {
        let width = self.columns.len();
        RowsSlice { columns: self.columns, values: &self.values[rows.start * width..rows.end * width] }
    }
}

/// Some rows of [`Rows`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowsSlice<'a> {
    pub(crate) columns: &'static [Column],
    pub(crate) values: &'a [Value],
}

impl RowsSlice<'_> {
    pub(crate) fn len(self) -> usize {
        self.values.len() / self.columns.len()
    }
}

/// Text as every database takes it: NUL, which PostgreSQL refuses, becomes U+FFFD.
fn storable(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{FFFD}") } else { text }
}

macro_rules! value_from {
    ($($from:ty => $variant:ident($name:ident) $convert:expr;)+) => {$(
        impl From<$from> for Value {
            fn from($name: $from) -> Self {
                Self::$variant(Some($convert))
            }
        }

        impl From<Option<$from>> for Value {
            fn from(some: Option<$from>) -> Self {
                Self::$variant(some.map(|$name| $convert))
            }
        }
    )+};
}

value_from! {
    Uuid => Uuid(uuid) uuid;
    RecordId => Uuid(id) id.as_uuid();
    RedriveId => Uuid(id) id.0;
    OperationId => Uuid(id) id.0;
    i64 => Int(number) number;
    i32 => Int(number) number.into();
    u32 => Int(number) number.into();
    u8 => Int(number) number.into();
    bool => Int(flag) flag.into();
    u64 => Int(number) number.cast_signed();
    Timestamp => Int(time) time.as_millis();
    String => Text(text) storable(text);
    &str => Text(text) storable(text.to_owned());
    Bytes => Bytes(bytes) bytes;
    Vec<u8> => Bytes(bytes) bytes.into();
}
