//! From JSON back to a record: what [`RecordView::to_restore`](super::RecordView::to_restore) wrote, byte for byte.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use bytes::BytesMut;
use serde::{Deserialize, Deserializer};

use super::restore::{Bytes64, Restore, checksum};
use super::{
    Attempt, Body, Captured, CapturedFailure, CapturedFrom, Content, ContentPacker, Delivered, DlqRecord,
    DlqStatus, ErrorType, FailureSummary, Fingerprint, Hop, KnownBy, Name, Notes, Origin, Progress,
    Provenance, RecordId, RedriveId, SourcePartition, TopicName,
};
use crate::clock::Timestamp;

/// A text is no record that can be imported; the message names the field, the value and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct InvalidRecordJson {
    field: String,
    problem: String,
}

impl InvalidRecordJson {
    fn new(field: impl Into<String>, problem: impl Display) -> Self {
        Self { field: field.into(), problem: problem.to_string() }
    }
}

#[derive(Deserialize)]
struct RecordJson {
    #[serde(deserialize_with = "parsed")]
    id: RecordId,
    version: u64,
    #[serde(deserialize_with = "parsed")]
    status: DlqStatus,
    origin: OriginJson,
    captured_from: Option<FromJson>,
    dialects: Vec<String>,
    unreadable: bool,
    key: BodyJson,
    payload: BodyJson,
    headers: Vec<HeaderJson>,
    failure: FailureJson,
    hops: Vec<HopJson>,
    warnings: Vec<String>,
    retry: RetryJson,
    attempt: Option<AttemptJson>,
    #[serde(default)]
    notes: Notes,
    created_at: Timestamp,
    updated_at: Timestamp,
    restore: Restore,
}

#[derive(Deserialize)]
struct OriginJson {
    topic: Option<TopicName>,
    partition: Option<i32>,
    offset: Option<i64>,
    timestamp: Option<Timestamp>,
    consumer_group: Option<String>,
    known_by: Option<KnownBy>,
}

#[derive(Deserialize)]
struct FromJson {
    cluster: String,
    topic: TopicName,
    partition: i32,
    offset: i64,
    timestamp: Timestamp,
}

#[derive(Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum BodyJson {
    Present { base64: Bytes64 },
    Null,
    Missing,
}

#[derive(Deserialize)]
struct HeaderJson {
    name: Option<String>,
    name_base64: Option<Bytes64>,
    /// Null is a value of its own, so the field has to be there.
    #[serde(deserialize_with = "Option::deserialize")]
    base64: Option<Bytes64>,
}

#[derive(Deserialize)]
struct FailureJson {
    class: Option<String>,
    root_cause_class: Option<String>,
    message: Option<String>,
    framework_attempts: Option<u32>,
    #[serde(rename = "type", deserialize_with = "parsed")]
    error_type: ErrorType,
    fingerprint: Fingerprint,
}

#[derive(Deserialize)]
struct HopJson {
    topic: Option<TopicName>,
    partition: Option<i32>,
    offset: Option<i64>,
    timestamp: Option<Timestamp>,
    consumer_group: Option<String>,
    dialect: String,
}

#[derive(Deserialize)]
struct RetryJson {
    count: u32,
    last_at: Option<Timestamp>,
    due_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct AttemptJson {
    number: u32,
    redrive_id: RedriveId,
    target: Option<TopicName>,
    partition: Option<i32>,
    offset: Option<i64>,
    open: bool,
}

/// A text that the value's own type reads, and says what it allows.
fn parsed<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

impl DlqRecord {
    /// Reads a record that [`RecordView::to_restore`](super::RecordView::to_restore) wrote as JSON: the same record in
    /// every byte, but without a lease, for who held it there does not hold it here. Fields that are not known are
    /// passed over, for later versions add some.
    ///
    /// # Errors
    /// The text is no JSON, a field is missing or holds what it may not, or two fields contradict each other: the content
    /// and its checksum, or the id and the place of capture that it is made of.
    pub fn from_json(text: &str) -> Result<Self, InvalidRecordJson> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let json: RecordJson = serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| InvalidRecordJson::new(error.path().to_string(), error.inner()))?;
        reader.end().map_err(|error| InvalidRecordJson::new("record", error))?;
        json.record()
    }
}

impl RecordJson {
    fn record(self) -> Result<DlqRecord, InvalidRecordJson> {
        let content = self.content()?;
        let from = self.captured_from.as_ref().map(FromJson::captured_from);
        self.check_id(from.as_ref())?;
        let failure = self.captured_failure(&content)?;
        let progress = self.progress();
        let origin = self.origin.origin();
        let provenance = Provenance {
            dialects: self.dialects.into_iter().map(Cow::Owned).collect(),
            warnings: self.warnings,
            unreadable: self.unreadable,
            ..Provenance::default()
        };
        let hops = self.hops.into_iter().map(HopJson::hop).collect();
        let provenance = provenance.with_hops(hops, &origin).into();
        let captured = Captured { from, content: Some(content), origin, provenance, failure };
        Ok(DlqRecord {
            id: self.id,
            version: self.version,
            captured: Arc::new(captured),
            progress: progress.into(),
        })
    }

