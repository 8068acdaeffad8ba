//! [`InvalidConfig`]: what is wrong with a configuration, all of it at once.

use std::fmt;

use crate::invalid::Invalid;

/// Every value of a configuration that is not allowed, in the order of its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidConfig(pub Vec<Invalid>);

impl fmt::Display for InvalidConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(Invalid::to_string).collect();
        f.write_str(&lines.join("; "))
    }
}

impl std::error::Error for InvalidConfig {}

/// What has to hold for one field.
pub(super) struct Rule<C> {
    pub(super) field: &'static str,
    /// What stands there, and in a field beside it where the rule is about both.
    pub(super) value: fn(&C) -> String,
    pub(super) holds: fn(&C) -> bool,
    pub(super) allowed: &'static str,
}

/// Refuses what breaks a rule.
pub(super) fn check<C>(config: &C, rules: &[Rule<C>]) -> Result<(), InvalidConfig> {
    let invalid =
        |Rule { field, value, allowed, .. }: &Rule<C>| Invalid { field, value: value(config), allowed };
    let broken: Vec<_> = rules.iter().filter(|rule| !(rule.holds)(config)).map(invalid).collect();
    if broken.is_empty() { Ok(()) } else { Err(InvalidConfig(broken)) }
}
