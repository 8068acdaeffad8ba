//! A record as it stands in quarantine: what is written, and how it is read again.

use std::collections::HashMap;

use bytes::BytesMut;
use dlq_core::record::{Body, CapturedFrom, Content, ContentError, ContentPacker, SourcePartition};
use dlq_core::storage::Quarantined;
use dlq_core::{RecordId, Timestamp, TopicName};
use rdkafka::message::{BorrowedMessage, Message, OwnedHeaders};

use crate::raw_headers;

/// Why the storage refused it.
const REASON: &str = "dlq.quarantine.reason";
/// When it was kept.
const AT: &str = "dlq.quarantine.at";
/// Where it was captured; null for a record that was submitted.
const CLUSTER: &str = "dlq.quarantine.cluster";
const TOPIC: &str = "dlq.quarantine.topic";
const PARTITION: &str = "dlq.quarantine.partition";
const OFFSET: &str = "dlq.quarantine.offset";
const TIMESTAMP: &str = "dlq.quarantine.timestamp";
/// Its key, and whether that is there.
const KEY: &str = "dlq.quarantine.key";
const KEY_STATE: &str = "dlq.quarantine.key.state";
/// Whether its payload is there.
const PAYLOAD_STATE: &str = "dlq.quarantine.payload.state";

/// Our headers; each stands exactly once, before the record's own, which may bear any name.
const OURS: [&str; 10] =
    [REASON, AT, CLUSTER, TOPIC, PARTITION, OFFSET, TIMESTAMP, KEY, KEY_STATE, PAYLOAD_STATE];

/// Longer reasons are cut, so that a record that just fits is not kept out by what was said about it.
const REASON_BYTES_MAX: usize = 4096;

/// A record in quarantine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantinedEntry {
    /// The record's id.
    pub id: RecordId,
    /// Why the storage refused it.
    pub reason: String,
    /// Where it was captured; `None` for a record that was submitted.
    pub from: Option<CapturedFrom>,
    /// When it was kept, for the last time.
    pub at: Timestamp,
    /// The bytes of its key, payload and headers.
    pub bytes: u64,
}

/// A message in the quarantine topic that we did not write.
#[derive(Debug, thiserror::Error)]
pub(super) enum Foreign {
    #[error("its key is no record id")]
    Key,
    #[error("its header {0} is missing or cannot be read")]
    Header(&'static str),
    #[error(transparent)]
    Content(#[from] ContentError),
}

/// The headers of a record in quarantine.
pub(super) fn headers(kept: &Quarantined, content: &Content, now: Timestamp) -> OwnedHeaders {
    let from = kept.record.captured.from.as_ref();
    let told = |tell: fn(&CapturedFrom) -> String| from.map(|from| tell(from).into_bytes());
    let reason = kept.reason.get(..kept.reason.floor_char_boundary(REASON_BYTES_MAX)).unwrap_or_default();
    let ours: [(&str, Option<Vec<u8>>); OURS.len()] = [
        (REASON, Some(reason.into())),
        (AT, Some(now.as_millis().to_string().into())),
        (CLUSTER, told(|from| from.source.cluster.to_string())),
        (TOPIC, told(|from| from.source.topic.to_string())),
        (PARTITION, told(|from| from.source.partition.to_string())),
        (OFFSET, told(|from| from.offset.to_string())),
        (TIMESTAMP, told(|from| from.timestamp.as_millis().to_string())),
        (KEY, content.key().bytes().map(<[u8]>::to_vec)),
        (KEY_STATE, Some(state(content.key()).into())),
        (PAYLOAD_STATE, Some(state(content.payload()).into())),
    ];
    let mut headers = OwnedHeaders::new_with_capacity(32);
    for (name, value) in &ours {
        raw_headers::add(&mut headers, name.as_bytes(), value.as_deref());
    }
    for header in content.headers() {
        raw_headers::add(&mut headers, header.name, header.value);
    }
    headers
}

/// Of which record a message is.
pub(super) fn id_of(message: &BorrowedMessage<'_>) -> Result<RecordId, Foreign> {
    let text = message.key().and_then(|key| std::str::from_utf8(key).ok());
    text.and_then(|text| text.parse().ok()).ok_or(Foreign::Key)
}

/// What a message keeps.
pub(super) fn read(message: &BorrowedMessage<'_>) -> Result<(QuarantinedEntry, Content), Foreign> {
    let id = id_of(message)?;
    let (mut ours, mut arena) = (Ours::default(), BytesMut::new());
    let mut packer = ContentPacker::new(&mut arena);
    raw_headers::read(
        message,
        |name, value| {
            if ours.takes(name, value) { Ok(()) } else { packer.header(name, value) }
        },
    )?;
    let key = body(ours.text(KEY_STATE)?, ours.bytes(KEY), KEY_STATE)?;
    let payload = body(ours.text(PAYLOAD_STATE)?, message.payload(), PAYLOAD_STATE)?;
    let content = packer.finish(key, payload, b"")?;
    let entry = QuarantinedEntry {
        id,
        reason: ours.text(REASON)?.to_owned(),
        from: ours.from()?,
        at: Timestamp::from_millis(ours.parse(AT)?),
        bytes: content.block().len() as u64,
    };
    Ok((entry, content))
}

/// Our headers of one message, by name.
#[derive(Default)]
struct Ours(HashMap<&'static str, Option<Vec<u8>>>);

impl Ours {
    /// Takes a header that is ours: the first of one of our names.
    fn takes(&mut self, name: &[u8], value: Option<&[u8]>) -> bool {
        let ours = OURS.into_iter().find(|ours| ours.as_bytes() == name && !self.0.contains_key(ours));
        ours.is_some_and(|name| self.0.insert(name, value.map(<[u8]>::to_vec)).is_none())
    }

    fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name)?.as_deref()
    }

    fn text(&self, name: &'static str) -> Result<&str, Foreign> {
        let text = self.bytes(name).and_then(|bytes| std::str::from_utf8(bytes).ok());
        text.ok_or(Foreign::Header(name))
    }

    fn parse<T: std::str::FromStr>(&self, name: &'static str) -> Result<T, Foreign> {
        self.text(name)?.parse().map_err(|_| Foreign::Header(name))
    }

    fn from(&self) -> Result<Option<CapturedFrom>, Foreign> {
        if self.bytes(CLUSTER).is_none() {
            return Ok(None);
        }
        Ok(Some(CapturedFrom {
            source: SourcePartition {
                cluster: self.text(CLUSTER)?.into(),
                topic: self.parse::<TopicName>(TOPIC)?,
                partition: self.parse(PARTITION)?,
            }
            .into(),
            offset: self.parse(OFFSET)?,
            timestamp: Timestamp::from_millis(self.parse(TIMESTAMP)?),
        }))
    }
}

const fn state(body: Body<'_>) -> &'static str {
    match body {
        Body::Present(_) => "present",
        Body::Null => "null",
        Body::Missing => "missing",
    }
}

fn body<'b>(state: &str, bytes: Option<&'b [u8]>, header: &'static str) -> Result<Body<'b>, Foreign> {
    match state {
        "present" => Ok(Body::Present(bytes.unwrap_or_default())),
        "null" => Ok(Body::Null),
        "missing" => Ok(Body::Missing),
        _ => Err(Foreign::Header(header)),
    }
}
