//! From a failure as headers told it to the one that a record keeps: framework wrappers seen through, classified, and
//! with its fingerprint.

use dlq_core::record::classify::ErrorClassifier;
use dlq_core::record::trace::{FrameworkPrefixes, StackTrace, is_wrapper};
use dlq_core::record::{CapturedFailure, Content, Fingerprint, FingerprintInput, Span};

use super::hops::Told;

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

    /// The failure of the letter `content` that first failed, as far as known, in `topic`.
    pub(super) fn judge(&self, told: &Told, topic: &str, content: &Content) -> CapturedFailure {
        let trace = Trace::read(told, content);
        let [class, root_class] = classes(told, &trace, content);
        let message = message(told, &trace);
        let [class_text, root_text, message_text, stage_text] =
            [class, root_class, message, told.stage].map(|span| span.map(|span| content.text(span)));
        let (class_text, root_text) = (class_text.as_deref(), root_text.as_deref());
        let classify = || self.classifier.classify(class_text, root_text, message_text.as_deref());
        let frame = trace.parsed.application_frame(&self.frameworks).map(|frame| frame.stable_name());
        CapturedFailure {
            class,
            root_class,
            message,
            stack_trace: told.stack_trace,
            stage: told.stage,
            component: told.component,
            attempts: None,
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

/// The class that tells most, and the root cause's.
///
/// A header tells at most the direct cause: the root stands in the stack trace or is unknown.
fn classes(told: &Told, trace: &Trace<'_>, content: &Content) -> [Option<Span>; 2] {
    let telling = |span: &Option<Span>| span.is_some_and(|span| !is_wrapper(&content.text(span)));
    let headers = [told.class, told.cause];
    match (trace.class(), headers.into_iter().find(telling).flatten()) {
        (Some(class), told) if !trace.tells_wrappers_only() || told.is_none() => {
            [Some(class), trace.root_class()]
        }
        (_, Some(class)) => [Some(class), None],
        _ => [told.cause.or(told.class), None],
    }
}

/// What the telling class said. Where the trace has only wrappers, the header says more: theirs and the cause's.
fn message(told: &Told, trace: &Trace<'_>) -> Option<Span> {
    let thrown = if trace.tells_wrappers_only() { None } else { trace.message() };
    thrown.or(told.message).or_else(|| trace.message())
}

/// A stack trace and where it stands.
#[derive(Debug, Default)]
struct Trace<'c> {
    parsed: StackTrace<'c>,
    text: &'c str,
    span: Option<Span>,
}

impl<'c> Trace<'c> {
    /// Reads a trace up to the first byte that is not UTF-8, such as a character that was cut in two at the end.
    fn read(told: &Told, content: &'c Content) -> Self {
        let bytes = told.stack_trace.map(|span| content.bytes(span)).unwrap_or_default();
        let text = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        Self { parsed: StackTrace::parse(text), text, span: told.stack_trace }
    }

    fn class(&self) -> Option<Span> {
        self.place_of(self.parsed.class()?)
    }

    fn root_class(&self) -> Option<Span> {
        self.place_of(self.parsed.root()?.class)
    }

    fn message(&self) -> Option<Span> {
        self.place_of(self.parsed.message()?)
    }

    fn tells_wrappers_only(&self) -> bool {
        self.parsed.throwables.iter().all(|throwable| throwable.is_wrapper())
    }

    fn place_of(&self, part: &str) -> Option<Span> {
        self.span?.of_part(self.text.as_bytes(), part.as_bytes())
    }
}
