//! A message becomes a record: its bytes are copied once, into the batch's arena.

use std::sync::Arc;

use dlq_core::record::{
    Arenas, Body, Captured, CapturedFrom, ContentPacker, Name, Progress, Shared, SourcePartition,
};
use dlq_core::{Clock, DlqRecord, DlqStatus, Timestamp, TopicName};
use rdkafka::Message;
use rdkafka::message::BorrowedMessage;

use crate::dialect::DialectReader;
use crate::error::SourceError;
use crate::raw_headers;

/// The arenas' size in bytes: large enough that most batches need one.
const ARENA_BYTES: usize = 1 << 20;
/// Room for the headers of most letters, in bytes, stack trace included: they are counted only while they are read.
const HEADERS_BYTES: usize = 16 << 10;

/// Makes records of messages.
#[derive(Debug)]
pub(super) struct Capture {
    cluster: Name,
    reader: DialectReader,
    clock: Arc<dyn Clock>,
    arenas: Arenas,
    /// The partition of the last message; the next is mostly of the same, and shares it.
    source: Option<Shared<SourcePartition>>,
    /// How the last record began; those of the same millisecond share it.
    begins: Shared<Progress>,
}

impl Capture {
    pub(super) fn new(cluster: Name, reader: DialectReader, clock: Arc<dyn Clock>) -> Self {
        Self {
            cluster,
            reader,
            clock,
            arenas: Arenas::of(ARENA_BYTES),
            source: None,
            begins: Progress::default().into(),
        }
    }

    /// The record that a message is. One that no reader could read is on hold, with its bytes.
    pub(super) fn record(&mut self, message: &BorrowedMessage<'_>) -> Result<DlqRecord, SourceError> {
        let from = self.captured_from(message)?;
        let bytes = message.payload_len() + message.key_len() + HEADERS_BYTES;
        let mut packer = ContentPacker::new(self.arenas.with_room(bytes));
        raw_headers::read(message, |name, value| packer.header(name, value))?;
        let content = packer.finish(Body::from(message.key()), Body::from(message.payload()), b"")?;
        let progress = self.progress();
        Ok(begin(self.reader.read(from, content), progress))
    }

    /// How a record begins now.
    fn progress(&mut self) -> Shared<Progress> {
        let now = self.clock.now();
        if self.begins.created_at != now {
            self.begins = Progress::new(now).into();
        }
        self.begins.clone()
    }

    /// Where a message stands.
    pub(super) fn captured_from(
        &mut self,
        message: &BorrowedMessage<'_>,
    ) -> Result<CapturedFrom, SourceError> {
        let is_its = |source: &&Shared<SourcePartition>| {
            source.partition == message.partition() && source.topic.as_str() == message.topic()
        };
        let source = match self.source.as_ref().filter(is_its) {
            Some(source) => source.clone(),
            None => self.source.insert(self.source_of(message)?.into()).clone(),
        };
        Ok(place_of(source, message))
    }

    /// The partition of a message; mostly another of the last one's topic.
    fn source_of(&self, message: &BorrowedMessage<'_>) -> Result<SourcePartition, SourceError> {
        let known = self.source.as_ref().map(|source| &source.topic);
        let topic = match known.filter(|topic| topic.as_str() == message.topic()) {
            Some(topic) => topic.clone(),
            None => TopicName::new(message.topic())?,
        };
        Ok(SourcePartition { cluster: self.cluster.clone(), topic, partition: message.partition() })
    }
}

/// The place of a message of this partition: what its record's id is made of, here and wherever it is looked up.
pub(crate) fn place_of(source: Shared<SourcePartition>, message: &BorrowedMessage<'_>) -> CapturedFrom {
    let timestamp = Timestamp::from_millis(message.timestamp().to_millis().unwrap_or(-1));
    CapturedFrom { source, offset: message.offset(), timestamp }
}

/// A record begins as pending; one that no reader could read begins on hold.
pub(crate) fn begin(captured: Captured, progress: Shared<Progress>) -> DlqRecord {
    let mut record = DlqRecord::with_progress(captured, progress);
    if record.captured.provenance.unreadable {
        record.progress.status = DlqStatus::OnHold;
        record.progress.notes.hold_reason = Some("no reader could read it".to_owned());
    }
    record
}

#[cfg(test)]
mod tests {
    use dlq_core::record::Provenance;

    use super::*;

    #[test]
    fn what_no_reader_could_read_is_kept_on_hold() {
        let captured = |unreadable| Captured {
            provenance: Provenance { unreadable, ..Provenance::default() }.into(),
            ..Captured::default()
        };
        let status = |unreadable| begin(captured(unreadable), Progress::default().into()).progress.status;
        assert_eq!((status(false), status(true)), (DlqStatus::Pending, DlqStatus::OnHold));
    }
}
