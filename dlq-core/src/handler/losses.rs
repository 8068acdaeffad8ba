//! [`Losses`]: what one call dropped and turned away, told together.

use crate::engine::gate::{Rule, Tally};
use crate::observe::{DlqEvent, Observers};

/// What one call dropped and turned away. The books have each record at once; those who listen are told sums by rule,
/// whenever the call has to wait, and when it ends, even if it is dropped half-way.
#[derive(Debug)]
pub(super) struct Losses<'a> {
    observers: &'a Observers,
    dropped: Tally,
    turned_away: Tally,
}

impl<'a> Losses<'a> {
    /// Nothing yet.
    pub(super) fn new(observers: &'a Observers) -> Self {
        Self { observers, dropped: Tally::default(), turned_away: Tally::default() }
    }

    pub(super) fn dropped(&self, rule: Rule) {
        self.dropped.count(rule, 1);
    }

    pub(super) fn turned_away(&self, rule: Rule) {
        self.turned_away.count(rule, 1);
    }

    /// Tells what came since it was told last.
    pub(super) fn tell(&self) {
        for (rule, records) in self.dropped.take() {
            self.observers.tell(&DlqEvent::Dropped { rule: rule.as_str(), records });
        }
        for (rule, records) in self.turned_away.take() {
            self.observers.tell(&DlqEvent::TurnedAway { rule: rule.as_str(), records });
        }
    }
}

impl Drop for Losses<'_> {
    fn drop(&mut self) {
        self.tell();
    }
}
