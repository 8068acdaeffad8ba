//! [`Content`]: headers, key and payload of one message, byte for byte, packed into one block.
//!
//! The block is the same in memory and in every store. All numbers are little-endian:
//!
//! ```text
//! 0  u8   layout version, 1
//! 1  u8   state of the key      0 present · 1 null · 2 missing
//! 2  u8   state of the payload
//! 3  u8   zero
//! 4  u32  number of headers
//! 8  u32  bytes of headers ─┐
//! 12 u32  bytes of key      ├ in this order from byte 24 on
//! 16 u32  bytes of payload  │
//! 20 u32  bytes of aside   ─┘ text about the failure that stands in no header (submitted records)
//! ```
//!
//! A header is its name's length (u32), its value's length (u32, `u32::MAX` for null), its name, its value.

use std::borrow::Cow;

use bytes::{BufMut, Bytes, BytesMut};
use xxhash_rust::xxh3::xxh3_64;

use super::headers::{Headers, NULL};

const VERSION: u8 = 1;
const PREAMBLE: usize = 24;

/// The key or the payload of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// These bytes; none of them is not the same as null.
    Present(&'a [u8]),
    /// Null: as a payload, a tombstone.
    Null,
    /// Not in the dead letter, which only points at its source.
    Missing,
}

impl<'a> Body<'a> {
    /// The bytes, if they are present.
    #[must_use]
    pub const fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Self::Present(bytes) => Some(bytes),
            Self::Null | Self::Missing => None,
        }
    }

    const fn state(self) -> u8 {
        match self {
            Self::Present(_) => 0,
            Self::Null => 1,
            Self::Missing => 2,
        }
    }

    fn len(self) -> usize {
        self.bytes().map_or(0, <[u8]>::len)
    }
}

impl<'a> From<Option<&'a [u8]>> for Body<'a> {
    fn from(bytes: Option<&'a [u8]>) -> Self {
        bytes.map_or(Self::Null, Self::Present)
    }
}

/// A run of bytes inside a [`Content`]'s block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, minicbor::Encode, minicbor::Decode)]
pub struct Span {
    /// The first byte's place in the block.
    #[n(0)]
    pub start: u32,
    /// How many bytes.
    #[n(1)]
    pub len: u32,
}

impl Span {
    /// The part of this span that `part`, a sub-slice of `whole`, covers; `whole` being what this span stands for.
    #[must_use]
    pub fn of_part(self, whole: &[u8], part: &[u8]) -> Option<Self> {
        let skip = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
        let fits = skip.checked_add(part.len())? <= whole.len() && whole.len() <= self.len as usize;
        let start = self.start.checked_add(u32::try_from(skip).ok()?)?;
        fits.then_some(Self { start, len: u32::try_from(part.len()).ok()? })
    }
}

/// Headers, key and payload of one message, byte for byte, in one shared block that never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    block: Bytes,
}

/// A message that does not fit the layout, or a block that does not follow it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// A part of the message is larger than the layout can say.
    #[error("{part} of {len} bytes: less than 4 GiB are allowed")]
    TooLarge {
        /// Which part.
        part: &'static str,
        /// Its size in bytes.
        len: usize,
    },
    /// The block's bytes are not what was once packed.
    #[error("content block of {len} bytes is damaged: {why}")]
    Damaged {
        /// The block's size in bytes.
        len: usize,
        /// What does not hold.
        why: &'static str,
    },
}

/// Packs messages one after another into an arena, so that a batch costs one allocation and each byte one copy.
///
/// ```
/// use bytes::BytesMut;
/// use dlq_core::record::{Body, ContentPacker};
///
/// let mut arena = BytesMut::with_capacity(1024);
/// let mut message = ContentPacker::new(&mut arena);
/// message.header(b"trace", Some(b"01"))?;
/// let content = message.finish(Body::Present(b"k1"), Body::Null, b"")?;
/// assert_eq!(content.key(), Body::Present(b"k1"));
/// assert_eq!(content.headers().count(), 1);
/// # Ok::<(), dlq_core::record::ContentError>(())
/// ```
#[derive(Debug)]
pub struct ContentPacker<'a> {
    arena: &'a mut BytesMut,
    headers: u32,
}

