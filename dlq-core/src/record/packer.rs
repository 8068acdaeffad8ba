//! [`ContentPacker`]: from a message to its block.

use bytes::{BufMut, BytesMut};

use super::content::{Body, Content, ContentError, MISSING, NULL, PREAMBLE, PRESENT, VERSION};
use super::lengths;

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
}

impl<'a> ContentPacker<'a> {
    /// Begins a message at the start of what is free in `arena`.
    pub fn new(arena: &'a mut BytesMut) -> Self {
        arena.clear();
        arena.put_bytes(0, PREAMBLE);
        Self { arena }
    }

    /// Begins a message whose headers these are, as another block has them.
    pub(super) fn with_headers(arena: &'a mut BytesMut, encoded: &[u8]) -> Self {
        let packer = Self::new(arena);
        packer.arena.put_slice(encoded);
        packer
    }

    /// Adds the next header; a value of `None` is null.
    ///
    /// # Errors
    /// Name or value is 4 GiB or larger.
    pub fn header(&mut self, name: &[u8], value: Option<&[u8]>) -> Result<(), ContentError> {
        let name_len = length("header name", name.len())?;
        let value_len = value.map(|value| length("header value", value.len())).transpose()?;
        lengths::put(self.arena, name_len.into());
        lengths::put(self.arena, value_len.map_or(0, |len| u64::from(len) + 1));
        self.arena.put_slice(name);
        self.arena.put_slice(value.unwrap_or_default());
        Ok(())
    }

    /// Ends the message with its key, its payload, and an aside: text that the record's spans may point at though it
    /// stands in no header.
    ///
    /// # Errors
    /// A part is 4 GiB or larger.
    pub fn finish(mut self, key: Body<'_>, payload: Body<'_>, aside: &[u8]) -> Result<Content, ContentError> {
        let headers = length("headers", self.arena.len() - PREAMBLE)?;
        self.body("key", key)?;
        self.body("payload", payload)?;
        length("aside", aside.len())?;
        self.arena.put_slice(aside);
        self.arena[0] = VERSION;
        self.arena[1..PREAMBLE].copy_from_slice(&headers.to_le_bytes());
        Ok(Content::packed(self.arena.split().freeze()))
    }

    fn body(&mut self, part: &'static str, body: Body<'_>) -> Result<(), ContentError> {
        let told = match body {
            Body::Null => NULL,
            Body::Missing => MISSING,
            Body::Present(bytes) => u64::from(length(part, bytes.len())?) + PRESENT,
        };
        lengths::put(self.arena, told);
        self.arena.put_slice(body.bytes().unwrap_or_default());
        Ok(())
    }
}

fn length(part: &'static str, len: usize) -> Result<u32, ContentError> {
    u32::try_from(len).map_err(|_| ContentError::TooLarge { part, len })
}
