//! [`Merge`]: stretches of all shards, read as one order.

use std::collections::VecDeque;

use dlq_core::storage::StorageResult;

use crate::shards::Shards;
use crate::store::{KeyedStore, Stretch};

/// How many members more than its share are read of a stretch: shares differ.
const SPARE: usize = 8;

/// Stretches that are read as one order.
#[derive(Debug)]
pub(crate) struct Merge {
    descending: bool,
    /// How many bytes stand before what members are sorted by.
    prefix: usize,
    streams: Vec<Stream>,
    /// What was given out last: what moves meanwhile from a stretch to another is met in both.
    last: Option<Vec<u8>>,
}

/// A stretch, and what was read of it and not yet given out.
#[derive(Debug)]
struct Stream {
    left: Stretch,
    ahead: VecDeque<Vec<u8>>,
    ended: bool,
}

impl Merge {
    /// The members of these stretches by what follows this many bytes.
    pub(crate) fn new(stretches: Vec<Stretch>, prefix: usize, descending: bool) -> Self {
        let stream = |left| Stream { left, ahead: VecDeque::new(), ended: false };
        Self { descending, prefix, streams: stretches.into_iter().map(stream).collect(), last: None }
    }

    /// Up to so many further members; fewer only at the end.
    pub(crate) async fn next<S: KeyedStore>(
        &mut self,
        store: &Shards<S>,
        operation: &'static str,
        wanted: usize,
    ) -> StorageResult<Vec<Vec<u8>>> {
        let mut members = Vec::new();
        while members.len() < wanted {
            self.read_on(store, operation, wanted).await?;
            let mut ended = true;
            while members.len() < wanted
                && let Some(member) = self.first()
            {
                ended = false;
                if self.is_next(&member) {
                    members.push(member);
                }
            }
            if ended {
                break;
            }
        }
        Ok(members)
    }

    /// Reads on where nothing is left of what was read.
    async fn read_on<S: KeyedStore>(
        &mut self,
        store: &Shards<S>,
        operation: &'static str,
        wanted: usize,
    ) -> StorageResult<()> {
        let limit = wanted.div_ceil(self.streams.len().max(1)).saturating_add(SPARE);
        let mut empty: Vec<_> = self.streams.iter_mut().filter(|stream| stream.is_exhausted()).collect();
        if empty.is_empty() {
            return Ok(());
        }
        let stretches: Vec<_> = empty.iter().map(|stream| stream.left.clone()).collect();
        let read = store.store.members(operation, &stretches, self.descending, limit).await?;
        for (stream, members) in empty.iter_mut().zip(read) {
            stream.ended = members.len() < limit;
            if let Some(last) = members.last() {
                stream.left.go_on(last.clone(), self.descending);
            }
            stream.ahead = members.into();
        }
        Ok(())
    }

    /// The first of all that were read, unless one that was not read may come before it.
    fn first(&mut self) -> Option<Vec<u8>> {
        if self.streams.iter().any(Stream::is_exhausted) {
            return None;
        }
        let (prefix, descending) = (self.prefix, self.descending);
        let first = self.streams.iter_mut().filter(|stream| !stream.ahead.is_empty()).reduce(|one, other| {
            let is_before = other.sorted_by(prefix) < one.sorted_by(prefix);
            if is_before == descending { one } else { other }
        });
        first?.ahead.pop_front()
    }

    /// Whether a member is another than the last.
    fn is_next(&mut self, member: &[u8]) -> bool {
        let sorted_by = member.get(self.prefix..);
        if self.last.as_deref() == sorted_by {
            return false;
        }
        self.last = sorted_by.map(<[u8]>::to_vec);
        true
    }
}

impl Stream {
    fn is_exhausted(&self) -> bool {
        self.ahead.is_empty() && !self.ended
    }

    fn sorted_by(&self, prefix: usize) -> Option<&[u8]> {
        self.ahead.front()?.get(prefix..)
    }
}
