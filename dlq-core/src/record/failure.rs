//! The failure: as it was captured (spans into the content), and as lists and filters read it (capped text).

use std::borrow::Cow;

use super::content::Content;
use super::span::Span;
use super::trace::StackTrace;
use super::{ErrorType, Fingerprint};

/// The failure that a dead letter told of; each text is a span of its [`Content`], none a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CapturedFailure {
    /// The first class that is no framework's wrapper.
    pub class: Option<Span>,
    /// The class at the bottom of the chain of causes.
    pub root_class: Option<Span>,
    /// The message.
    pub message: Option<Span>,
    /// The stack trace, whole.
    pub stack_trace: Option<Span>,
    /// What only some frameworks tell; `None` where nothing of it was told.
    pub context: Option<Box<FailureContext>>,
    /// What kind of failure it is.
    pub error_type: ErrorType,
    /// What "the same failure" is.
    pub fingerprint: Fingerprint,
}

/// What only some frameworks tell of a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FailureContext {
    /// The framework's stage that failed, such as `VALUE_CONVERTER`.
    pub stage: Option<Span>,
    /// The framework's component that failed, such as a connector's name.
    pub component: Option<Span>,
    /// How often the framework had tried.
    pub attempts: Option<u32>,
}

impl FailureContext {
    /// As a [`CapturedFailure`] keeps it: in memory of its own, where it tells anything at all.
    #[must_use]
    pub fn kept(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }
}

impl CapturedFailure {
    /// What only some frameworks tell.
    #[must_use]
    pub fn context(&self) -> FailureContext {
        self.context.as_deref().copied().unwrap_or_default()
    }

    /// The chain of causes, outermost first, read from the stack trace; empty where there is none to read.
    #[must_use]
    pub fn causes(&self, content: &Content) -> Vec<Cause> {
        let Some(trace) = self.stack_trace else { return Vec::new() };
        let text = content.text(trace);
        let throwables = StackTrace::parse(&text).throwables;
        let cause = |class: &str, message: Option<&str>| Cause {
            class: cap(class.into(), CLASS_BYTES_MAX).into_owned(),
            message: message.map(|m| cap(m.into(), MESSAGE_BYTES_MAX).into_owned()),
        };
        throwables.iter().map(|t| cause(t.class, t.message)).collect()
    }

    /// The failure as lists and filters read it.
    #[must_use]
    pub fn summary<'c>(&self, content: &'c Content) -> FailureSummary<'c> {
        let text = |span: Option<Span>, max| span.map(|span| cap(content.text(span), max));
        FailureSummary {
            class: text(self.class, CLASS_BYTES_MAX),
            root_class: text(self.root_class, CLASS_BYTES_MAX),
            message: text(self.message, MESSAGE_BYTES_MAX),
            error_type: self.error_type,
            fingerprint: self.fingerprint,
        }
    }
}

/// One link of a chain of causes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The class of the exception.
    pub class: String,
    /// Its message.
    pub message: Option<String>,
}

/// How much of a class lists and filters see, in bytes.
pub const CLASS_BYTES_MAX: usize = 512;
/// How much of a message lists and filters see, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 8 * 1024;

/// A failure as lists, groups and filters read it: texts capped ([`CLASS_BYTES_MAX`], [`MESSAGE_BYTES_MAX`]) and free
/// of NUL, which databases refuse.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailureSummary<'a> {
    /// The first class that is no framework's wrapper.
    pub class: Option<Cow<'a, str>>,
    /// The class at the bottom of the chain of causes.
    pub root_class: Option<Cow<'a, str>>,
    /// The message.
    pub message: Option<Cow<'a, str>>,
    /// What kind of failure it is.
    pub error_type: ErrorType,
    /// What "the same failure" is.
    pub fingerprint: Fingerprint,
}

impl FailureSummary<'_> {
    /// The same with its own texts, capped.
    #[must_use]
    pub fn into_owned(self) -> FailureSummary<'static> {
        let own = |text: Option<Cow<'_, str>>, max| text.map(|t| Cow::Owned(cap(t, max).into_owned()));
        FailureSummary {
            class: own(self.class, CLASS_BYTES_MAX),
            root_class: own(self.root_class, CLASS_BYTES_MAX),
            message: own(self.message, MESSAGE_BYTES_MAX),
            error_type: self.error_type,
            fingerprint: self.fingerprint,
        }
    }
}

/// At most `max` bytes of a text, cut between characters, each NUL replaced by U+FFFD.
fn cap(text: Cow<'_, str>, max: usize) -> Cow<'_, str> {
    let end = text.floor_char_boundary(max);
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(..end).unwrap_or_default()),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    };
    if memchr::memchr(0, text.as_bytes()).is_none() {
        return text;
    }
    let replaced = text.replace('\0', "\u{FFFD}");
    let end = replaced.floor_char_boundary(max);
    Cow::Owned(
        replaced
            .chars()
            .scan(0, |at, c| {
                *at += c.len_utf8();
                (*at <= end).then_some(c)
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters_and_free_of_nul() {
        assert_eq!(cap("häß".into(), 2), "h");
        assert_eq!(cap("a\0b".into(), 9), "a\u{FFFD}b");
        assert!(cap("\0".repeat(100).into(), 100).len() <= 100);
        assert!(matches!(cap("plain".into(), 9), Cow::Borrowed("plain")));
    }
}
