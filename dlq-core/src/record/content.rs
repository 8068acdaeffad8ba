//! [`Content`]: headers, key and payload of one message, byte for byte, packed into one block.
//!
//! The block is the same in memory and in every store:
//!
//! ```text
//! 0  u8   layout version, 2
//! 1  u32  bytes of headers, little-endian
//! 5  headers
//!    key
//!    payload
//!    aside: all that is left; text about the failure that stands in no header (submitted records)
//! ```
//!
//! A header is its name's length, its value's length and one (0 for null), its name, its value. Key and payload are each
//! their length and two (0 for null, 1 for missing), and their bytes. Such lengths take as many bytes as they need: seven
//! bits a byte, the lowest first, and the eighth bit where more follow.

use std::borrow::Cow;

use bytes::{Bytes, BytesMut};
use xxhash_rust::xxh3::xxh3_64;

use super::headers::Headers;
use super::lengths;
use super::packer::ContentPacker;
use super::span::Span;

pub(super) const VERSION: u8 = 2;
/// Before the headers: version and bytes of headers.
pub(super) const PREAMBLE: usize = 5;

/// Told in the place of a length: there are no bytes, ...
pub(super) const NULL: u64 = 0;
/// ... there are some, but they are not here, ...
pub(super) const MISSING: u64 = 1;
/// ... there are as many as are told beyond this.
pub(super) const PRESENT: u64 = 2;

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

    /// The body that a block begins with, and what follows it.
    fn split(block: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (told, rest) = lengths::split(block)?;
        match told {
            NULL => Some((Self::Null, rest)),
            MISSING => Some((Self::Missing, rest)),
            told => {
                let (bytes, rest) = rest.split_at_checked(usize::try_from(told - PRESENT).ok()?)?;
                Some((Self::Present(bytes), rest))
            }
        }
    }
}

impl<'a> From<Option<&'a [u8]>> for Body<'a> {
    fn from(bytes: Option<&'a [u8]>) -> Self {
        bytes.map_or(Self::Null, Self::Present)
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
        let headers = &self.block[PREAMBLE..self.headers_end()];
        ContentPacker::with_headers(&mut arena, headers).finish(key, payload, aside)
    }

    /// What was just packed.
    pub(super) const fn packed(block: Bytes) -> Self {
        Self { block }
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
        let content = Self { block: block.clone() };
        if content.headers_end() > block.len() {
            return Err(damaged("its headers do not end within it"));
        }
        if !content.headers().fill_their_bytes() {
            return Err(damaged("its headers do not add up to their length"));
        }
        content.bodies().ok_or_else(|| damaged("key or payload do not end within it"))?;
        Ok(content)
    }

    /// Takes a block as a store kept it, beside the [checksum](Self::checksum) with which it was kept.
    ///
    /// # Errors
    /// [`ContentError::Damaged`] where a bit of it is no longer what it was, or where it never followed the layout.
    pub fn verified(block: Bytes, checksum: u64) -> Result<Self, ContentError> {
        if xxh3_64(&block) != checksum {
            return Err(ContentError::Damaged { len: block.len(), why: "it does not have its checksum" });
        }
        Self::from_block(block)
    }

    /// What a header is in every block that has it: for stores that search blocks.
    ///
    /// # Errors
    /// Name or value is 4 GiB or larger.
    pub fn header_bytes(name: &[u8], value: Option<&[u8]>) -> Result<Bytes, ContentError> {
        let content = Self::pack([(name, value)], Body::Null, Body::Null)?;
        Ok(content.block.slice(PREAMBLE..content.headers_end()))
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
        xxh3_64(&self.block[self.headers_end()..self.aside_start()])
    }

    /// The headers, in order; duplicates and nulls kept.
    #[must_use]
    pub fn headers(&self) -> Headers<'_> {
        Headers::new(&self.block[PREAMBLE..self.headers_end()], PREAMBLE)
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> Body<'_> {
        Body::split(&self.block[self.headers_end()..]).map_or(Body::Null, |(key, _)| key)
    }

    /// The payload.
    #[must_use]
    pub fn payload(&self) -> Body<'_> {
        self.bodies().map_or(Body::Null, |(payload, _)| payload)
    }

    /// Where the aside stands.
    #[must_use]
    pub fn aside(&self) -> Span {
        let (start, end) = (self.aside_start(), self.block.len());
        Span::new(u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end - start).unwrap_or(0))
    }

    /// The bytes of a span; none if it lies outside.
    #[must_use]
    pub fn bytes(&self, span: Span) -> &[u8] {
        let start = span.start() as usize;
        self.block.get(start..start.saturating_add(span.len() as usize)).unwrap_or_default()
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

    /// The payload, and what follows it; nothing only where the block is damaged, and then there is no [`Content`].
    fn bodies(&self) -> Option<(Body<'_>, &[u8])> {
        let (_, rest) = Body::split(&self.block[self.headers_end()..])?;
        Body::split(rest)
    }

    fn aside_start(&self) -> usize {
        self.block.len() - self.bodies().map_or(0, |(_, aside)| aside.len())
    }

    fn headers_end(&self) -> usize {
        let told = self.block[1..].first_chunk().copied().map_or(0, u32::from_le_bytes);
        PREAMBLE + told as usize
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
