//! From a failure as headers told it to the one that a record keeps: framework wrappers seen through, classified, and
//! with its fingerprint.

use dlq_core::record::classify::ErrorClassifier;
use dlq_core::record::trace::{FrameworkPrefixes, StackTrace, Throwable, is_wrapper};
use dlq_core::record::{CapturedFailure, Content, FailureContext, Fingerprint, FingerprintInput, Span};

use memchr::memmem;

use super::hops::Told;
use super::nested::{self, Nested};

/// Judges failures.
#[derive(Debug)]
pub(super) struct Judge {
    classifier: ErrorClassifier,
    frameworks: FrameworkPrefixes,
}

impl Judge {
    /// A judge who classifies as told, and takes the usual frameworks' frames for no application's.
    pub(super) fn new(classifier: ErrorClassifier) -> Self {
        Self { classifier, frameworks: FrameworkPrefixes::default() }
    }

    /// The failure of the letter `content`, that often tried, which first failed, as far as known, in `topic`.
    pub(super) fn judge(
        &self,
        told: &Told,
        attempts: Option<u32>,
        topic: &str,
        content: &Content,
    ) -> CapturedFailure {
        let trace = Trace::read(told, content);
        let Known { class, root_class, message } = Known::of(told, &trace, content);
        let [class_text, root_text, cause_text, message_text, stage_text] =
            [class, root_class, told.cause, message, told.stage]
                .map(|span| span.map(|span| content.text(span)));
        let (class_text, root_text) = (class_text.as_deref(), root_text.as_deref());
        // The direct cause tells more than what was thrown around it, and the root more than both.
        let deepest = root_text.or(cause_text.as_deref());
        let classify = || self.classifier.classify(class_text, deepest, message_text.as_deref());
        let frame = trace.parsed.application_frame(&self.frameworks).map(|frame| frame.stable_name());
        CapturedFailure {
            class,
            root_class,
            message,
            stack_trace: told.stack_trace,
            context: FailureContext { stage: told.stage, component: told.component, attempts }.kept(),
            error_type: told.error_type.unwrap_or_else(classify),
            fingerprint: Fingerprint::of(&FingerprintInput {
                topic,
                root_class: root_text.or(class_text),
                frame: frame.as_deref(),
                message: message_text.as_deref(),
                stage: stage_text.as_deref(),
            }),
        }
    }
}

/// What is to be known of a failure: the class that tells most and what it said, and the root cause's class.
#[derive(Debug, Default)]
struct Known {
    class: Option<Span>,
    root_class: Option<Span>,
    message: Option<Span>,
}

impl Known {
    /// From the stack trace, where it shows an application's exception; else from what headers say, which is at most the
    /// direct cause, never the root.
    fn of(told: &Told, trace: &Trace<'_>, content: &Content) -> Self {
        let telling = |span: &Span| !is_wrapper(&content.text(*span));
        let told_class = [told.class, told.cause].into_iter().flatten().find(telling);
        // A wrapper's message is not that of what it wraps.
        let wraps = told.class.is_some_and(|class| !telling(&class));
        match (trace.thrown, trace.root()) {
            (Some(thrown), root) => Self {
                class: trace.place_of(Some(thrown.class)),
                root_class: trace.place_of(root.map(|root| root.class)),
                message: trace
                    .place_of(thrown.message)
                    .map(|cut| whole(cut, told, content))
                    .or(told.message.filter(|_| !wraps)),
            },
            (None, Some(root)) => {
                let message = told.message.or_else(|| trace.place_of(root.message));
                let root = if told_class.is_none() { trace.place_of(Some(root.class)) } else { None };
                Self { class: told_class.or(root), root_class: root, message }
            }
            (None, None) => Self::without_trace(told, told_class, content),
        }
    }

    fn without_trace(told: &Told, told_class: Option<Span>, content: &Content) -> Self {
        let nested = told.message.and_then(|message| Nested::read(message, content));
        let nested_class = nested.as_ref().and_then(Nested::class);
        let class = told_class.or(nested_class).or(told.cause).or(told.class);
        let is_cause = class == told.cause && class != told.class;
        let inside = || nested.as_ref()?.message_of(&content.text(class?));
        Self {
            class,
            root_class: None,
            message: told.cause_message.filter(|_| is_cause).or_else(inside).or_else(|| {
                let message = told.message?;
                if is_cause { nested::behind_wrapper(message, content) } else { Some(message) }
            }),
        }
    }
}

/// A message in a stack trace ends where a line looks like a frame. The message told beside it may go on there.
fn whole(cut: Span, told: &Told, content: &Content) -> Span {
    let goes_on = || {
        let told = told.message?;
        let (whole, begin) = (content.bytes(told), content.bytes(cut));
        let after = whole.len().checked_sub(begin.len())?;
        let at = if whole.starts_with(begin) { 0 } else { memmem::find(whole, begin)? };
        let rest = whole.get(at..).filter(|_| at < after)?;
        let more = rest.get(begin.len()..)?;
        more.starts_with(b"\n").then(|| told.of_part(whole, nested::outermost(rest)))?
    };
    goes_on().unwrap_or(cut)
}

/// A stack trace and where it stands.
#[derive(Debug)]
struct Trace<'c> {
    parsed: StackTrace<'c>,
    /// The first exception that is no framework's wrapper.
    thrown: Option<Throwable<'c>>,
    text: &'c str,
    span: Option<Span>,
}

impl<'c> Trace<'c> {
    /// Reads a trace up to the first byte that is not UTF-8, such as a character that was cut in two at the end.
    fn read(told: &Told, content: &'c Content) -> Self {
        let bytes = told.stack_trace.map(|span| content.bytes(span)).unwrap_or_default();
        let text = std::str::from_utf8(bytes)
            .or_else(|error| std::str::from_utf8(bytes.get(..error.valid_up_to()).unwrap_or_default()))
            .unwrap_or_default();
        let parsed = StackTrace::parse(text);
        let thrown = parsed.throwables.iter().find(|throwable| !throwable.is_wrapper()).copied();
        Self { parsed, thrown, text, span: told.stack_trace }
    }

    fn root(&self) -> Option<&Throwable<'c>> {
        self.parsed.root()
    }

    /// Where a piece of the trace stands.
    fn place_of(&self, piece: Option<&str>) -> Option<Span> {
        self.span?.of_part(self.text.as_bytes(), piece?.as_bytes())
    }
}
