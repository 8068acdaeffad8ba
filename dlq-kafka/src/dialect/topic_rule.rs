//! [`TopicRules`]: what an operator knows about dead-letter topics that their letters do not tell.

use std::collections::BTreeMap;
use std::sync::Arc;

use dlq_core::record::{Name, TopicName};
use regex::Regex;
use serde::Deserialize;

use super::rule::{Dialect, Field, HeaderRule};
use super::value::Encoding;
use super::{DIALECTS, configured};

/// What an operator knows about a dead-letter topic, or about all that a pattern matches. As TOML:
///
/// ```toml
/// topic = "^orders[.].*-dlq$"       # a name, or a pattern that begins with ^
/// dialect = "spring-dlt"            # taken for granted, whatever the headers
/// origin_topic = "orders"           # where the letters come from, if no header says so
/// consumer_group = "billing"        # who failed on them, if no header says so
/// headers = { topic = "X-Origin", offset = { name = "X-Offset", encoding = "int64" } }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicRule {
    /// The dead-letter topic, or a pattern that begins with `^`.
    pub topic: String,
    /// The dialect that its letters are of, whether or not their headers give it away; one of [`TopicRule::dialects`].
    #[serde(default)]
    pub dialect: Option<String>,
    /// Where its letters first failed. What a header says counts more.
    #[serde(default)]
    pub origin_topic: Option<String>,
    /// Which consumer group failed on them. What a header says counts more.
    #[serde(default)]
    pub consumer_group: Option<String>,
    /// Headers by other names than those of the dialect.
    #[serde(default)]
    pub headers: BTreeMap<AliasedField, HeaderAlias>,
}

/// What an aliased header tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AliasedField {
    /// The topic where the message failed.
    Topic,
    /// Its partition there.
    Partition,
    /// Its offset there.
    Offset,
    /// Its timestamp there, in milliseconds since the epoch.
    Timestamp,
    /// The consumer group that failed on it.
    ConsumerGroup,
    /// The class of the exception.
    Class,
    /// The class of its direct cause.
    CauseClass,
    /// The exception's message.
    Message,
    /// The exception's stack trace.
    StackTrace,
    /// The stage that failed.
    Stage,
    /// The component that failed.
    Component,
    /// How often it was tried.
    Attempts,
}

/// A header by its name, whose case does not matter, and how its value is written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Written")]
pub struct HeaderAlias {
    /// The name.
    pub name: String,
    /// How its value is written; by default text, numbers as decimal digits.
    pub encoding: Option<AliasEncoding>,
}

/// How the value of an aliased header is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AliasEncoding {
    /// UTF-8.
    Text,
    /// Decimal digits as text.
    Decimal,
    /// 4 bytes, big-endian, two's complement.
    Int32,
    /// 8 bytes, big-endian, two's complement.
    Int64,
}

/// An alias may be a name alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Name(String),
    Whole {
        name: String,
        #[serde(default)]
        encoding: Option<AliasEncoding>,
    },
}

impl From<Written> for HeaderAlias {
    fn from(written: Written) -> Self {
        match written {
            Written::Name(name) => Self { name, encoding: None },
            Written::Whole { name, encoding } => Self { name, encoding },
        }
    }
}

/// Rules for dead-letter topics. The first that matches a topic holds for it, and no other; cheap to clone.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "Vec<TopicRule>")]
pub struct TopicRules(Arc<[(Matches, Arc<Setting>)]>);

/// Which topics a rule is for.
#[derive(Debug)]
enum Matches {
    Name(String),
    Pattern(Regex),
}

/// A rule that cannot hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("topic rule {}: {field} = {value:?}: allowed: {allowed}", index + 1)]
pub struct InvalidTopicRule {
    /// Which rule, from 0.
    pub index: usize,
    /// Which field of it, such as `dialect` or `headers.offset`.
    pub field: String,
    /// What stands there.
    pub value: String,
    /// What may.
    pub allowed: String,
}

