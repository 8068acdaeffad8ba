//! [`RecordOutcome`]: what became of a record.

use std::fmt;
use std::ops::Index;

/// What became of a record, truly: told when it is known, not before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordOutcome<'a> {
    /// It is stored, and was not before.
    Stored,
    /// It was there already.
    AlreadyThere,
    /// It was the return of a record that is stored.
    Returned,
    /// The storage refuses it, and quarantine keeps it.
    Quarantined,
    /// The storage refuses it for good, and nobody keeps it.
    Refused {
        /// The storage's reason.
        reason: &'a str,
    },
    /// It was dropped to relieve pressure, as the caller allowed for what is submitted.
    Dropped {
        /// The rule that dropped it, such as `pending`.
        rule: &'a str,
    },
    /// Its handler was done with it.
    Handled,
    /// Its handler failed.
    HandlingFailed {
        /// The handler's reason.
        reason: &'a str,
    },
}

/// A [`RecordOutcome`] without its reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum OutcomeKind {
    /// [`RecordOutcome::Stored`]
    Stored,
    /// [`RecordOutcome::AlreadyThere`]
    AlreadyThere,
    /// [`RecordOutcome::Returned`]
    Returned,
    /// [`RecordOutcome::Quarantined`]
    Quarantined,
    /// [`RecordOutcome::Refused`]
    Refused,
    /// [`RecordOutcome::Dropped`]
    Dropped,
    /// [`RecordOutcome::Handled`]
    Handled,
    /// [`RecordOutcome::HandlingFailed`]
    HandlingFailed,
}

impl RecordOutcome<'_> {
    /// The outcome without its reason.
    #[must_use]
    pub const fn kind(&self) -> OutcomeKind {
        match self {
            Self::Stored => OutcomeKind::Stored,
            Self::AlreadyThere => OutcomeKind::AlreadyThere,
            Self::Returned => OutcomeKind::Returned,
            Self::Quarantined => OutcomeKind::Quarantined,
            Self::Refused { .. } => OutcomeKind::Refused,
            Self::Dropped { .. } => OutcomeKind::Dropped,
            Self::Handled => OutcomeKind::Handled,
            Self::HandlingFailed { .. } => OutcomeKind::HandlingFailed,
        }
    }

    /// Why, where there is a reason.
    #[must_use]
    pub const fn reason(&self) -> Option<&str> {
        match self {
            Self::Refused { reason } | Self::HandlingFailed { reason } | Self::Dropped { rule: reason } => {
                Some(reason)
            }
            Self::Stored | Self::AlreadyThere | Self::Returned | Self::Quarantined | Self::Handled => None,
        }
    }
}

impl OutcomeKind {
    /// Every kind, in the order of their declaration.
    pub const ALL: [Self; 8] = [
        Self::Stored,
        Self::AlreadyThere,
        Self::Returned,
        Self::Quarantined,
        Self::Refused,
        Self::Dropped,
        Self::Handled,
        Self::HandlingFailed,
    ];

    /// Whether something went wrong. A record that was dropped went the way that its caller chose.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Quarantined | Self::Refused | Self::HandlingFailed)
    }

    /// The name in logs and metrics: `stored`, `already_there`, …
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::AlreadyThere => "already_there",
            Self::Returned => "returned",
            Self::Quarantined => "quarantined",
            Self::Refused => "refused",
            Self::Dropped => "dropped",
            Self::Handled => "handled",
            Self::HandlingFailed => "handling_failed",
        }
    }
}

impl fmt::Display for OutcomeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How many records had which outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutcomeCounts([u64; OutcomeKind::ALL.len()]);

impl OutcomeCounts {
    /// Counts one more.
    pub const fn count(&mut self, kind: OutcomeKind) {
        self.0[kind as usize] += 1;
    }

    /// How many there are of all kinds.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Each kind with its number, those that never were included.
    pub fn iter(&self) -> impl Iterator<Item = (OutcomeKind, u64)> {
        OutcomeKind::ALL.into_iter().zip(self.0)
    }
}

impl Index<OutcomeKind> for OutcomeCounts {
    type Output = u64;

    fn index(&self, kind: OutcomeKind) -> &u64 {
        &self.0[kind as usize]
    }
}

impl From<[u64; OutcomeKind::ALL.len()]> for OutcomeCounts {
    /// Numbers in the order of [`OutcomeKind::ALL`].
    fn from(counts: [u64; OutcomeKind::ALL.len()]) -> Self {
        Self(counts)
    }
}

impl fmt::Display for OutcomeCounts {
    /// Those that were: `stored 3, refused 1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.iter().filter(|(_, count)| *count > 0);
        let told: Vec<_> = counts.map(|(kind, count)| format!("{kind} {count}")).collect();
        f.write_str(&told.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_counted_by_itself() {
        let mut counts = OutcomeCounts::default();
        for (times, kind) in OutcomeKind::ALL.into_iter().enumerate() {
            (0..times).for_each(|_| counts.count(kind));
        }
        assert_eq!(counts, OutcomeCounts::from([0, 1, 2, 3, 4, 5, 6, 7]));
        assert_eq!((counts[OutcomeKind::Returned], counts.total()), (2, 28));
        assert!(counts.to_string().starts_with("already_there 1, returned 2"), "{counts}");
    }
}
