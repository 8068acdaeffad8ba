//! [`Span`]: a part of a block.

/// A run of bytes inside a [`Content`](super::Content)'s block.
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
