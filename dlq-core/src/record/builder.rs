//! [`DlqRecordBuilder`]: a dead letter that a program submits itself.

use std::any::type_name;
use std::error::Error;

use super::classify::ErrorClassifier;
use super::trace::{FrameworkPrefixes, StackTrace};
use super::{
    Captured, CapturedFailure, Content, ContentError, DlqRecord, ErrorType, Fingerprint, FingerprintInput,
    KnownBy, Name, Origin, PartitionId, Span, TopicName,
};
use crate::clock::Timestamp;

/// A message that failed, as the program that failed on it tells of it; what it does not tell is unknown.
///
/// ```
/// use dlq_core::{Clock, DlqRecord, ErrorType, SystemClock, TopicName};
///
/// let error = std::io::Error::new(std::io::ErrorKind::TimedOut, "connect timed out");
/// let record = DlqRecord::builder()
///     .origin(TopicName::new("orders")?, 3, 42)
///     .consumer_group("billing")
///     .key(b"k1")
///     .payload(br#"{"a":1}"#)
///     .header("trace", b"01")
///     .error(&error)
///     .build(SystemClock.now())?;
/// assert_eq!(record.failure().message.as_deref(), Some("connect timed out"));
/// assert_eq!(record.failure().error_type, ErrorType::TransientNetwork);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct DlqRecordBuilder {
    origin: Origin,
    key: Option<Vec<u8>>,
    payload: Option<Vec<u8>>,
    headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    class: Option<String>,
    message: Option<String>,
    stack_trace: Option<String>,
    error_type: Option<ErrorType>,
}

impl DlqRecord {
    /// Begins a record that a program submits itself.
    #[must_use]
    pub fn builder() -> DlqRecordBuilder {
        DlqRecordBuilder::default()
    }
}

impl DlqRecordBuilder {
    /// Where the message stands on which the program failed.
    #[must_use]
    pub fn origin(mut self, topic: TopicName, partition: PartitionId, offset: i64) -> Self {
        (self.origin.partition, self.origin.offset) = (Some(partition), Some(offset));
        self.topic(topic)
    }

    /// The topic alone, where the position is not known.
    #[must_use]
    pub fn topic(mut self, topic: TopicName) -> Self {
        self.origin.topic = Some(topic);
        self.origin.known_by = Some(KnownBy::Configuration);
        self
    }

    /// The message's own timestamp.
    #[must_use]
    pub const fn timestamp(mut self, timestamp: Timestamp) -> Self {
        self.origin.timestamp = Some(timestamp);
        self
    }

    /// The consumer group that failed on it.
    #[must_use]
    pub fn consumer_group(mut self, group: impl Into<Name>) -> Self {
        self.origin.consumer_group = Some(group.into());
        self
    }

    /// The key; without one it is null.
    #[must_use]
    pub fn key(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The payload; without one it is null.
    #[must_use]
    pub fn payload(mut self, payload: impl Into<Vec<u8>>) -> Self {
        self.payload = Some(payload.into());
        self
    }

    /// The next header; a name may come again.
    #[must_use]
    pub fn header(mut self, name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), Some(value.into())));
        self
    }

    /// What the program failed with: its type's name, what it says, and what its cause says.
    #[must_use]
    pub fn error<E: Error>(self, error: &E) -> Self {
        let causes = std::iter::successors(error.source(), |cause| (*cause).source());
        let message = causes.fold(error.to_string(), |told, cause| format!("{told}: {cause}"));
        self.failure(type_name::<E>(), message)
    }

    /// The class of the failure, such as `java.net.SocketTimeoutException`, and its message.
    #[must_use]
    pub fn failure(mut self, class: impl Into<String>, message: impl Into<String>) -> Self {
        (self.class, self.message) = (Some(class.into()), Some(message.into()));
        self
    }

    /// The stack trace.
    #[must_use]
    pub fn stack_trace(mut self, trace: impl Into<String>) -> Self {
        self.stack_trace = Some(trace.into());
        self
    }

    /// The type of the failure, where the [built-in rules](ErrorClassifier::builtin) are not to decide.
    #[must_use]
    pub const fn error_type(mut self, error_type: ErrorType) -> Self {
        self.error_type = Some(error_type);
        self
    }

    /// The record: new, pending since `now`, with an id of its own (UUIDv7).
    ///
    /// # Errors
    /// A part is 4 GiB or larger.
    pub fn build(self, now: Timestamp) -> Result<DlqRecord, ContentError> {
        let texts =
            [&self.class, &self.message, &self.stack_trace].map(|text| text.as_deref().unwrap_or_default());
        let headers = self.headers.iter().map(|(name, value)| (name.as_slice(), value.as_deref()));
        let (key, payload) = (self.key.as_deref(), self.payload.as_deref());
        let bare = Content::pack(headers, key.into(), payload.into())?;
        let content = bare.repacked(key.into(), payload.into(), texts.concat().as_bytes())?;
        let failure = self.judge(&content);
        let captured =
            Captured { content: Some(content), origin: self.origin, failure, ..Captured::default() };
        Ok(DlqRecord::new(captured, now))
    }

    /// The failure, its texts standing one after another in the aside.
    fn judge(&self, content: &Content) -> CapturedFailure {
        let mut at = content.aside().start();
        let mut place = |text: &Option<String>| {
            let len = u32::try_from(text.as_ref()?.len()).ok()?;
            at += len;
            Some(Span::new(at - len, len))
        };
        let (class, message) = (place(&self.class), place(&self.message));
        let stack_trace = place(&self.stack_trace);
        let trace = StackTrace::parse(self.stack_trace.as_deref().unwrap_or_default());
        let root = trace.root().map(|root| root.class);
        let frame = trace.application_frame(&FrameworkPrefixes::default()).map(|frame| frame.stable_name());
        let (class_text, message_text) = (self.class.as_deref(), self.message.as_deref());
        let classify = || ErrorClassifier::builtin().classify(class_text, root, message_text);
        let input = FingerprintInput {
            topic: self.origin.topic.as_ref().map_or("", TopicName::as_str),
            root_class: root.or(class_text),
            frame: frame.as_deref(),
            message: message_text,
            stage: None,
        };
        CapturedFailure {
            class,
            message,
            stack_trace,
            error_type: self.error_type.unwrap_or_else(classify),
            fingerprint: Fingerprint::of(&input),
            ..CapturedFailure::default()
        }
    }
}