impl TopicRule {
    /// The names of the dialects that there are.
    pub fn dialects() -> impl Iterator<Item = &'static str> {
        DIALECTS.iter().map(|dialect| dialect.name).filter(|name| *name != configured::DIALECT.name)
    }
}

impl TopicRules {
    /// Rules for topics, the ones that come first first.
    ///
    /// # Errors
    /// The first field of a rule that is not allowed: a topic that is no name or pattern, a dialect that does not exist,
    /// an origin that is no topic's name, an empty group or header, an encoding that its field cannot have.
    pub fn new(rules: impl IntoIterator<Item = TopicRule>) -> Result<Self, InvalidTopicRule> {
        let checked = rules.into_iter().enumerate().map(|(index, rule)| {
            rule.check().map_err(|Wrong { field, value, allowed }| InvalidTopicRule {
                index,
                field,
                value,
                allowed,
            })
        });
        checked.collect::<Result<_, _>>().map(Self)
    }

    /// Which names of headers, on letters of this topic, are other names for what a framework tells: those that go home
    /// no more than a framework's own.
    pub(crate) fn aliased(&self, topic: &str) -> impl Fn(&[u8]) -> bool + use<> {
        let setting = self.setting(topic);
        move |name| setting.alias(name).is_some()
    }

    /// What is known of a topic.
    pub(super) fn setting(&self, topic: &str) -> Arc<Setting> {
        let matching = self.0.iter().find(|(matches, _)| match matches {
            Matches::Name(name) => name == topic,
            Matches::Pattern(pattern) => pattern.is_match(topic),
        });
        matching.map(|(_, setting)| Arc::clone(setting)).unwrap_or_default()
    }
}

impl TryFrom<Vec<TopicRule>> for TopicRules {
    type Error = InvalidTopicRule;

    fn try_from(rules: Vec<TopicRule>) -> Result<Self, Self::Error> {
        Self::new(rules)
    }
}

/// What is known of one topic, checked.
#[derive(Debug, Default)]
pub(super) struct Setting {
    pub(super) dialect: Option<&'static Dialect>,
    pub(super) origin_topic: Option<TopicName>,
    pub(super) consumer_group: Option<Name>,
    pub(super) aliases: Vec<Alias>,
}

/// A header by another name.
#[derive(Debug)]
pub(super) struct Alias {
    name: String,
    field: Field,
    encoding: Encoding,
}

impl Alias {
    pub(super) fn rule(&self) -> HeaderRule<'_> {
        HeaderRule(&self.name, self.field, self.encoding)
    }
}

impl Setting {
    /// The alias that a header's name is.
    pub(super) fn alias(&self, name: &[u8]) -> Option<usize> {
        self.aliases.iter().position(|alias| alias.name.as_bytes().eq_ignore_ascii_case(name))
    }

    /// The dialect that aliases belong to.
    pub(super) fn alias_dialect(&self) -> Option<&'static Dialect> {
        (!self.aliases.is_empty()).then_some(self.dialect.unwrap_or(&configured::DIALECT))
    }
}

/// A field that is not allowed.
struct Wrong {
    field: String,
    value: String,
    allowed: String,
}

impl Wrong {
    fn of(field: &str, value: &str, allowed: impl Into<String>) -> Self {
        Self { field: field.to_owned(), value: value.to_owned(), allowed: allowed.into() }
    }
}

impl TopicRule {
    fn check(self) -> Result<(Matches, Arc<Setting>), Wrong> {
        let setting = Setting {
            dialect: self.dialect.as_deref().map(dialect).transpose()?,
            origin_topic: self.origin_topic.as_deref().map(|name| topic("origin_topic", name)).transpose()?,
            consumer_group: self.consumer_group.as_deref().map(group).transpose()?,
            aliases: self
                .headers
                .iter()
                .map(|(field, alias)| field.check(alias))
                .collect::<Result<_, _>>()?,
        };
        Ok((matches(self.topic)?, Arc::new(setting)))
    }
}

