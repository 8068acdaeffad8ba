//! Which topics may be found.

use std::time::Duration;

use dlq_core::TopicName;
use regex::Regex;

/// How dead-letter topics are looked for, and among which.
#[derive(Clone, Debug)]
pub struct Discovery {
    /// Whether the latest letters of topics are looked at, too, or names alone.
    pub by_headers: bool,
    /// The topics that may be found; all where there is none.
    pub allow: Vec<TopicPattern>,
    /// The topics that are never found: those to which records are sent home, and quarantine's own, among them.
    pub deny: Vec<TopicPattern>,
    /// How often they are looked for. Default 30 s.
    pub interval: Duration,
}

/// The name of a topic, or a pattern that begins with `^`.
#[derive(Clone, Debug)]
pub enum TopicPattern {
    /// This topic.
    Name(TopicName),
    /// Every topic that this matches.
    Pattern(Regex),
}

/// The text is neither a topic's name nor a pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?}: {why}; allowed: a topic's name, or a regular expression that begins with ^")]
pub struct InvalidRule {
    text: String,
    why: String,
}

impl TopicPattern {
    /// The topic of this name, or every topic that a pattern matches.
    ///
    /// # Errors
    /// Kafka would not take the name, or the pattern is none.
    pub fn new(text: &str) -> Result<Self, InvalidRule> {
        let invalid = |why: String| InvalidRule { text: text.to_owned(), why };
        if text.starts_with('^') {
            Regex::new(text).map(Self::Pattern).map_err(|error| invalid(error.to_string()))
        } else {
            TopicName::new(text).map(Self::Name).map_err(|error| invalid(error.to_string()))
        }
    }

    pub(crate) fn matches(&self, topic: &TopicName) -> bool {
        match self {
            Self::Name(name) => name == topic,
            Self::Pattern(pattern) => pattern.is_match(topic.as_str()),
        }
    }
}

impl Discovery {
    /// By names alone, among all topics.
    #[must_use]
    pub const fn by_names() -> Self {
        let interval = Duration::from_secs(30);
        Self { by_headers: false, allow: Vec::new(), deny: Vec::new(), interval }
    }

    /// Whether a topic may be found. Kafka's own topics never are.
    #[must_use]
    pub fn allows(&self, topic: &TopicName) -> bool {
        let listed = |patterns: &[TopicPattern]| patterns.iter().any(|pattern| pattern.matches(topic));
        let internal = topic.as_str().starts_with("__");
        !internal && !listed(&self.deny) && (self.allow.is_empty() || listed(&self.allow))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(texts: &[&str]) -> Vec<TopicPattern> {
        texts.iter().map(|text| TopicPattern::new(text).unwrap()).collect()
    }

    #[test]
    fn what_is_denied_is_never_found_and_what_is_allowed_limits_the_rest() {
        let allows = |discovery: &Discovery, name: &str| discovery.allows(&TopicName::new(name).unwrap());
        let all = Discovery::by_names();
        assert!(allows(&all, "orders-dlt") && !allows(&all, "__consumer_offsets"));
        let some = Discovery { allow: patterns(&["^billing[.]", "orders-dlt"]), ..all };
        assert!(allows(&some, "billing.x.DLQ") && allows(&some, "orders-dlt") && !allows(&some, "x-dlt"));
        let fewer = Discovery { deny: patterns(&["^.*[.]DLQ$"]), ..some };
        assert!(!allows(&fewer, "billing.x.DLQ") && allows(&fewer, "orders-dlt"));
    }

    #[test]
    fn what_is_neither_name_nor_pattern_is_refused_by_its_text() {
        for text in ["a b", "^(", ""] {
            assert!(TopicPattern::new(text).unwrap_err().to_string().contains(&format!("{text:?}")));
        }
    }
}
