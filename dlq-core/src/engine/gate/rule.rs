//! [`Rule`]: why something did not pass; [`Tally`]: how often.

use std::array;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

/// Why something did not pass. Its name is printed, counted by, and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// As many are pending as may be.
    Pending,
    /// They hold as many bytes as they may.
    Bytes,
    /// The share of places or bytes that is taken is too large.
    Utilisation,
    /// The storage takes too long to answer.
    StoreLatency,
    /// Too many tries fail.
    ErrorRate,
    /// This process is too busy.
    Cpu,
    /// A [`Limiter`](super::Limiter) was asked for more than its rate.
    Rate,
    /// A [`CircuitBreaker`](super::CircuitBreaker) is open.
    Breaker,
}

impl Rule {
    /// Every rule, in the order of their definition.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Bytes,
        Self::Utilisation,
        Self::StoreLatency,
        Self::ErrorRate,
        Self::Cpu,
        Self::Rate,
        Self::Breaker,
    ];

    /// Its name, as a metric's label and an account have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Bytes => "bytes",
            Self::Utilisation => "utilisation",
            Self::StoreLatency => "store_latency",
            Self::ErrorRate => "error_rate",
            Self::Cpu => "cpu",
            Self::Rate => "rate",
            Self::Breaker => "breaker",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Counts by rule; everyone may count at once. What is counted, what was refused or what was dropped, is up to whoever
/// holds it.
///
/// ```
/// use dlq_core::engine::gate::{Rule, Tally};
///
/// let dropped = Tally::default();
/// dropped.count(Rule::Pending, 3);
/// dropped.count(Rule::Cpu, 1);
/// let told: Vec<_> = dropped.counts().filter(|(_, count)| *count > 0).collect();
/// assert_eq!(told, [(Rule::Pending, 3), (Rule::Cpu, 1)]);
/// assert_eq!(dropped.total(), 4);
/// ```
#[derive(Debug)]
pub struct Tally([AtomicU64; Rule::ALL.len()]);

impl Default for Tally {
    fn default() -> Self {
        Self(array::from_fn(|_| AtomicU64::new(0)))
    }
}

impl Tally {
    /// Counts so many more under a rule.
    pub fn count(&self, rule: Rule, more: u64) {
        if let Some(count) = self.0.get(rule as usize) {
            count.fetch_add(more, Ordering::Relaxed);
        }
    }

    /// What was counted under each rule until now.
    pub fn counts(&self) -> impl Iterator<Item = (Rule, u64)> {
        let counts = self.0.each_ref().map(|count| count.load(Ordering::Relaxed));
        Rule::ALL.into_iter().zip(counts)
    }

    /// Takes what was counted until now, where that is anything: it is counted anew from nothing.
    pub fn take(&self) -> impl Iterator<Item = (Rule, u64)> {
        // Looked at first: nothing was counted most of the time, and a look is cheaper than an exchange.
        let taken = |count: &AtomicU64| match count.load(Ordering::Relaxed) {
            0 => 0,
            _ => count.swap(0, Ordering::Relaxed),
        };
        let counts = self.0.each_ref().map(taken);
        Rule::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0)
    }

    /// What was counted under all rules.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts().map(|(_, count)| count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_counted_under_its_own_name() {
        let tally = Tally::default();
        for (times, rule) in (1..).zip(Rule::ALL) {
            tally.count(rule, times);
        }
        for (times, (rule, count)) in (1..).zip(tally.counts()) {
            assert_eq!(count, times, "{rule}");
            assert_eq!(serde_json::to_value(rule).unwrap(), rule.as_str());
        }
    }

    #[test]
    fn what_was_taken_is_counted_anew() {
        let tally = Tally::default();
        tally.count(Rule::Bytes, 2);
        assert_eq!(tally.take().collect::<Vec<_>>(), [(Rule::Bytes, 2)]);
        assert_eq!((tally.take().count(), tally.total()), (0, 0));
    }
}
