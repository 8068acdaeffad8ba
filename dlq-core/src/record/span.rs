//! [`Span`]: a part of a block.

use std::num::NonZeroU32;

use minicbor::decode::Error as DecodeError;
use minicbor::encode::{Error as EncodeError, Write};
use minicbor::{Decode, Decoder, Encode, Encoder};

/// A run of bytes inside a [`Content`](super::Content)'s block.
///
/// An `Option` of it is no larger than it: a failure has many texts that may not be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The place of the first byte, counted from one, so that none is 0.
    first: NonZeroU32,
    len: u32,
}

impl Span {
    /// So many bytes from this place in the block on.
    #[must_use]
    pub const fn new(start: u32, len: u32) -> Self {
        Self { first: NonZeroU32::MIN.saturating_add(start), len }
    }

    /// The first byte's place in the block.
    #[must_use]
    pub const fn start(self) -> u32 {
        self.first.get() - 1
    }

    /// How many bytes.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.len
    }

    /// Whether it covers none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len == 0
    }

    /// The part of this span that `part`, a sub-slice of `whole`, covers; `whole` being what this span stands for.
    #[must_use]
    pub fn of_part(self, whole: &[u8], part: &[u8]) -> Option<Self> {
        let skip = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
        let fits = skip.checked_add(part.len())? <= whole.len() && whole.len() <= self.len as usize;
        let start = self.start().checked_add(u32::try_from(skip).ok()?)?;
        fits.then_some(Self::new(start, u32::try_from(part.len()).ok()?))
    }
}

impl<C> Encode<C> for Span {
    fn encode<W: Write>(&self, encoder: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        encoder.array(2)?.u32(self.start())?.u32(self.len)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Span {
    fn decode(decoder: &mut Decoder<'b>, context: &mut C) -> Result<Self, DecodeError> {
        <(u32, u32)>::decode(decoder, context).map(|(start, len)| Self::new(start, len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_that_may_not_be_takes_no_more_room() {
        assert_eq!(size_of::<Option<Span>>(), 8);
        for (start, len) in [(0, 0), (5, 7), (u32::MAX - 1, u32::MAX)] {
            let span = Span::new(start, len);
            assert_eq!((span.start(), span.len()), (start, len));
            let encoded = minicbor::to_vec(span).unwrap();
            assert_eq!(minicbor::decode::<Span>(&encoded).unwrap(), span);
        }
    }

    #[test]
    fn a_part_stands_within_its_whole() {
        let whole = b"a whole".as_slice();
        let span = Span::new(10, 7);
        assert_eq!(span.of_part(whole, &whole[2..]), Some(Span::new(12, 5)));
        assert_eq!(span.of_part(&whole[2..], whole), None);
    }
}
