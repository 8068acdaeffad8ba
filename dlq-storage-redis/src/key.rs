//! [`Key`]: where everything is kept. The keys are few and fixed; records are fields and members in them, so that nothing
//! is ever searched for by name.

/// What is kept under one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// Hash: which layout this is.
    Meta,
    /// Hash by id: what changes of a record.
    State,
    /// Hash by id: what is listed of it, and never changes.
    Head,
    /// Hash by id: headers, key and payload.
    Content,
    /// Hash by id and version: the change that led there.
    History,
    /// Hash by place: which attempt was delivered there.
    Positions,
    /// Hash by id of an arrival that was a return: of what.
    Returns,
    /// Hash by operation: how many records a bulk change took.
    Bulk,
    /// Hash by cell: how many records it counts.
    Tally,
    /// Hash by name: the sums of the books.
    Books,
    /// Hash by partition: how far capture has come.
    Watermarks,
    /// Hash by kind and id: documents.
    Documents,
    /// Set of kinds and ids of documents.
    DocumentIds,
    /// Set of ids.
    Ids,
    /// Set by due time.
    Due,
    /// Set by time of change.
    Changed,
    /// Set by status.
    Statuses,
    /// Set by type of failure.
    ErrorTypes,
    /// Set by topic.
    Topics,
    /// Set by fingerprint.
    Fingerprints,
    /// Set of open records by lane and place.
    Lanes,
    /// Set of records that are being offered to a worker, scored by the end of that.
    Reserved,
}

impl Key {
    /// Every key, in the order in which scripts know them.
    pub(crate) const ALL: [Self; 22] = [
        Self::Meta,
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
        Self::Statuses,
        Self::ErrorTypes,
        Self::Topics,
        Self::Fingerprints,
        Self::Lanes,
        Self::Reserved,
    ];

    /// Its place among a script's keys, from 1.
    pub(crate) const fn place(self) -> usize {
        self as usize + 1
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
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
            Self::Statuses => "statuses",
            Self::ErrorTypes => "error-types",
            Self::Topics => "topics",
            Self::Fingerprints => "fingerprints",
            Self::Lanes => "lanes",
            Self::Reserved => "reserved",
        }
    }
}

/// The keys of one store. All carry one hash tag, so that a cluster keeps them together.
#[derive(Clone, Debug)]
pub(crate) struct Keys(Vec<String>);

impl Keys {
    pub(crate) fn new(prefix: &str) -> Self {
        Self(Key::ALL.iter().map(|key| format!("{{{prefix}:0}}:{}", key.name())).collect())
    }

    pub(crate) fn name(&self, key: Key) -> &str {
        &self.0[key as usize]
    }

    pub(crate) fn all(&self) -> &[String] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_know_the_keys_by_their_place() {
        let keys = Keys::new("dlq");
        for (number, key) in Key::ALL.into_iter().enumerate() {
            assert_eq!(key.place(), number + 1);
            assert_eq!(keys.name(key), format!("{{dlq:0}}:{}", key.name()));
        }
    }
}
