//! [`ByRule`]: a counter for each rule of the gates.

use dlq_core::engine::gate::Rule;
use metrics::Counter;

use crate::bounded::{Bounded, OTHER};
use crate::name::Metric;
use crate::register::Register;

/// A counter for each rule of the gates, all from the beginning: a rate needs to see where a count began. A rule that
/// is none of ours counts as `other`.
#[derive(Debug)]
pub(crate) struct ByRule {
    register: Register,
    metric: Metric,
    rules: Bounded<String, Counter>,
}

impl ByRule {
    pub(crate) fn new(register: &Register, metric: Metric) -> Self {
        let by_rule = Self { register: register.clone(), metric, rules: Bounded::new(Rule::ALL.len()) };
        for rule in Rule::ALL {
            by_rule.count(rule.as_str(), 0);
        }
        by_rule
    }

    pub(crate) fn count(&self, rule: &str, records: u64) {
        let make = |named: Option<&str>| self.register.counter(self.metric, &[named.unwrap_or(OTHER)]);
        self.rules.handle(rule, make).increment(records);
    }
}
