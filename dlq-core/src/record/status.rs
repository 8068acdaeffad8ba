//! [`DlqStatus`] and the one table of moves between statuses.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where a record stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DlqStatus {
    /// Nothing has been tried yet, or it was put back.
    #[default]
    Pending,
    /// A worker holds it and tries.
    Retrying,
    /// The target accepted it.
    Success,
    /// The last attempt failed: waiting for the next (with `due_at`), or given up (without).
    Failed,
    /// Its time ran out.
    Expired,
    /// A person decided that it is not needed.
    Skipped,
    /// A person, or a rule, keeps it back.
    OnHold,
}

use DlqStatus::{Expired, Failed, OnHold, Pending, Retrying, Skipped, Success};

impl DlqStatus {
    /// Every status, in the order of [`DlqStatus::code`].
    pub const ALL: [Self; 7] = [Pending, Retrying, Success, Failed, Expired, Skipped, OnHold];
    /// The statuses of records that are not done: arrived and not resolved in any way.
    pub const OPEN: [Self; 4] = [Pending, Retrying, Failed, OnHold];

    /// Where a record may go from here without being reopened. `Retrying → Retrying` is a new claim after a lease ran
    /// out; `Success → Failed` is a return.
    #[must_use]
    pub const fn moves(self) -> &'static [Self] {
        match self {
            Pending => &[Retrying, Skipped, OnHold, Expired],
            Retrying => &[Retrying, Success, Failed, Expired, Skipped, OnHold, Pending],
            Failed => &[Retrying, Pending, Expired, Skipped, OnHold],
            OnHold => &[Pending, Skipped, Expired],
            Success => &[Failed],
            Expired | Skipped => &[],
        }
    }

    /// Whether the table allows this move.
    #[must_use]
    pub fn may_become(self, to: Self) -> bool {
        self.moves().contains(&to)
    }

    /// Success, Expired, Skipped: out only by a return or by reopening.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Success | Expired | Skipped)
    }

    /// Pending, Retrying, OnHold.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(self, Pending | Retrying | OnHold)
    }

    /// Pending, Failed: a claim may take it.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(self, Pending | Failed)
    }

    /// Not terminal.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !self.is_terminal()
    }

    /// The number that stores keep; it never changes.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The status of this number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// The name in JSON, flags and configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Pending => "pending",
            Retrying => "retrying",
            Success => "success",
            Failed => "failed",
            Expired => "expired",
            Skipped => "skipped",
            OnHold => "on_hold",
        }
    }
}

impl fmt::Display for DlqStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text names no status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("status {value:?}: pending, retrying, success, failed, expired, skipped, on_hold are allowed")]
pub struct InvalidStatus {
    value: String,
}

impl FromStr for DlqStatus {
    type Err = InvalidStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|status| status.as_str() == text);
        named.ok_or_else(|| InvalidStatus { value: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_go_both_ways() {
        for status in DlqStatus::ALL {
            assert_eq!(DlqStatus::from_code(status.code()), Some(status));
            assert_eq!(status.as_str().parse(), Ok(status));
        }
        assert_eq!(DlqStatus::from_code(7), None);
    }

    #[test]
    fn terminal_statuses_are_left_only_by_a_return() {
        let ways_out: Vec<_> = DlqStatus::ALL
            .into_iter()
            .filter(|status| status.is_terminal())
            .flat_map(|from| from.moves().iter().map(move |to| (from, *to)))
            .collect();
        assert_eq!(ways_out, [(Success, Failed)]);
    }

    #[test]
    fn whoever_is_claimed_was_retryable_or_ran_out_of_lease() {
        let claimed_from: Vec<_> =
            DlqStatus::ALL.into_iter().filter(|status| status.may_become(Retrying)).collect();
        assert_eq!(claimed_from, [Pending, Retrying, Failed]);
    }
}