impl<'a> ContentPacker<'a> {
    /// Begins a message at the start of what is free in `arena`.
    pub fn new(arena: &'a mut BytesMut) -> Self {
        arena.clear();
        arena.put_bytes(0, PREAMBLE);
        Self { arena, headers: 0 }
    }

    /// Adds the next header; a value of `None` is null.
    ///
    /// # Errors
    /// Name or value is 4 GiB or larger.
    pub fn header(&mut self, name: &[u8], value: Option<&[u8]>) -> Result<(), ContentError> {
        self.arena.put_u32_le(length("header name", name.len())?);
        self.arena.put_u32_le(value.map_or(Ok(NULL), |v| length("header value", v.len()))?);
        self.arena.put_slice(name);
        self.arena.put_slice(value.unwrap_or_default());
        self.headers += 1;
        Ok(())
    }

    /// Ends the message with its key, its payload, and an aside: text that the record's spans may point at though it
    /// stands in no header.
    ///
    /// # Errors
    /// A part is 4 GiB or larger.
    pub fn finish(self, key: Body<'_>, payload: Body<'_>, aside: &[u8]) -> Result<Content, ContentError> {
        let headers = length("headers", self.arena.len() - PREAMBLE)?;
        let lengths = [
            self.headers,
            headers,
            length("key", key.len())?,
            length("payload", payload.len())?,
            length("aside", aside.len())?,
        ];
        for part in [key.bytes().unwrap_or_default(), payload.bytes().unwrap_or_default(), aside] {
            self.arena.put_slice(part);
        }
        self.arena[..4].copy_from_slice(&[VERSION, key.state(), payload.state(), 0]);
        for (slot, len) in self.arena[4..PREAMBLE].chunks_exact_mut(4).zip(lengths) {
            slot.copy_from_slice(&len.to_le_bytes());
        }
        Ok(Content { block: self.arena.split().freeze() })
    }
}

fn length(part: &'static str, len: usize) -> Result<u32, ContentError> {
    u32::try_from(len).ok().filter(|&len| len != NULL).ok_or(ContentError::TooLarge { part, len })
}

