//! What is bound to a statement: [`Value`] for one place, [`Rows`] for a whole table of them.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use dlq_core::Timestamp;
use dlq_core::record::{OperationId, RecordId, RedriveId};
use uuid::Uuid;

use super::dialect::Dialect;

/// The bytes in which a value's length is written.
const LENGTH: usize = 4;

/// One value; the four kinds that all our columns are made of. Texts and bytes are borrowed where their owner stays.
#[derive(Clone, Debug)]
pub(crate) enum Value<'v> {
    Uuid(Option<Uuid>),
    Int(Option<i64>),
    Text(Option<Cow<'v, str>>),
    Bytes(Option<Cow<'v, [u8]>>),
}

impl Value<'_> {
    /// How many bytes it takes on the way: its length, and itself.
    pub(super) fn bytes(&self) -> usize {
        LENGTH
            + match self {
                Self::Uuid(uuid) => uuid.map_or(0, |_| 16),
                Self::Int(number) => number.map_or(0, |_| 8),
                Self::Text(text) => text.as_ref().map_or(0, |text| text.len()),
                Self::Bytes(bytes) => bytes.as_ref().map_or(0, |bytes| bytes.len()),
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

/// Many rows of the same columns, bound as one relation; kept column by column, as arrays want them.
#[derive(Clone, Debug)]
pub(crate) struct Rows<'v> {
    columns: &'static [Column],
    values: Vec<Values<'v>>,
    len: usize,
}

/// The values of one column.
#[derive(Clone, Debug)]
pub(super) enum Values<'v> {
    Uuid(Vec<Option<Uuid>>),
    Int(Vec<Option<i64>>),
    Text(Vec<Option<Cow<'v, str>>>),
    Bytes(Vec<Option<Cow<'v, [u8]>>>),
}

impl<'v> Rows<'v> {
    pub(crate) fn new(columns: &'static [Column]) -> Self {
        Self::with_room(columns, 0)
    }

    /// None yet, and room for so many.
    pub(crate) fn with_room(columns: &'static [Column], rows: usize) -> Self {
        let values = columns.iter().map(|(_, kind)| Values::with_room(*kind, rows)).collect();
        Self { columns, values, len: 0 }
    }

    /// Adds a row: one value for each column, in their order and of their kinds.
    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = Value<'v>>) {
        let mut row = row.into_iter();
        self.len += 1;
        self.values.iter_mut().for_each(|column| column.push(row.next()));
        debug_assert!(row.next().is_none(), "a value for each of {:?}", self.columns);
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The rows from this one on in slices of few sizes, so that few shapes of each statement are ever prepared: all at
    /// once where they are bound as arrays, else as many as the dialect and so many bytes allow, and one at least.
    pub(super) fn shapes(
        &self,
        from: usize,
        dialect: &'static Dialect,
        bytes_max: usize,
    ) -> impl Iterator<Item = RowsSlice<'_>> {
        let mut start = from;
        std::iter::from_fn(move || {
            let left = self.len().checked_sub(start).filter(|left| *left > 0)?;
            let fits = |size: usize| {
                size == 1 || bytes_max == usize::MAX || self.slice(start..start + size).bytes() <= bytes_max
            };
            let shape = || dialect.shapes.iter().copied().find(|&shape| shape <= left && fits(shape));
            let size = if dialect.arrays { left } else { shape()? };
            start += size;
            Some(self.slice(start - size..start))
        })
    }

    pub(crate) fn all(&self) -> RowsSlice<'_> {
        self.slice(0..self.len())
    }

    pub(crate) fn slice(&self, rows: Range<usize>) -> RowsSlice<'_> {
        RowsSlice { columns: self.columns, values: &self.values, start: rows.start, end: rows.end }
    }
}

