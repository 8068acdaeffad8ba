//! From a failure as headers told it to the one that a record keeps: framework wrappers seen through, classified, and
//! with its fingerprint.

use dlq_core::record::classify::ErrorClassifier;
use dlq_core::record::trace::{FrameworkPrefixes, StackTrace, Throwable, is_wrapper};
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

/// The class that tells most, and the root cause's: from the stack trace, for a header tells at most the direct cause,
/// never the root.
fn classes(told: &Told, trace: &Trace<'_>, content: &Content) -> [Option<Span>; 2] {
    let root = trace.root().map(|root| root.class);
    if let Some(thrown) = trace.thrown {
        return [Some(thrown.class), root].map(|class| trace.place_of(class));
    }
    let telling = |span: &Span| !is_wrapper(&content.text(*span));
    match [told.class, told.cause].into_iter().flatten().find(telling) {
        None if root.is_some() => [trace.place_of(root); 2],
        None => [told.cause.or(told.class), None],
        class => [class, None],
    }
}

/// What the telling class said; else what the headers tell, mostly the wrapper's message and the direct cause's.
fn message(told: &Told, trace: &Trace<'_>) -> Option<Span> {
    let thrown = trace.place_of(trace.thrown.and_then(|thrown| thrown.message));
    thrown.or(told.message).or_else(|| trace.place_of(trace.root().and_then(|root| root.message)))
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