    fn content(&self) -> Result<Content, InvalidRecordJson> {
        let mut arena = BytesMut::new();
        let mut packer = ContentPacker::new(&mut arena);
        let wrong = |field: &str, problem: &dyn Display| InvalidRecordJson::new(field, problem);
        for (number, header) in self.headers.iter().enumerate() {
            let field = format!("headers[{number}]");
            let name = header.name_bytes().ok_or_else(|| {
                wrong(&field, &"either name, or name_base64 where the name is not UTF-8, is allowed")
            })?;
            let value = header.base64.as_ref().map(|value| value.0.as_slice());
            packer.header(name, value).map_err(|error| wrong(&field, &error))?;
        }
        let packed = packer.finish(self.key.body(), self.payload.body(), &self.restore.aside.0);
        let content = packed.map_err(|error| wrong("payload", &error))?;
        let (told, is) = (&self.restore.checksum, checksum(&content));
        if *told != is {
            let problem =
                format!("{told:?} is not the checksum of headers, key, payload and aside; allowed: {is:?}");
            return Err(wrong("restore.checksum", &problem));
        }
        Ok(content)
    }

    /// An id that is not made of the place of capture would let the same dead letter in twice.
    fn check_id(&self, from: Option<&CapturedFrom>) -> Result<(), InvalidRecordJson> {
        let told = self.id;
        match from.map(RecordId::captured).filter(|made| *made != told) {
            None => Ok(()),
            Some(made) => {
                let problem = format!("{told} is not what captured_from makes it; allowed: {made}");
                Err(InvalidRecordJson::new("id", problem))
            }
        }
    }

    fn captured_failure(&self, content: &Content) -> Result<CapturedFailure, InvalidRecordJson> {
        let attempts = self.failure.framework_attempts;
        self.restore.captured_failure.failure(content, attempts).map_err(|text| {
            let field = format!("restore.captured_failure.{text}");
            let bytes = content.block().len();
            InvalidRecordJson::new(field, format!("allowed: a place within the content's {bytes} bytes"))
        })
    }

    fn progress(&self) -> Progress {
        let (retry, restore) = (&self.retry, &self.restore);
        Progress {
            status: self.status,
            due_at: retry.due_at,
            retry_count: retry.count,
            last_retry_at: retry.last_at,
            expires_at: retry.expires_at,
            failure: restore.refailed.then(|| self.failure.summary()),
            attempt: self.attempt.as_ref().map(AttemptJson::attempt),
            lease: None,
            fence: restore.fence,
            unsettled_claims: restore.unsettled_claims,
            notes: self.notes(),
            revision: restore.revision,
            operation: None,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }

    /// The notes, with tags in the order that makes them findable.
    fn notes(&self) -> Notes {
        let mut notes = Notes { tags: Vec::new(), ..self.notes.clone() };
        self.notes.tags.iter().for_each(|tag| notes.add_tag(tag));
        notes
    }
}

impl OriginJson {
    fn origin(self) -> Origin {
        Origin {
            topic: self.topic,
            partition: self.partition,
            offset: self.offset,
            timestamp: self.timestamp,
            consumer_group: self.consumer_group.map(Name::from),
            known_by: self.known_by,
        }
    }
}

impl FromJson {
    fn captured_from(&self) -> CapturedFrom {
        CapturedFrom {
            source: SourcePartition {
                cluster: self.cluster.as_str().into(),
                topic: self.topic.clone(),
                partition: self.partition,
            }
            .into(),
            offset: self.offset,
            timestamp: self.timestamp,
        }
    }
}

impl BodyJson {
    fn body(&self) -> Body<'_> {
        match self {
            Self::Present { base64 } => Body::Present(&base64.0),
            Self::Null => Body::Null,
            Self::Missing => Body::Missing,
        }
    }
}

impl HeaderJson {
    fn name_bytes(&self) -> Option<&[u8]> {
        match (&self.name, &self.name_base64) {
            (Some(name), None) => Some(name.as_bytes()),
            (None, Some(name)) => Some(&name.0),
            (None, None) | (Some(_), Some(_)) => None,
        }
    }
}

impl FailureJson {
    fn summary(&self) -> FailureSummary<'static> {
        let failure = FailureSummary {
            class: self.class.as_deref().map(Cow::Borrowed),
            root_class: self.root_cause_class.as_deref().map(Cow::Borrowed),
            message: self.message.as_deref().map(Cow::Borrowed),
            error_type: self.error_type,
            fingerprint: self.fingerprint,
        };
        failure.into_owned()
    }
}

impl HopJson {
    fn hop(self) -> Hop {
        Hop {
            topic: self.topic,
            partition: self.partition,
            offset: self.offset,
            timestamp: self.timestamp,
            consumer_group: self.consumer_group.map(Name::from),
            dialect: Cow::Owned(self.dialect),
        }
    }
}

impl AttemptJson {
    fn attempt(&self) -> Attempt {
        let delivered = self.partition.zip(self.offset);
        Attempt {
            number: self.number,
            redrive_id: self.redrive_id,
            target: self.target.clone(),
            delivered: delivered.map(|(partition, offset)| Delivered { partition, offset }),
            open: self.open,
        }
    }
}
