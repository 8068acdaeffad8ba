//! [`Verdict`]: what a gate decides.

use std::time::Duration;

use super::Rule;

/// What a gate decides. Whatever is not [`Pass`](Self::Pass) names its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// Go on.
    Pass,
    /// Wait, and ask again.
    Wait {
        /// Why.
        rule: Rule,
        /// For what.
        wait: Wait,
    },
    /// Drop what has waited longest, count it, and ask again.
    DropOldest {
        /// Why.
        rule: Rule,
    },
    /// It may not come in; it goes back to whoever brought it.
    Refuse {
        /// Why.
        rule: Rule,
    },
}

impl Verdict {
    /// What held it up, if it may not simply pass.
    #[must_use]
    pub const fn rule(self) -> Option<Rule> {
        match self {
            Self::Pass => None,
            Self::Wait { rule, .. } | Self::DropOldest { rule } | Self::Refuse { rule } => Some(rule),
        }
    }
}

/// What is waited for: until something is given back, and at most so long. Then one asks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The longest wait; `None` where only what is given back can change the answer.
    pub at_most: Option<Duration>,
}

impl Wait {
    /// However long it takes until something is given back.
    pub const UNTIL_GIVEN_BACK: Self = Self { at_most: None };

    /// Until something is given back, and at most so long.
    #[must_use]
    pub const fn at_most(span: Duration) -> Self {
        Self { at_most: Some(span) }
    }
}
