//! One budget in bytes for everything between a source and the storage's answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Turnstile, Wait};

/// A budget in bytes, shared by everyone who holds a clone.
///
/// ```
/// use dlq_core::engine::gate::Budget;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let budget = Budget::new(1000);
/// let first = budget.take(700);
/// assert!(budget.take(700).is_none(), "a source that can pause does not wait for it");
/// let (second, ()) = tokio::join!(budget.take_when_free(700), async { drop(first) });
/// assert_eq!(second.bytes(), 700);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Budget {
    limit: usize,
    used: Arc<AtomicUsize>,
    turnstile: Turnstile,
}

impl Budget {
    /// A budget of so many bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self::with_turnstile(limit, Turnstile::default())
    }

    /// A budget of so many bytes that tells this turnstile what is given back.
    #[must_use]
    pub fn with_turnstile(limit: usize, turnstile: Turnstile) -> Self {
        Self { limit, used: Arc::default(), turnstile }
    }

    /// Takes `bytes`; `None` if they are not free. More than the whole budget passes alone: when nothing else is out.
    #[must_use]
    pub fn take(&self, bytes: usize) -> Option<Permit> {
        let fits =
            |used: usize| (used == 0 || used.saturating_add(bytes) <= self.limit).then(|| used + bytes);
        let taken = self.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, fits);
        taken.ok().map(|_| Permit { budget: self.clone(), bytes })
    }

    /// Takes `bytes` as soon as they are free. Those who wait are served in the order in which they came; [`take`](Self::take)
    /// does not wait for them.
    pub async fn take_when_free(&self, bytes: usize) -> Permit {
        self.turnstile.pass(|| self.take(bytes).ok_or(Wait::UNTIL_GIVEN_BACK)).await
    }

    /// How many bytes there are.
    #[must_use]
    pub const fn limit(&self) -> usize {
        self.limit
    }

    /// How many bytes are out.
    #[must_use]
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Acquire)
    }

    /// Whether half of the budget is free again: the moment to go on after a pause, so that one does not pause and
    /// resume at every batch.
    #[must_use]
    pub fn has_recovered(&self) -> bool {
        self.used() <= self.limit / 2
    }
}

/// A share of a [`Budget`]; dropping it gives it back.
#[derive(Debug)]
pub struct Permit {
    budget: Budget,
    bytes: usize,
}

impl Permit {
    /// How many bytes it stands for.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::AcqRel);
        self.budget.turnstile.given_back();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_comes_back() {
        let budget = Budget::new(100);
        let first = budget.take(60).unwrap();
        assert!(budget.take(41).is_none());
        let second = budget.take(40).unwrap();
        assert!(!budget.has_recovered());
        drop((first, second));
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn more_than_the_whole_budget_passes_alone() {
        let budget = Budget::new(100);
        let small = budget.take(1).unwrap();
        assert!(budget.take(500).is_none());
        drop(small);
        let huge = budget.take(500).unwrap();
        assert!(budget.take(1).is_none());
        assert_eq!(huge.bytes(), 500);
    }
}
