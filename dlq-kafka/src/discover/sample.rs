//! What stands on the latest letters of a topic.

use dlq_core::TopicName;
use dlq_core::record::classify::ErrorClassifier;
use dlq_core::record::{Body, Content, ContentPacker, DialectName};
use rdkafka::message::BorrowedMessage;

use crate::dialect::DialectReader;
use crate::error::SourceError;
use crate::raw_headers;
use crate::scan::{Scan, Stretches};

/// How many letters of a partition are looked at.
const LETTERS: i64 = 3;
/// How many partitions that hold any are looked at.
const PARTITIONS: usize = 4;

/// The dialect that stands on every one of the latest letters; none where there are no letters. A topic to which records
/// were sent home does not pass: what was sent there bears no framework's headers any more.
pub(super) fn dialect(scan: &Scan, topic: &TopicName) -> Result<Option<DialectName>, SourceError> {
    let mut reader = DialectReader::new(ErrorClassifier::builtin());
    let (mut first, mut all) = (None, true);
    scan.read(topic.as_str(), latest(scan, topic)?, |message| {
        let from = scan.place_of(topic, message);
        let captured = reader.read(from, headers(message)?);
        let dialect = captured.provenance.dialects.first().cloned();
        match dialect.filter(|dialect| !is_retry(dialect)) {
            Some(dialect) => first = first.take().or(Some(dialect)),
            None => all = false,
        }
        Ok(())
    })?;
    Ok(first.filter(|_| all))
}

/// Letters that wait for a retry are not dead yet: their framework comes for them.
fn is_retry(dialect: &str) -> bool {
    dialect.ends_with("-retry")
}

fn latest(scan: &Scan, topic: &TopicName) -> Result<Stretches, SourceError> {
    let mut stretches = Stretches::new();
    for partition in scan.partitions(topic.as_str())? {
        let (low, high) = scan.log(topic.as_str(), partition)?;
        if low < high && stretches.len() < PARTITIONS {
            stretches.insert(partition, (low.max(high - LETTERS), high));
        }
    }
    Ok(stretches)
}

/// The headers of a message alone: bodies are not looked at.
fn headers(message: &BorrowedMessage<'_>) -> Result<Content, SourceError> {
    let mut arena = bytes::BytesMut::new();
    let mut packer = ContentPacker::new(&mut arena);
    raw_headers::read(message, |name, value| packer.header(name, value))?;
    Ok(packer.finish(Body::Null, Body::Null, b"")?)
}
