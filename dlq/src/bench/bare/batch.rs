//! [`Batch`]: rows as the storage has them, column by column.

use std::time::Instant;

use anyhow::Context;
use bytes::{Bytes, BytesMut};
use dlq_core::record::{Body, CapturedFrom, Content, ContentPacker, RecordId, SourcePartition};
use dlq_core::{Clock, DlqRecord, SystemClock, Timestamp, TopicName};
use dlq_kafka::raw_headers;
use rdkafka::Message;
use rdkafka::message::BorrowedMessage;
use uuid::Uuid;

use crate::traffic::spring::SAID_AT;

/// The arena's size in bytes.
const ARENA_BYTES: usize = 1 << 20;
/// Which header holds the text that stands in the row, too.
const MESSAGE_HEADER: usize = 2;

/// What every row says: the bare program knows it without reading.
pub(super) const TOPIC: &str = "orders";
pub(super) const GROUP: &str = "order-service";
pub(super) const CLASS: &str = "java.net.SocketTimeoutException";
pub(super) const PENDING: i64 = 0;
pub(super) const ERROR_TYPE: i64 = 1;
pub(super) const FINGERPRINT: i64 = 0x5eed_5eed_5eed_5eed;
/// As many bytes as our details of such a letter have.
pub(super) const DETAILS: &[u8] = &[b'd'; 190];

/// Rows in the making: what differs between them, each column a list.
#[derive(Debug, Default)]
pub(in crate::bench) struct Batch {
    /// When the first message was polled.
    pub(super) since: Option<Instant>,
    pub(super) ids: Vec<Uuid>,
    pub(super) dead_letter_topics: Vec<TopicName>,
    pub(super) partitions: Vec<i64>,
    pub(super) lanes: Vec<i64>,
    pub(super) places: Vec<i64>,
    pub(super) times: Vec<i64>,
    pub(super) messages: Vec<String>,
    pub(super) keys: Vec<Option<Bytes>>,
    pub(super) sizes: Vec<i64>,
    pub(super) blocks: Vec<Bytes>,
}

impl Batch {
    pub(in crate::bench) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The rows of records.
    pub(in crate::bench) fn of(records: &[DlqRecord]) -> anyhow::Result<Self> {
        let mut batch = Self::default();
        records.iter().try_for_each(|record| batch.add(record))?;
        Ok(batch)
    }

    fn add(&mut self, record: &DlqRecord) -> anyhow::Result<()> {
        let (from, content) = (record.captured.from.as_ref(), record.captured.content.as_ref());
        let (from, content) = from.zip(content).context("a captured record")?;
        self.put(
            record.id.as_uuid(),
            from,
            content,
            record.failure().message.unwrap_or_default().into_owned(),
        )
    }

    fn put(
        &mut self,
        id: Uuid,
        from: &CapturedFrom,
        content: &Content,
        message: String,
    ) -> anyhow::Result<()> {
        let random = id.as_bytes().last_chunk().map_or(0, |bytes| i64::from_le_bytes(*bytes));
        self.ids.push(id);
        self.dead_letter_topics.push(from.source.topic.clone());
        self.partitions.push(from.source.partition.into());
        self.lanes.push(random);
        self.places.push(from.offset);
        self.times.push(SystemClock.now().as_millis());
        self.messages.push(message);
        self.keys.push(content.key().bytes().map(|key| content.block().slice_ref(key)));
        self.sizes.push(i64::try_from(content.payload().bytes().map_or(0, <[u8]>::len))?);
        self.blocks.push(content.block().clone());
        Ok(())
    }

    /// Copies a message into a row.
    pub(super) fn push(&mut self, message: &BorrowedMessage<'_>, arena: &mut BytesMut) -> anyhow::Result<()> {
        self.since.get_or_insert_with(Instant::now);
        if arena.capacity() < message.payload_len() + message.key_len() {
            arena.reserve(ARENA_BYTES);
        }
        let (mut packer, mut index, mut text) = (ContentPacker::new(arena), 0, String::new());
        raw_headers::read(message, |name, value| {
            if index == MESSAGE_HEADER {
                let said = value.and_then(|value| value.get(SAID_AT..));
                text = String::from_utf8_lossy(said.unwrap_or_default()).into_owned();
            }
            index += 1;
            packer.header(name, value)
        })?;
        let content = packer.finish(Body::from(message.key()), Body::from(message.payload()), b"")?;
        let from = self.from(message)?;
        self.put(RecordId::captured(&from).as_uuid(), &from, &content, text)
    }

    /// Where the message stands; of the cluster it is not told.
    fn from(&self, message: &BorrowedMessage<'_>) -> anyhow::Result<CapturedFrom> {
        let topic = match self.dead_letter_topics.last() {
            Some(topic) => topic.clone(),
            None => TopicName::new(message.topic())?,
        };
        let timestamp = Timestamp::from_millis(message.timestamp().to_millis().unwrap_or(-1));
        let (partition, offset) = (message.partition(), message.offset());
        Ok(CapturedFrom {
            source: SourcePartition { cluster: "".into(), topic, partition }.into(),
            offset,
            timestamp,
        })
    }
}
