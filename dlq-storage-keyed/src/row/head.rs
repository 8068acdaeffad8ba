//! What was captured: written once.

use std::borrow::Cow;

use bytes::Bytes;
use dlq_core::record::{Captured, Content, DlqRecord, FailureSummary, RecordId};
use dlq_core::storage::StorageResult;
use minicbor::{Decode, Encode};

use crate::error::corrupt;

/// How many bytes the number of a content has.
const NUMBER: usize = size_of::<u64>();

/// What is listed of a record beside its state: all that was captured but the content, and those texts of the captured
/// failure that lists and filters read, which stand in the content.
#[derive(Encode, Decode)]
#[cbor(map)]
struct Head<'a> {
    #[b(0)]
    #[cbor(with = "minicbor::bytes")]
    details: Cow<'a, [u8]>,
    #[n(1)]
    class: Option<String>,
    #[n(2)]
    root_class: Option<String>,
    #[n(3)]
    message: Option<String>,
    #[n(4)]
    lane: Option<i64>,
}

/// A record's head: the number under which its content stands, and what is listed.
pub(crate) fn head(record: &DlqRecord, lane: Option<i64>, number: u64) -> Vec<u8> {
    let captured = &record.captured;
    let failure = captured.content.as_ref().map(|content| captured.failure.summary(content));
    let FailureSummary { class, root_class, message, .. } = failure.unwrap_or_default();
    let own = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
    let head = Head {
        details: Cow::Owned(captured.details()),
        class: own(class),
        root_class: own(root_class),
        message: own(message),
        lane,
    };
    let mut bytes = number.to_be_bytes().to_vec();
    // Writing into memory cannot fail.
    minicbor::encode(head, &mut bytes).unwrap_or_default();
    bytes
}

/// Under which key a record's content is. The number is given out anew each time one is stored, so that who stores the
/// same record again never meets what a purge still takes away, and what was written in vain is nobody else's.
pub(crate) fn content_key(id: RecordId, head: &[u8]) -> Option<Vec<u8>> {
    head.first_chunk::<NUMBER>().map(|number| [&id.to_bytes()[..], number].concat())
}

/// A head as it was read.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) captured: Captured,
    pub(super) failure: FailureSummary<'static>,
    pub(super) lane: Option<i64>,
}

pub(super) fn told(bytes: &[u8]) -> StorageResult<Told> {
    let damaged = || corrupt("read", "a stored record is damaged");
    let head: Head<'_> = minicbor::decode(bytes.get(NUMBER..).unwrap_or_default())
        .map_err(|error| damaged().caused_by(error))?;
    let captured = Captured::from_details(&head.details, None).map_err(|error| damaged().caused_by(error))?;
    let failure = FailureSummary {
        class: head.class.map(Cow::Owned),
        root_class: head.root_class.map(Cow::Owned),
        message: head.message.map(Cow::Owned),
        error_type: captured.failure.error_type,
        fingerprint: captured.failure.fingerprint,
    };
    Ok(Told { captured, failure, lane: head.lane })
}

/// A record's content: its checksum, and its block.
pub(crate) fn content(content: &Content) -> Vec<u8> {
    [content.checksum().to_be_bytes().as_slice(), content.block()].concat()
}

pub(super) fn read_content(bytes: Vec<u8>) -> StorageResult<Content> {
    let mut block = Bytes::from(bytes);
    let checksum = block.first_chunk().map(|first| u64::from_be_bytes(*first));
    let checksum = checksum.ok_or_else(|| corrupt("read", "a stored record's content is cut off"))?;
    let content = Content::from_block(block.split_off(size_of::<u64>()))
        .map_err(|error| corrupt("read", "a stored record is damaged").caused_by(error))?;
    if content.checksum() != checksum {
        return Err(corrupt("read", "a stored record's content does not have its checksum"));
    }
    Ok(content)
}
