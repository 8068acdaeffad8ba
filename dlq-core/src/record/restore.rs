//! [`Restore`]: the part of a record's JSON that only an import reads. With the rest of the view it tells all there is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Deserializer, Serialize};

use super::{CapturedFailure, Content, DlqRecord, ErrorType, FailureContext, Fingerprint, Span};

/// What a record's view does not tell, for people have no use for it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Restore {
    /// XXH3-64 over the content's block, in 16 hexadecimal digits.
    pub(super) checksum: String,
    /// The content's aside.
    pub(super) aside: Bytes64,
    /// The failure as it was captured.
    pub(super) captured_failure: Spans,
    /// The current failure is another than the captured one.
    pub(super) refailed: bool,
    pub(super) fence: u64,
    pub(super) unsettled_claims: u32,
    pub(super) revision: u32,
}

/// Where the captured failure's texts stand in the content's block: first byte and length.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Spans {
    class: Option<[u32; 2]>,
    root_class: Option<[u32; 2]>,
    message: Option<[u32; 2]>,
    stack_trace: Option<[u32; 2]>,
    stage: Option<[u32; 2]>,
    component: Option<[u32; 2]>,
    #[serde(rename = "type")]
    error_type: ErrorType,
    fingerprint: Fingerprint,
}

impl Restore {
    /// The part of this record; nothing without its content.
    pub(super) fn of(record: &DlqRecord) -> Option<Self> {
        let (content, progress) = (record.captured.content.as_ref()?, &record.progress);
        Some(Self {
            checksum: checksum(content),
            aside: Bytes64(content.bytes(content.aside()).to_vec()),
            captured_failure: Spans::of(&record.captured.failure),
            refailed: progress.failure.is_some(),
            fence: progress.fence,
            unsettled_claims: progress.unsettled_claims,
            revision: progress.revision,
        })
    }
}

/// The content's checksum as JSON tells it.
pub(super) fn checksum(content: &Content) -> String {
    format!("{:016x}", content.checksum())
}

impl Spans {
    fn of(failure: &CapturedFailure) -> Self {
        let context = failure.context();
        let place = |span: Option<Span>| span.map(|span| [span.start(), span.len()]);
        Self {
            class: place(failure.class),
            root_class: place(failure.root_class),
            message: place(failure.message),
            stack_trace: place(failure.stack_trace),
            stage: place(context.stage),
            component: place(context.component),
            error_type: failure.error_type,
            fingerprint: failure.fingerprint,
        }
    }

    /// The failure in this content, that often tried; the name of the text that lies outside of it, if one does.
    pub(super) fn failure(
        &self,
        content: &Content,
        attempts: Option<u32>,
    ) -> Result<CapturedFailure, &'static str> {
        let end = content.block().len() as u64;
        let span = |name, place: Option<[u32; 2]>| match place {
            Some([start, len]) if u64::from(start) + u64::from(len) > end => Err(name),
            place => Ok(place.map(|[start, len]| Span::new(start, len))),
        };
        let (stage, component) = (span("stage", self.stage)?, span("component", self.component)?);
        Ok(CapturedFailure {
            class: span("class", self.class)?,
            root_class: span("root_class", self.root_class)?,
            message: span("message", self.message)?,
            stack_trace: span("stack_trace", self.stack_trace)?,
            context: FailureContext { stage, component, attempts }.kept(),
            error_type: self.error_type,
            fingerprint: self.fingerprint,
        })
    }
}

/// Bytes that JSON tells in base64.
#[derive(Debug)]
pub(super) struct Bytes64(pub(super) Vec<u8>);

impl Serialize for Bytes64 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = |error| {
            let start: String = text.chars().take(20).collect();
            serde::de::Error::custom(format!(
                "{start:?}… of {} bytes: {error}; base64 is allowed",
                text.len()
            ))
        };
        BASE64.decode(&text).map(Self).map_err(wrong)
    }
}
