//! [`Kind`]: what a key may hold, in words and as a check.

use std::fmt;
use std::time::Duration;

use config::{Value, ValueKind};

use super::value::{ByteCount, Listen, Timespan};

/// What a key may hold.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Any text but none.
    Text,
    /// The URL of a storage, which may hold a password.
    Url,
    /// The name of a file.
    File,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number from the first to the second.
    Count(u64, u64),
    /// A length of time from the first to the second.
    Time(Duration, Duration),
    /// A number of bytes from the first to the second.
    Size(u64, u64),
    /// An address and a port of this machine, or nothing.
    Listen,
    /// `host:port`, any number of them.
    Brokers,
    /// Yes or no.
    Switch,
    /// The name of one topic.
    Topic,
    /// Names of topics, or patterns that begin with `^`.
    Topics,
    /// Rules for dead-letter topics.
    TopicRules,
    /// A table of properties of the Kafka client,
    Properties,
    /// and one of them.
    Property,
}

impl Kind {
    /// Whether a value is allowed.
    #[must_use]
    pub fn allows(self, value: &Value) -> bool {
        let scalar = || value.clone().into_string().ok().filter(|_| is_scalar(value));
        let in_range = |number: u64, (min, max)| (min..=max).contains(&number);
        match self {
            Self::Text | Self::Url | Self::File => scalar().is_some_and(|text| !text.trim().is_empty()),
            Self::Choice(words) => scalar().is_some_and(|text| words.contains(&text.as_str())),
            Self::Count(min, max) => {
                scalar().and_then(|text| text.parse().ok()).is_some_and(|n| in_range(n, (min, max)))
            }
            Self::Time(min, max) => scalar()
                .and_then(|text| text.parse::<Timespan>().ok())
                .is_some_and(|span| (min..=max).contains(&span.0)),
            Self::Size(min, max) => scalar()
                .and_then(|text| text.parse::<ByteCount>().ok())
                .is_some_and(|size| in_range(size.0, (min, max))),
            Self::Listen => scalar().is_some_and(|text| text.parse::<Listen>().is_ok()),
            Self::Brokers => all_items(value, is_broker),
            Self::Switch => scalar().is_some_and(|text| matches!(text.as_str(), "true" | "false")),
            Self::Topic => scalar().is_some_and(|text| dlq_core::TopicName::new(text).is_ok()),
            Self::Topics => all_items(value, is_topic),
            Self::TopicRules => matches!(&value.kind, ValueKind::Array(items) if items.iter().all(is_table)),
            Self::Properties => matches!(value.kind, ValueKind::Table(_)),
            Self::Property => is_scalar(value),
        }
    }

    /// A text as TOML writes it, where the key is of this kind.
    #[must_use]
    pub fn toml(self, text: &str) -> String {
        match self {
            Self::Count(..) | Self::Switch | Self::TopicRules => text.to_owned(),
            Self::Brokers | Self::Topics => {
                let items: Vec<_> = text.split(',').filter(|item| !item.is_empty()).collect();
                format!("{items:?}")
            }
            _ => format!("{text:?}"),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Text => f.write_str("a text"),
            Self::Url => f.write_str("a URL, such as sqlite:dlq.db or postgres://user@host/database"),
            Self::File => f.write_str("the name of a file"),
            Self::Choice(words) => write!(f, "one of {}", words.join(", ")),
            Self::Count(min, max) => write!(f, "a whole number from {min} to {max}"),
            Self::Time(min, max) => {
                write!(f, "a length of time from {} to {}, such as 200ms or 5s", Timespan(min), Timespan(max))
            }
            Self::Size(min, max) => {
                write!(f, "a size from {} to {}, such as 64MiB", ByteCount(min), ByteCount(max))
            }
            Self::Listen => {
                f.write_str("an IP address and a port, such as 127.0.0.1:9099 or [::1]:9099, or \"\"")
            }
            Self::Brokers => f.write_str("a list of host:port"),
            Self::Switch => f.write_str("true or false"),
            Self::Topic => f.write_str("the name of a topic: 1 to 249 of a-z A-Z 0-9 . _ -"),
            Self::Topics => f.write_str(
                "a list of topic names (1 to 249 of a-z A-Z 0-9 . _ -) or patterns that begin with ^",
            ),
            Self::TopicRules => f.write_str("a list of tables, each with a topic"),
            Self::Properties => f.write_str("a table of texts, numbers, true and false"),
            Self::Property => f.write_str("a text, a number, true or false"),
        }
    }
}

/// The items of a list, which may also be written as one text with commas; `None` where it is no list of texts.
pub(super) fn items(value: &Value) -> Option<Vec<String>> {
    match &value.kind {
        ValueKind::String(text) => {
            Some(text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect())
        }
        ValueKind::Array(items) => items
            .iter()
            .map(|item| match &item.kind {
                ValueKind::String(text) => Some(text.clone()),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

fn all_items(value: &Value, is_allowed: fn(&str) -> bool) -> bool {
    items(value).is_some_and(|items| items.iter().all(|item| is_allowed(item)))
}

const fn is_table(value: &Value) -> bool {
    matches!(value.kind, ValueKind::Table(_))
}

const fn is_scalar(value: &Value) -> bool {
    !matches!(value.kind, ValueKind::Nil | ValueKind::Table(_) | ValueKind::Array(_))
}

fn is_broker(text: &str) -> bool {
    let parts = text.rsplit_once(':');
    parts.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0))
}

fn is_topic(text: &str) -> bool {
    text.starts_with('^') || dlq_core::TopicName::new(text).is_ok()
}
