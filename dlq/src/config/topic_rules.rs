//! What is wrong with rules for dead-letter topics.

use config::{Value, ValueKind};
use dlq_kafka::dialect::{InvalidTopicRule, TopicRule, TopicRules};

use super::explain::Mistake;
use super::kind::Kind;
use super::settings::{Found, Setting};

/// The rules that cannot hold, each with the field that is wrong; a list that is none is explained elsewhere.
pub(super) fn mistakes(found: &[Found]) -> Vec<Mistake> {
    let lists = found.iter().filter(|found| matches!(found.kind, Kind::TopicRules));
    let lists = lists.filter(|found| found.kind.allows(&found.value));
    let rules = lists.filter_map(|found| match &found.value.kind {
        ValueKind::Array(rules) => Some((&found.setting, rules)),
        _ => None,
    });
    let numbered = rules.flat_map(|(setting, rules)| (1..).zip(rules).map(move |rule| (setting, rule)));
    numbered.filter_map(|(setting, (number, rule))| mistake(setting, number, rule)).collect()
}

fn mistake(setting: &Setting, number: usize, rule: &Value) -> Option<Mistake> {
    let key = format!("{}, rule {number}", setting.key);
    let at = |key, value| Setting { key, value, origin: setting.origin.clone() };
    let parsed: TopicRule = match rule.clone().try_deserialize() {
        Ok(parsed) => parsed,
        Err(error) => return Some(Mistake::in_setting(&at(key, rule.to_string()), error.to_string())),
    };
    let InvalidTopicRule { field, value, allowed, .. } = TopicRules::new([parsed]).err()?;
    Some(Mistake::in_setting(&at(format!("{key}, {field}"), value), format!("allowed: {allowed}")))
}
