//! [`Dialect`]: a framework's way of writing dead letters, as data.

use super::detect::Sheet;
use super::hops::Stop;
use super::names::Names;
use super::value::Encoding;
use super::warnings::Warnings;

/// A framework's way of writing dead letters.
#[derive(Debug)]
pub(super) struct Dialect {
    /// Its name in records.
    pub(super) name: &'static str,
    /// What gives it away: all headers of any one of these groups; without any, only a [`TopicRule`] does.
    ///
    /// [`TopicRule`]: super::TopicRule
    pub(super) marks: &'static [&'static [&'static str]],
    /// The headers it writes and we read; at most 128.
    pub(super) headers: &'static [HeaderRule<'static>],
    /// What it means when they repeat.
    pub(super) repeats: Repeats,
    /// The dead letter's own timestamp is that of the message.
    pub(super) keeps_timestamp: bool,
    /// What a redrive takes off beside the headers that we read.
    pub(super) strip: Strip,
    /// Reads its headers: the stops of the letter, first failure first. Mostly [`hops::read`](super::hops::read).
    pub(super) read: fn(&Sheet<'_>, &mut Names, &mut Warnings) -> Vec<Stop>,
}

/// A header: its name, what it tells, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeaderRule<'n>(pub(super) &'n str, pub(super) Field, pub(super) Encoding);

/// What a header tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// The topic where the message failed.
    Topic,
    /// Its partition there.
    Partition,
    /// Its offset there.
    Offset,
    /// Its timestamp there.
    Timestamp,
    /// The consumer group that failed on it.
    ConsumerGroup,
    /// The Kafka Connect connector that failed: the component, and by default the consumer group `connect-<name>`.
    Connector,
    /// The framework's component that failed.
    Component,
    /// The class of the exception that the framework caught.
    Class,
    /// The class of its direct cause.
    CauseClass,
    /// The exception's message.
    Message,
    /// The message of its direct cause.
    CauseMessage,
    /// The exception's stack trace.
    StackTrace,
    /// As [`Class`](Self::Class), but of the failure to deserialize the key.
    KeyClass,
    /// As [`Message`](Self::Message), but of the failure to deserialize the key.
    KeyMessage,
    /// As [`StackTrace`](Self::StackTrace), but of the failure to deserialize the key.
    KeyStackTrace,
    /// The stage that failed.
    Stage,
    /// The kind of failure, by our own names.
    ErrorType,
    /// How often the framework tried.
    Attempts,
    /// How often the framework tried again after the first time.
    Retries,
    /// The number of the attempt that would come next.
    NextAttempt,
}

/// What it means when a dialect's headers repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeats {
    /// Every failure appends its set: the first is the origin, the last the latest.
    OldestFirst,
    /// Every failure puts its set in front: the last is the origin, the first the latest.
    NewestFirst,
    /// The place is that of the first failure and stays; failures append.
    OriginOnce,
    /// The place is that of the first failure and stays; of how it failed, the last told counts.
    OriginKept,
    /// Every failure replaces the set: there is one. Should it repeat all the same, the last counts.
    Replaced,
}

/// Which headers belong to the framework, beside those that we read.
#[derive(Debug)]
pub(super) struct Strip {
    /// All whose names begin so: where the framework owns the prefix.
    pub(super) prefixes: &'static [&'static str],
    /// Those of exactly these names.
    pub(super) names: &'static [&'static str],
}

impl Dialect {
    /// Whether a redrive takes off the header `name`.
    pub(super) fn strips(&self, name: &[u8]) -> bool {
        self.headers.iter().any(|HeaderRule(own, ..)| own.as_bytes() == name) || self.strip.takes(name)
    }
}

impl Strip {
    /// No more than what we read.
    pub(super) const NOTHING: Self = Self { prefixes: &[], names: &[] };

    /// Whether the header `name` is one of them.
    fn takes(&self, name: &[u8]) -> bool {
        self.names.iter().any(|own| own.as_bytes() == name)
            || self.prefixes.iter().any(|prefix| name.starts_with(prefix.as_bytes()))
    }
}

impl Field {
    /// Whether it tells where, not how.
    pub(super) const fn is_of_place(self) -> bool {
        matches!(
            self,
            Self::Topic
                | Self::Partition
                | Self::Offset
                | Self::Timestamp
                | Self::ConsumerGroup
                | Self::Connector
        )
    }

    /// Whether it tells how a message failed; a connector tells both.
    pub(super) const fn is_of_failure(self) -> bool {
        let counts = matches!(self, Self::Attempts | Self::Retries | Self::NextAttempt);
        !counts && (!self.is_of_place() || matches!(self, Self::Connector))
    }

    /// Whether its repetition shows that another set begins. Not so what is written only at times, or once for key and
    /// value each: there the later one corrects the earlier.
    pub(super) const fn opens_set(self) -> bool {
        !matches!(self, Self::ConsumerGroup | Self::CauseClass | Self::CauseMessage)
    }
}

/// The fields that a set has told so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fields(u32);

impl Fields {
    /// Whether `field` was told.
    pub(super) const fn has(self, field: Field) -> bool {
        self.0 & (1 << field as u32) != 0
    }

    /// Notes that `field` was told.
    pub(super) const fn add(&mut self, field: Field) {
        self.0 |= 1 << field as u32;
    }
}
