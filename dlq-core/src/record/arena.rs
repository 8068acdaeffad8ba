//! [`Arenas`]: where captured bytes lie, used again once nobody reads them.

use std::collections::VecDeque;
use std::mem;

use bytes::BytesMut;

/// How many spent arenas are remembered: as many as there are batches on their way to a storage, and not for ever more
/// after a bad hour.
const SPENT_MAX: usize = 8;

/// Arenas for [`ContentPacker`](super::ContentPacker)s, one after another.
///
/// A spent arena is used again when the last content in it is gone, which is when a storage has answered for the batch:
/// its memory then is already mapped and warm. Whatever someone still reads is never written over, for every content
/// counts as a holder of its arena.
///
/// ```
/// use dlq_core::record::{Arenas, Body, ContentPacker};
///
/// let mut arenas = Arenas::of(1024);
/// let packer = ContentPacker::new(arenas.with_room(100));
/// let content = packer.finish(Body::Null, Body::Present(b"{}"), b"")?;
/// assert_eq!(content.payload(), Body::Present(b"{}"));
/// # Ok::<(), dlq_core::record::ContentError>(())
/// ```
#[derive(Debug)]
pub struct Arenas {
    /// How large each is, in bytes.
    size: usize,
    current: BytesMut,
    /// Oldest first; parts of them may still be read.
    spent: VecDeque<BytesMut>,
    /// Made for the last that was larger than the size; it is not used again.
    large: BytesMut,
}

impl Arenas {
    /// Arenas of this size in bytes, of which none is made yet.
    #[must_use]
    pub fn of(size: usize) -> Self {
        Self { size, current: BytesMut::new(), spent: VecDeque::new(), large: BytesMut::new() }
    }

    /// An arena with room for so many bytes: the one in use, a spent one that nobody reads any more, or a new one. One
    /// that must be larger than the size is made for the occasion.
    pub fn with_room(&mut self, bytes: usize) -> &mut BytesMut {
        if bytes > self.size {
            self.large = BytesMut::with_capacity(bytes);
            return &mut self.large;
        }
        self.large = BytesMut::new();
        if self.current.capacity() < bytes {
            let next = self.next();
            let spent = mem::replace(&mut self.current, next);
            self.keep(spent);
        }
        &mut self.current
    }

    fn next(&mut self) -> BytesMut {
        let free = self.spent.iter_mut().position(|arena| arena.try_reclaim(self.size));
        let reused = free.and_then(|place| self.spent.remove(place));
        reused.unwrap_or_else(|| BytesMut::with_capacity(self.size))
    }

    fn keep(&mut self, spent: BytesMut) {
        if self.spent.len() == SPENT_MAX {
            self.spent.pop_front();
        }
        self.spent.push_back(spent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Body, Content, ContentPacker};

    const SIZE: usize = 1024;

    fn pack(arenas: &mut Arenas, payload: &[u8]) -> Content {
        let packer = ContentPacker::new(arenas.with_room(payload.len()));
        packer.finish(Body::Null, Body::Present(payload), b"").unwrap()
    }

    /// Spends an arena on one content, and answers it.
    fn spend(arenas: &mut Arenas, byte: u8) -> Content {
        arenas.with_room(SIZE);
        pack(arenas, &[byte; SIZE / 2])
    }

    #[test]
    fn an_arena_is_used_again_once_nobody_reads_it() {
        let mut arenas = Arenas::of(SIZE);
        let first = spend(&mut arenas, 1);
        let place = first.block().as_ptr();
        let second = spend(&mut arenas, 2);
        drop(first);
        assert_eq!(spend(&mut arenas, 3).block().as_ptr(), place);
        assert_ne!(second.block().as_ptr(), place);
    }

    #[test]
    fn what_is_still_read_is_never_written_over() {
        let mut arenas = Arenas::of(SIZE);
        let kept: Vec<_> = (0..24).map(|byte| spend(&mut arenas, byte)).collect();
        for (byte, content) in (0..).zip(&kept) {
            assert_eq!(content.payload(), Body::Present(&[byte; SIZE / 2]));
        }
        assert!(arenas.spent.len() <= SPENT_MAX);
    }

    #[test]
    fn a_large_one_is_made_for_the_occasion() {
        let mut arenas = Arenas::of(SIZE);
        pack(&mut arenas, [7; 10 * SIZE].as_slice());
        pack(&mut arenas, b"{}");
        assert_eq!((arenas.large.capacity(), arenas.with_room(1).capacity() <= SIZE), (0, true));
    }
}
