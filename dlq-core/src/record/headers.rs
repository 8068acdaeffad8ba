//! [`Headers`]: a message's headers as they stood on the wire, read in place.

use std::borrow::Cow;

use super::content::Span;

/// The length that stands for a null value.
pub(super) const NULL: u32 = u32::MAX;

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

    /// How many headers there are, if they fill their bytes exactly.
    pub(super) fn checked_count(mut self) -> Option<usize> {
        let count = self.by_ref().count();
        self.rest.is_empty().then_some(count)
    }

    fn split(&self) -> Option<(Header<'a>, usize)> {
        let (name_len, rest) = self.rest.split_first_chunk::<4>()?;
        let (value_len, rest) = rest.split_first_chunk::<4>()?;
        let name_len = u32::from_le_bytes(*name_len) as usize;
        let value_len = u32::from_le_bytes(*value_len);
        let (name, rest) = rest.split_at_checked(name_len)?;
        let null = value_len == NULL;
        let len = if null { 0 } else { value_len };
        let value = rest.get(..len as usize)?;
        let start = self.at + 8 + name_len;
        let span = Span { start: u32::try_from(start).ok()?, len };
        let header = Header { name, value: (!null).then_some(value), span };
        Some((header, 8 + name_len + len as usize))
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = Header<'a>;

    fn next(&mut self) -> Option<Header<'a>> {
        let (header, used) = self.split()?;
        self.rest = &self.rest[used..];
        self.at += used;
        Some(header)
    }
}
