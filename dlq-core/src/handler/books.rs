//! [`Books`]: what became of everything that was submitted, to the record.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use super::fate::Fate;
use crate::engine::gate::{Rule, Tally};
use crate::storage::SaveOutcome;

/// Counts what was submitted and what became of it.
#[derive(Debug, Default)]
pub(super) struct Books {
    submitted: AtomicU64,
    stored: AtomicU64,
    already_there: AtomicU64,
    returned: AtomicU64,
    quarantined: AtomicU64,
    refused: AtomicU64,
    handed_back: AtomicU64,
    given_up: AtomicU64,
    handled: AtomicU64,
    not_handled: AtomicU64,
    dropped: Tally,
    turned_away: Tally,
}

/// What became of everything that was submitted. While nothing is being submitted it [balances](Self::balances).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HandlerAccount {
    /// Records that were submitted, whatever became of them.
    pub submitted: u64,
    /// Stored for the first time.
    pub stored: u64,
    /// The storage had them already.
    pub already_there: u64,
    /// Recognised as the return of a record that was sent home.
    pub returned: u64,
    /// Refused by the storage and kept by quarantine.
    pub quarantined: u64,
    /// Refused by the storage and kept by nobody.
    pub refused: u64,
    /// Let in, and dropped to make room, by rule.
    pub dropped: BTreeMap<Rule, u64>,
    /// Not let in, and handed back to their submitters, by rule.
    pub turned_away: BTreeMap<Rule, u64>,
    /// Handed back because the handler was stopped.
    pub handed_back: u64,
    /// Let in, and dropped together with the future that submitted them, or with a handler that had no time left.
    pub given_up: u64,
    /// Let in, and without an answer yet.
    pub pending: u64,
    /// Of those that were stored: handled well.
    pub handled: u64,
    /// Of those that were stored: their handler failed on them; the retry policy decides about them.
    pub not_handled: u64,
}

impl HandlerAccount {
    /// Whether everything that was submitted is accounted for.
    #[must_use]
    pub fn balances(&self) -> bool {
        let in_storage = self.stored + self.already_there + self.returned + self.quarantined;
        let by_rule = self.dropped.values().chain(self.turned_away.values()).sum::<u64>();
        self.submitted
            == in_storage + self.refused + by_rule + self.handed_back + self.given_up + self.pending
    }
}

impl Books {
    /// A record was let in.
    pub(super) fn submitted(&self) {
        one_more(&self.submitted);
    }

    /// A record was submitted and not let in.
    pub(super) fn turned_away(&self, rule: Rule) {
        one_more(&self.submitted);
        self.turned_away.count(rule, 1);
    }

    /// A record was submitted after the end.
    pub(super) fn came_too_late(&self) {
        one_more(&self.submitted);
        one_more(&self.handed_back);
    }

    pub(super) fn handed_back(&self) {
        one_more(&self.handed_back);
    }

    pub(super) fn given_up(&self) {
        one_more(&self.given_up);
    }

    /// Counts what became of a record.
    pub(super) fn count(&self, fate: &Fate) {
        let counter = match fate {
            Fate::Kept(SaveOutcome::Stored { .. }) => &self.stored,
            Fate::Kept(SaveOutcome::AlreadyThere) => &self.already_there,
            Fate::Kept(SaveOutcome::Returned { .. }) => &self.returned,
            Fate::Quarantined { .. } => &self.quarantined,
            Fate::Refused(_) => &self.refused,
            Fate::Handled => &self.handled,
            Fate::HandlingFailed { .. } => &self.not_handled,
            Fate::Dropped(rule) => return self.dropped.count(*rule, 1),
        };
        one_more(counter);
    }

    /// The account, while so many are pending.
    pub(super) fn account(&self, pending: u64) -> HandlerAccount {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let by_rule = |tally: &Tally| tally.counts().filter(|(_, count)| *count > 0).collect();
        HandlerAccount {
            submitted: read(&self.submitted),
            stored: read(&self.stored),
            already_there: read(&self.already_there),
            returned: read(&self.returned),
            quarantined: read(&self.quarantined),
            refused: read(&self.refused),
            dropped: by_rule(&self.dropped),
            turned_away: by_rule(&self.turned_away),
            handed_back: read(&self.handed_back),
            given_up: read(&self.given_up),
            pending,
            handled: read(&self.handled),
            not_handled: read(&self.not_handled),
        }
    }
}

fn one_more(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