impl<'v> Values<'v> {
    fn with_room(kind: Kind, rows: usize) -> Self {
        match kind {
            Kind::Uuid => Self::Uuid(Vec::with_capacity(rows)),
            Kind::Int => Self::Int(Vec::with_capacity(rows)),
            Kind::Text => Self::Text(Vec::with_capacity(rows)),
            Kind::Bytes => Self::Bytes(Vec::with_capacity(rows)),
        }
    }

    /// Adds a value of the column's kind; anything else would be null.
    fn push(&mut self, value: Option<Value<'v>>) {
        match (self, value) {
            (Self::Uuid(all), Some(Value::Uuid(uuid))) => all.push(uuid),
            (Self::Int(all), Some(Value::Int(number))) => all.push(number),
            (Self::Text(all), Some(Value::Text(text))) => all.push(text),
            (Self::Bytes(all), Some(Value::Bytes(bytes))) => all.push(bytes),
            (column, other) => {
                debug_assert!(false, "{other:?} in a column of other values");
                column.push_null();
            }
        }
    }

    fn push_null(&mut self) {
        match self {
            Self::Uuid(all) => all.push(None),
            Self::Int(all) => all.push(None),
            Self::Text(all) => all.push(None),
            Self::Bytes(all) => all.push(None),
        }
    }
}

/// Some rows of [`Rows`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowsSlice<'a> {
    pub(crate) columns: &'static [Column],
    pub(super) values: &'a [Values<'a>],
    start: usize,
    end: usize,
}

impl RowsSlice<'_> {
    pub(crate) const fn len(self) -> usize {
        self.end - self.start
    }

    /// What its columns are called, as a list.
    pub(crate) fn names(self) -> String {
        let names: Vec<_> = self.columns.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }

    pub(super) const fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

#[cfg(any(feature = "sqlite", feature = "mysql"))]
impl Values<'_> {
    /// The value in this row.
    pub(super) fn at(&self, row: usize) -> Value<'_> {
        match self {
            Self::Uuid(all) => Value::Uuid(all.get(row).copied().flatten()),
            Self::Int(all) => Value::Int(all.get(row).copied().flatten()),
            Self::Text(all) => Value::Text(all.get(row).and_then(Option::as_deref).map(Cow::Borrowed)),
            Self::Bytes(all) => Value::Bytes(all.get(row).and_then(Option::as_deref).map(Cow::Borrowed)),
        }
    }
}

impl RowsSlice<'_> {
    /// How many bytes it takes on the way.
    pub(super) fn bytes(self) -> usize {
        let texts = |all: &[Option<Cow<'_, str>>]| all.iter().flatten().map(|text| text.len()).sum();
        let bytes = |all: &[Option<Cow<'_, [u8]>>]| all.iter().flatten().map(|bytes| bytes.len()).sum();
        let of = |column: &Values<'_>| match column {
            Values::Uuid(_) => 16 * self.len(),
            Values::Int(_) => 8 * self.len(),
            Values::Text(all) => all.get(self.range()).map_or(0, texts),
            Values::Bytes(all) => all.get(self.range()).map_or(0, bytes),
        };
        self.values.iter().map(|column| LENGTH * self.len() + of(column)).sum()
    }
}

/// Text as every database takes it: NUL, which PostgreSQL refuses, becomes U+FFFD.
fn storable(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{FFFD}").into() } else { text }
}

macro_rules! value_from {
    ($($from:ty => $variant:ident($name:ident) $convert:expr;)+) => {$(
        impl<'v> From<$from> for Value<'v> {
            fn from($name: $from) -> Self {
                Self::$variant(Some($convert))
            }
        }

        impl<'v> From<Option<$from>> for Value<'v> {
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
    String => Text(text) storable(text.into());
    &'v str => Text(text) storable(text.into());
    Cow<'v, str> => Text(text) storable(text);
    &'v [u8] => Bytes(bytes) bytes.into();
    Bytes => Bytes(bytes) Vec::from(bytes).into();
    Vec<u8> => Bytes(bytes) bytes.into();
}
