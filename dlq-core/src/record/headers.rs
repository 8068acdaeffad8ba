//! [`Headers`]: a message's headers as they stood on the wire, read in place.

use std::borrow::Cow;

use super::lengths;
use super::span::Span;

/// An iterator over a message's headers, in order; duplicates and nulls kept, names and values as bytes.
#[derive(Clone, Debug)]
pub struct Headers<'a> {
    rest: &'a [u8],
    at: usize,
}

/// One header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// The name; any bytes.
    pub name: &'a [u8],
    /// The value; `None` is null, which is not the same as empty.
    pub value: Option<&'a [u8]>,
    /// Where the value stands in its [`Content`](super::Content).
    pub span: Span,
}

impl<'a> Header<'a> {
    /// The name as text; what is not UTF-8 becomes U+FFFD.
    #[must_use]
    pub fn name_text(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.name)
    }
}

impl<'a> Headers<'a> {
    /// Reads encoded headers that begin at byte `at` of their block.
    pub(super) const fn new(encoded: &'a [u8], at: usize) -> Self {
        Self { rest: encoded, at }
    }

    /// The first header of this name.
    #[must_use]
    pub fn first(&self, name: &[u8]) -> Option<Header<'a>> {
        self.clone().find(|header| header.name == name)
    }

    /// The last header of this name.
    #[must_use]
    pub fn last_named(&self, name: &[u8]) -> Option<Header<'a>> {
        self.clone().filter(|header| header.name == name).last()
    }

    /// Whether the headers fill their bytes exactly.
    pub(super) fn fill_their_bytes(mut self) -> bool {
        self.by_ref().for_each(drop);
        self.rest.is_empty()
    }

    fn split(&self) -> Option<(Header<'a>, &'a [u8])> {
        let (name_len, rest) = lengths::split(self.rest)?;
        let (value_len, rest) = lengths::split(rest)?;
        let (name, rest) = rest.split_at_checked(usize::try_from(name_len).ok()?)?;
        let len = value_len.saturating_sub(1);
        let start = self.at + (self.rest.len() - rest.len());
        let (value, rest) = rest.split_at_checked(usize::try_from(len).ok()?)?;
        let span = Span::new(u32::try_from(start).ok()?, u32::try_from(len).ok()?);
        Some((Header { name, value: (value_len > 0).then_some(value), span }, rest))
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = Header<'a>;

    fn next(&mut self) -> Option<Header<'a>> {
        let (header, rest) = self.split()?;
        self.at += self.rest.len() - rest.len();
        self.rest = rest;
        Some(header)
    }
}
