//! [`RetryPolicyBuilder`]: a policy whose every value is checked.

use std::sync::Arc;
use std::time::Duration;

use super::{BackoffStrategy, ErrorTypes, Exhausted, RetryPolicy, RetryPredicate, Tried};
use crate::invalid::{Invalid, ensure};
use crate::record::ErrorType;

/// How often at most a policy may try again.
const RETRIES_MAX: u32 = 1_000_000;

/// Builds a [`RetryPolicy`], beginning from [`RetryPolicy::DEFAULT`].
#[derive(Clone, Debug)]
#[must_use]
pub struct RetryPolicyBuilder {
    policy: RetryPolicy,
    retryable: Option<ErrorTypes>,
    non_retryable: ErrorTypes,
}

impl Default for RetryPolicyBuilder {
    fn default() -> Self {
        Self::from(RetryPolicy::DEFAULT)
    }
}

impl From<RetryPolicy> for RetryPolicyBuilder {
    fn from(policy: RetryPolicy) -> Self {
        Self { retryable: Some(policy.retryable), non_retryable: ErrorTypes::NONE, policy }
    }
}

impl RetryPolicyBuilder {
    /// How often a record is tried again: 0 to 1 000 000. Default 3.
    pub const fn max_retries(mut self, max_retries: u32) -> Self {
        self.policy.max_retries = max_retries;
        self
    }

    /// How long to wait between attempts. Default: exponential from 1 s, doubled up to 1 min.
    pub fn backoff(mut self, backoff: BackoffStrategy) -> Self {
        self.policy.backoff = backoff;
        self
    }

    /// How long one attempt may take; more than nothing. Default 30 s.
    pub const fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.policy.attempt_timeout = timeout;
        self
    }

    /// How long after the first attempt's begin another may begin; more than nothing. Default: for ever.
    pub const fn max_duration(mut self, max: Duration) -> Self {
        self.policy.max_duration = Some(max);
        self
    }

    /// Tries again only these. Default: the transient ones.
    pub fn retryable(mut self, types: impl IntoIterator<Item = ErrorType>) -> Self {
        self.retryable = Some(types.into_iter().collect());
        self
    }

    /// Never tries these again, but, unless [`retryable`](Self::retryable) names others afterwards, every other type
    /// that [is retryable](ErrorType::is_retryable).
    pub fn non_retryable(mut self, types: impl IntoIterator<Item = ErrorType>) -> Self {
        self.non_retryable = types.into_iter().collect();
        if self.retryable == Some(RetryPolicy::DEFAULT.retryable) {
            self.retryable = None;
        }
        self
    }

    /// Tries again only where this says so, too. It must answer the same to the same question.
    pub fn predicate(mut self, again: impl Fn(&Tried<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.policy.predicate = Some(RetryPredicate(Arc::new(again)));
        self
    }

    /// What becomes of a record that was tried often or long enough. Default: it has failed.
    pub const fn when_exhausted(mut self, then: Exhausted) -> Self {
        self.policy.when_exhausted = then;
        self
    }

    /// The policy.
    ///
    /// # Errors
    /// The first value that is not allowed: its field, the value, and what is allowed.
    pub fn build(self) -> Result<RetryPolicy, Invalid> {
        let Self { mut policy, retryable, non_retryable } = self;
        let retries = policy.max_retries;
        ensure(retries <= RETRIES_MAX, "max_retries", &retries, "0 to 1000000")?;
        let timeout = policy.attempt_timeout;
        ensure(!timeout.is_zero(), "attempt_timeout", &timeout, "more than nothing")?;
        let max = policy.max_duration;
        ensure(max != Some(Duration::ZERO), "max_duration", &max, "more than nothing, or none")?;
        let both = retryable.unwrap_or_default().and(non_retryable);
        let disjoint = "types that retryable does not name";
        ensure(both == ErrorTypes::NONE, "non_retryable", &non_retryable, disjoint)?;
        policy.backoff.check()?;
        let others = || ErrorTypes::RETRYABLE.iter().filter(|kind| !non_retryable.contains(*kind)).collect();
        policy.retryable = retryable.unwrap_or_else(others);
        Ok(policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(builder: RetryPolicyBuilder) -> String {
        builder.build().unwrap_err().to_string()
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        let build = RetryPolicy::builder;
        assert_eq!(refusal(build().max_retries(1_000_001)), "max_retries = 1000001: allowed: 0 to 1000000");
        let timeout = refusal(build().attempt_timeout(Duration::ZERO));
        assert_eq!(timeout, "attempt_timeout = 0ns: allowed: more than nothing");
        let both = build().retryable([ErrorType::Unknown]).non_retryable([ErrorType::Unknown]);
        assert_eq!(
            refusal(both),
            "non_retryable = {\"unknown\"}: allowed: types that retryable does not name"
        );
    }

    #[test]
    fn what_is_not_excluded_is_tried_again_if_that_may_help() {
        let types = |builder: RetryPolicyBuilder| builder.build().unwrap().retryable();
        assert_eq!(types(RetryPolicy::builder()), ErrorTypes::TRANSIENT);
        let but_unknown = types(RetryPolicy::builder().non_retryable([ErrorType::Unknown]));
        let excluded = |kind: ErrorType| kind.is_retryable() && kind != ErrorType::Unknown;
        assert_eq!(but_unknown, ErrorType::ALL.into_iter().filter(|kind| excluded(*kind)).collect());
        let only = types(RetryPolicy::builder().retryable([ErrorType::Validation]));
        assert_eq!(only, ErrorTypes::of(&[ErrorType::Validation]), "asked for, it is done");
    }
}
