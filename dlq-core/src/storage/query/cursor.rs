//! Order and keyset cursors.

use std::fmt;
use std::str::FromStr;

use crate::clock::Timestamp;
use crate::record::{DlqRecord, RecordId};

/// In which order records are read. Every order ends in the id, so that it is total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// The newest captured first: by id, downwards.
    #[default]
    NewestFirst,
    /// The oldest captured first: by id, upwards.
    OldestFirst,
    /// What is due first comes first; what is not scheduled comes last.
    DueFirst,
    /// What changed last comes first.
    ChangedFirst,
}

impl Order {
    /// What a record is sorted by before its id; 0 in orders by id.
    #[must_use]
    pub fn key(self, record: &DlqRecord) -> i64 {
        match self {
            Self::NewestFirst | Self::OldestFirst => 0,
            Self::DueFirst => record.progress.due_at.unwrap_or(Timestamp::MAX).as_millis(),
            Self::ChangedFirst => record.progress.updated_at.as_millis(),
        }
    }

    /// Whether both key and id go downwards.
    #[must_use]
    pub const fn descends(self) -> bool {
        matches!(self, Self::NewestFirst | Self::ChangedFirst)
    }

    /// The cursor at a record.
    #[must_use]
    pub fn cursor(self, record: &DlqRecord) -> Cursor {
        Cursor { order: self, key: self.key(record), id: record.id }
    }

    const fn letter(self) -> &'static str {
        match self {
            Self::NewestFirst => "n",
            Self::OldestFirst => "o",
            Self::DueFirst => "d",
            Self::ChangedFirst => "c",
        }
    }

    const ALL: [Self; 4] = [Self::NewestFirst, Self::OldestFirst, Self::DueFirst, Self::ChangedFirst];
}

/// A place between two records in an order. As text it can be kept and handed back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The order in which it is a place.
    pub order: Order,
    /// The last record's sort key.
    pub key: i64,
    /// The last record's id.
    pub id: RecordId,
}

impl Cursor {
    /// Whether a record comes after this place.
    #[must_use]
    pub fn is_before(&self, record: &DlqRecord) -> bool {
        let (here, there) = ((self.key, self.id), (self.order.key(record), record.id));
        if self.order.descends() { there < here } else { there > here }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.order.letter(), self.key, self.id)
    }
}

/// The text is no cursor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cursor {value:?}: only what an earlier page answered as its next is allowed")]
pub struct InvalidCursor {
    value: String,
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let mut parts = text.splitn(3, '.');
            let letter = parts.next()?;
            let order = Order::ALL.into_iter().find(|order| order.letter() == letter)?;
            Some(Self { order, key: parts.next()?.parse().ok()?, id: parts.next()?.parse().ok()? })
        };
        parse().ok_or_else(|| InvalidCursor { value: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        for order in Order::ALL {
            let cursor = Cursor { order, key: -7, id: RecordId::submitted() };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for text in ["", "n", "n.1", "x.1.0193a1b2-c3d4-8e5f-8a6b-7c8d9e0f1a2b", "n.a.b"] {
            assert!(text.parse::<Cursor>().is_err(), "{text}");
        }
    }
}
