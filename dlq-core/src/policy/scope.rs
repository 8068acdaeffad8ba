//! [`ScopedPolicies`]: policies by topic, type of error and fingerprint, of which the most specific wins.

use std::time::Duration;

use super::RetryPolicy;
use crate::record::{ErrorType, FailureSummary, Fingerprint, TopicName};

/// For which failures a policy is: those that meet every condition that is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The origin's topic.
    pub topic: Option<TopicName>,
    /// The type of error.
    pub error_type: Option<ErrorType>,
    /// The failure group.
    pub fingerprint: Option<Fingerprint>,
}

impl Scope {
    /// All failures of one topic.
    #[must_use]
    pub fn topic(topic: TopicName) -> Self {
        Self { topic: Some(topic), ..Self::default() }
    }

    /// All failures of one type.
    #[must_use]
    pub fn error_type(error_type: ErrorType) -> Self {
        Self { error_type: Some(error_type), ..Self::default() }
    }

    /// One failure group.
    #[must_use]
    pub fn fingerprint(fingerprint: Fingerprint) -> Self {
        Self { fingerprint: Some(fingerprint), ..Self::default() }
    }

    /// How specific it is: a fingerprint before a topic before a type of error.
    const fn specificity(&self) -> (bool, bool, bool) {
        (self.fingerprint.is_some(), self.topic.is_some(), self.error_type.is_some())
    }

    fn covers(&self, topic: Option<&str>, failure: &FailureSummary<'_>) -> bool {
        self.topic.as_ref().is_none_or(|wanted| topic == Some(wanted.as_str()))
            && self.error_type.is_none_or(|wanted| wanted == failure.error_type)
            && self.fingerprint.is_none_or(|wanted| wanted == failure.fingerprint)
    }
}

/// One policy for everything, and others for some.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScopedPolicies {
    default: RetryPolicy,
    /// The most specific first.
    scoped: Vec<(Scope, RetryPolicy)>,
}

impl ScopedPolicies {
    /// This policy for everything.
    #[must_use]
    pub const fn new(default: RetryPolicy) -> Self {
        Self { default, scoped: Vec::new() }
    }

    /// Another policy for some failures, in the place of one that was given for just these before.
    #[must_use]
    pub fn with(mut self, scope: Scope, policy: RetryPolicy) -> Self {
        self.scoped.retain(|(known, _)| *known != scope);
        let before = self.scoped.partition_point(|(known, _)| known.specificity() >= scope.specificity());
        self.scoped.insert(before, (scope, policy));
        self
    }

    /// The policy for a record from `topic` that failed so: that of the most specific scope. A fingerprint is more
    /// specific than a topic, and a topic than a type of error.
    #[must_use]
    pub fn of(&self, topic: Option<&str>, failure: &FailureSummary<'_>) -> &RetryPolicy {
        let scoped = self.scoped.iter().find(|(scope, _)| scope.covers(topic, failure));
        scoped.map_or(&self.default, |(_, policy)| policy)
    }

    /// The longest time that an attempt may take by any of the policies.
    #[must_use]
    pub fn longest_attempt(&self) -> Duration {
        let scoped = self.scoped.iter().map(|(_, policy)| policy.attempt_timeout());
        scoped.fold(self.default.attempt_timeout(), Duration::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(max_retries: u32) -> RetryPolicy {
        RetryPolicy::builder().max_retries(max_retries).build().unwrap()
    }

    #[test]
    fn the_most_specific_wins_in_whatever_order_they_are_given() {
        let orders: TopicName = "orders".parse().unwrap();
        let group = Fingerprint::from_u64(7);
        let both = Scope { error_type: Some(ErrorType::Unknown), ..Scope::topic(orders.clone()) };
        let scopes = [
            (Scope::error_type(ErrorType::Unknown), 1),
            (Scope::fingerprint(group), 4),
            (Scope::topic(orders), 2),
            (both, 3),
        ];
        for turn in 0..scopes.len() {
            let mut scopes = scopes.clone();
            scopes.rotate_left(turn);
            let policies =
                scopes.into_iter().fold(ScopedPolicies::new(named(0)), |policies, (scope, name)| {
                    policies.with(scope, named(name))
                });
            let of = |topic, error_type, fingerprint| {
                let failure = FailureSummary { error_type, fingerprint, ..FailureSummary::default() };
                policies.of(topic, &failure).max_retries()
            };
            let (other, unknown, network) =
                (Fingerprint::default(), ErrorType::Unknown, ErrorType::TransientNetwork);
            assert_eq!(of(Some("orders"), unknown, group), 4);
            assert_eq!(of(Some("orders"), unknown, other), 3);
            assert_eq!(of(Some("orders"), network, other), 2);
            assert_eq!(of(Some("bills"), unknown, other), 1);
            assert_eq!(of(None, network, other), 0);
        }
    }

    #[test]
    fn the_same_scope_given_again_replaces() {
        let scope = Scope::error_type(ErrorType::Unknown);
        let policies = ScopedPolicies::default().with(scope.clone(), named(1)).with(scope, named(2));
        assert_eq!(policies.of(None, &FailureSummary::default()).max_retries(), 2);
    }
}
