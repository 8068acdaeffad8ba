//! [`Space`]: what is kept beside each other.

/// What is kept beside each other, in each shard: rows, which are values under keys, or the members of a sorted set.
///
/// | space | holds | |
/// |---|---|---|
/// | `State` | what changes of a record | rows |
/// | `Head` | what is listed of it, and never changes | rows |
/// | `Content` | headers, key and payload, under an id and a number that is given out once | rows, [plain](Self::is_plain) |
/// | `History` | the changes of a record, by id and version | rows |
/// | `Positions` | which attempt was delivered there, by place | rows, [plain](Self::is_plain) |
/// | `Returns` | of what an arrival was the return | rows |
/// | `Bulk` | how many records a bulk change took | rows of numbers |
/// | `Tally` | how many records there are of a kind | rows of counts, [small](Self::is_small) |
/// | `Books` | the sums of the books | rows of numbers, [small](Self::is_small) |
/// | `Watermarks` | how far capture has come | rows, [small](Self::is_small) |
/// | `Documents` | documents, by kind and id | rows |
/// | `DocumentIds` | documents by kind and id | sorted members |
/// | `Ids`, `Due`, `Changed` | records by id, by due time, by time of change | sorted members |
/// | `Kinds` | records by their kind, as `Tally` counts them | sorted members |
/// | `Lanes` | open records by lane and place | sorted members |
/// | `Noted` | what is forgotten after a while, by day | sorted members |
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the table above tells of each")]
pub enum Space {
    State,
    Head,
    Content,
    History,
    Positions,
    Returns,
    Bulk,
    Tally,
    Books,
    Watermarks,
    Documents,
    DocumentIds,
    Ids,
    Due,
    Changed,
    Kinds,
    Lanes,
    Noted,
}

impl Space {
    /// All, in the order of their codes.
    pub const ALL: [Self; 18] = [
        Self::State,
        Self::Head,
        Self::Content,
        Self::History,
        Self::Positions,
        Self::Returns,
        Self::Bulk,
        Self::Tally,
        Self::Books,
        Self::Watermarks,
        Self::Documents,
        Self::DocumentIds,
        Self::Ids,
        Self::Due,
        Self::Changed,
        Self::Kinds,
        Self::Lanes,
        Self::Noted,
    ];

    /// Its byte, from 0 without a gap: what a database may keep instead of the name.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Its name, for databases that people look into.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Head => "head",
            Self::Content => "content",
            Self::History => "history",
            Self::Positions => "positions",
            Self::Returns => "returns",
            Self::Bulk => "bulk",
            Self::Tally => "tally",
            Self::Books => "books",
            Self::Watermarks => "watermarks",
            Self::Documents => "documents",
            Self::DocumentIds => "document-ids",
            Self::Ids => "ids",
            Self::Due => "due",
            Self::Changed => "changed",
            Self::Kinds => "kinds",
            Self::Lanes => "lanes",
            Self::Noted => "noted",
        }
    }

    /// Whether it holds sorted members; all others hold rows.
    #[must_use]
    pub const fn is_sorted(self) -> bool {
        self.code() >= Self::DocumentIds.code()
    }

    /// Whether nothing is ever expected of it, and what it holds is of use only where another row refers to it. A database
    /// may put such rows before the rest of their unit and cut them after it, where that is cheaper than all at once.
    #[must_use]
    pub const fn is_plain(self) -> bool {
        matches!(self, Self::Content | Self::Positions)
    }

    /// Whether all of its rows are read at once.
    #[must_use]
    pub const fn is_small(self) -> bool {
        matches!(self, Self::Tally | Self::Books | Self::Watermarks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_leave_no_gap() {
        for (code, space) in Space::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(space.code()), code);
        }
    }
}