fn matches(topic_or_pattern: String) -> Result<Matches, Wrong> {
    if !topic_or_pattern.starts_with('^') {
        topic("topic", &topic_or_pattern)?;
        return Ok(Matches::Name(topic_or_pattern));
    }
    let wrong = |error| Wrong::of("topic", &topic_or_pattern, format!("a regular expression: {error}"));
    Regex::new(&topic_or_pattern).map(Matches::Pattern).map_err(wrong)
}

fn topic(field: &str, name: &str) -> Result<TopicName, Wrong> {
    let allowed = "a topic's name: 1 to 249 of a-z A-Z 0-9 . _ -";
    let or_pattern = if field == "topic" { ", or a pattern that begins with ^" } else { "" };
    TopicName::new(name).map_err(|_| Wrong::of(field, name, format!("{allowed}{or_pattern}")))
}

fn dialect(name: &str) -> Result<&'static Dialect, Wrong> {
    let known = TopicRule::dialects().any(|known| known == name);
    let found = DIALECTS.iter().find(|dialect| known && dialect.name == name);
    let names = || TopicRule::dialects().collect::<Vec<_>>().join(", ");
    found.ok_or_else(|| Wrong::of("dialect", name, names()))
}

fn group(name: &str) -> Result<Name, Wrong> {
    let named = Some(name).filter(|name| !name.is_empty());
    named.map(Name::from).ok_or_else(|| Wrong::of("consumer_group", name, "the name of a consumer group"))
}

impl AliasedField {
    fn check(self, HeaderAlias { name, encoding }: &HeaderAlias) -> Result<Alias, Wrong> {
        let path = format!("headers.{}", self.name());
        if name.is_empty() {
            return Err(Wrong::of(&path, name, "the name of a header"));
        }
        let (field, is_number) = self.field();
        let encoding = match (encoding, is_number) {
            (None | Some(AliasEncoding::Text), false) => Encoding::Text,
            (None | Some(AliasEncoding::Decimal), true) => Encoding::Decimal,
            (Some(AliasEncoding::Int32), true) => Encoding::Int32,
            (Some(AliasEncoding::Int64), true) => Encoding::Int64,
            (Some(AliasEncoding::Text), true) => {
                return Err(Wrong::of(&format!("{path}.encoding"), "text", "decimal, int32, int64"));
            }
            (Some(other), false) => {
                let other = format!("{other:?}").to_lowercase();
                return Err(Wrong::of(&format!("{path}.encoding"), &other, "text"));
            }
        };
        Ok(Alias { name: name.clone(), field, encoding })
    }

    /// As the readers know it, and whether it is a number.
    const fn field(self) -> (Field, bool) {
        match self {
            Self::Topic => (Field::Topic, false),
            Self::Partition => (Field::Partition, true),
            Self::Offset => (Field::Offset, true),
            Self::Timestamp => (Field::Timestamp, true),
            Self::ConsumerGroup => (Field::ConsumerGroup, false),
            Self::Class => (Field::Class, false),
            Self::CauseClass => (Field::CauseClass, false),
            Self::Message => (Field::Message, false),
            Self::StackTrace => (Field::StackTrace, false),
            Self::Stage => (Field::Stage, false),
            Self::Component => (Field::Component, false),
            Self::Attempts => (Field::Attempts, true),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Partition => "partition",
            Self::Offset => "offset",
            Self::Timestamp => "timestamp",
            Self::ConsumerGroup => "consumer_group",
            Self::Class => "class",
            Self::CauseClass => "cause_class",
            Self::Message => "message",
            Self::StackTrace => "stack_trace",
            Self::Stage => "stage",
            Self::Component => "component",
            Self::Attempts => "attempts",
        }
    }
}