impl Content {
    /// Packs one message into a block of its own.
    ///
    /// # Errors
    /// A part is 4 GiB or larger.
    pub fn pack<'h>(
        headers: impl IntoIterator<Item = (&'h [u8], Option<&'h [u8]>)>,
        key: Body<'_>,
        payload: Body<'_>,
    ) -> Result<Self, ContentError> {
        let mut arena = BytesMut::new();
        let mut packer = ContentPacker::new(&mut arena);
        for (name, value) in headers {
            packer.header(name, value)?;
        }
        packer.finish(key, payload, b"")
    }

    /// The same message with another key, payload and aside. Its headers stand where they stood, so that spans of them
    /// stay true; the checksum is another.
    ///
    /// # Errors
    /// A part is 4 GiB or larger.
    pub fn repacked(&self, key: Body<'_>, payload: Body<'_>, aside: &[u8]) -> Result<Self, ContentError> {
        let mut arena = BytesMut::with_capacity(self.block.len());
        let mut packer = ContentPacker::new(&mut arena);
        packer.arena.put_slice(&self.block[PREAMBLE..self.key_start()]);
        packer.headers = u32::try_from(self.number(4)).unwrap_or(u32::MAX);
        packer.finish(key, payload, aside)
    }

    /// Takes a block as a store kept it, and checks that it follows the layout to the last byte.
    ///
    /// # Errors
    /// [`ContentError::Damaged`] where it does not.
    pub fn from_block(block: Bytes) -> Result<Self, ContentError> {
        let damaged = |why| ContentError::Damaged { len: block.len(), why };
        if block.len() < PREAMBLE {
            return Err(damaged("shorter than its preamble"));
        }
        if block[0] != VERSION {
            return Err(damaged("of an unknown layout version"));
        }
        if block[1] > 2 || block[2] > 2 {
            return Err(damaged("of an unknown state of key or payload"));
        }
        let content = Self { block: block.clone() };
        let parts: u64 = [8, 12, 16, 20].into_iter().map(|at| content.number(at) as u64).sum();
        if parts + PREAMBLE as u64 != block.len() as u64 {
            return Err(damaged("its parts do not add up to its length"));
        }
        if content.headers().checked_count() != Some(content.number(4)) {
            return Err(damaged("its headers do not add up to their length"));
        }
        Ok(content)
    }

    /// The same message in a block of its own, which keeps no arena.
    #[must_use]
    pub fn detached(&self) -> Self {
        Self { block: Bytes::copy_from_slice(&self.block) }
    }

    /// The whole block, as stores keep it.
    #[must_use]
    pub const fn block(&self) -> &Bytes {
        &self.block
    }

    /// XXH3-64 over the whole block; kept beside it, and verified whenever it is read and before anything is sent.
    #[must_use]
    pub fn checksum(&self) -> u64 {
        xxh3_64(&self.block)
    }

    /// XXH3-64 over key and payload alone: what stays the same when headers are added on the way.
    #[must_use]
    pub fn body_checksum(&self) -> u64 {
        let start = self.key_start();
        let mut hash = xxhash_rust::xxh3::Xxh3::new();
        hash.update(&self.block[1..3]);
        hash.update(&self.block[12..20]);
        hash.update(&self.block[start..start + self.number(12) + self.number(16)]);
        hash.digest()
    }

    /// The headers, in order; duplicates and nulls kept.
    #[must_use]
    pub fn headers(&self) -> Headers<'_> {
        Headers::new(&self.block[PREAMBLE..self.key_start()], PREAMBLE)
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> Body<'_> {
        let start = self.key_start();
        self.body(1, start, self.number(12))
    }

    /// The payload.
    #[must_use]
    pub fn payload(&self) -> Body<'_> {
        let start = self.key_start() + self.number(12);
        self.body(2, start, self.number(16))
    }

    /// Where the aside stands.
    #[must_use]
    pub fn aside(&self) -> Span {
        let len = self.number(20);
        let start = self.block.len() - len;
        Span { start: u32::try_from(start).unwrap_or(u32::MAX), len: u32::try_from(len).unwrap_or(0) }
    }

    /// The bytes of a span; none if it lies outside.
    #[must_use]
    pub fn bytes(&self, span: Span) -> &[u8] {
        let start = span.start as usize;
        self.block.get(start..start.saturating_add(span.len as usize)).unwrap_or_default()
    }

    /// The text of a span; what is not UTF-8 becomes U+FFFD.
    #[must_use]
    pub fn text(&self, span: Span) -> Cow<'_, str> {
        lossy(self.bytes(span))
    }

    /// The payload as text, where it is there; what is not UTF-8 becomes U+FFFD.
    #[must_use]
    pub fn payload_text(&self) -> Option<Cow<'_, str>> {
        self.payload().bytes().map(lossy)
    }

    /// The key as text, where it is there; what is not UTF-8 becomes U+FFFD.
    #[must_use]
    pub fn key_text(&self) -> Option<Cow<'_, str>> {
        self.key().bytes().map(lossy)
    }

    fn body(&self, state_at: usize, start: usize, len: usize) -> Body<'_> {
        match self.block[state_at] {
            0 => Body::Present(&self.block[start..start + len]),
            1 => Body::Null,
            _ => Body::Missing,
        }
    }

    fn key_start(&self) -> usize {
        PREAMBLE + self.number(8)
    }

    fn number(&self, at: usize) -> usize {
        self.block[at..].first_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize)
    }
}

/// The text of bytes; what is not UTF-8 becomes U+FFFD. Checked as a whole first, for `from_utf8_lossy` goes through it
/// character by character.
fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

#[cfg(test)]
#[path = "content_tests.rs"]
mod tests;
