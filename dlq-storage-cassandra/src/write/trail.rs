//! [`Trail`]: the row of a shard that tells who wrote last, and is the condition of every batch.
//!
//! Each batch puts a stamp in front that nobody else has. So a batch is written only if nothing was since its trail was
//! read; and whoever got no answer sees by its stamp, among those of the last batches, whether it was written.

use uuid::Uuid;

/// How many bytes a stamp has.
const STAMP: usize = 8;
/// How many stamps are kept: so many batches of others may come before it cannot be told any more what became of one.
const STAMPS: usize = 64;

/// The stamps of the last batches, the latest first. It is empty before the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Trail(Vec<u8>);

/// What a trail tells of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is written, and nothing after it.
    Last,
    /// It is written, and others after it.
    Written,
    /// Nothing was written yet: it may be on its way.
    Open,
    /// Somebody else was faster, and it will never be written.
    Lost,
    /// Too many others wrote meanwhile.
    Unknown,
}

impl Trail {
    pub(super) fn new(value: Option<Vec<u8>>) -> Self {
        Self(value.unwrap_or_default())
    }

    /// The trail after a further batch.
    pub(super) fn next(&self) -> Self {
        let new = Uuid::new_v4();
        let stamp = new.as_bytes().last_chunk::<STAMP>().copied().unwrap_or_default();
        let kept = self.0.len().min(STAMP * (STAMPS - 1));
        Self([&stamp, &self.0[..kept]].concat())
    }

    /// As it stands in its row.
    pub(super) fn value(&self) -> Option<&[u8]> {
        (!self.0.is_empty()).then_some(&self.0)
    }

    /// What this trail, as it stands now, tells of the batch that was to turn `before` into `after`.
    pub(super) fn fate(&self, before: &Self, after: &Self) -> Fate {
        let place = |trail: &Self| self.stamps().position(|stamp| Some(stamp) == trail.stamps().next());
        match (place(after), place(before)) {
            (Some(0), _) => Fate::Last,
            (Some(_), _) => Fate::Written,
            _ if self == before => Fate::Open,
            (None, Some(_)) => Fate::Lost,
            (None, None) if before.0.is_empty() && self.stamps().count() < STAMPS => Fate::Lost,
            (None, None) => Fate::Unknown,
        }
    }

    fn stamps(&self) -> impl Iterator<Item = &[u8]> {
        self.0.chunks(STAMP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn later(trail: &Trail, batches: usize) -> Trail {
        (0..batches).fold(trail.clone(), |trail, _| trail.next())
    }

    #[test]
    fn a_batch_is_found_among_those_that_came_after_it() {
        for before in [Trail::default(), later(&Trail::default(), 3), later(&Trail::default(), 99)] {
            let after = before.next();
            assert_eq!(after.fate(&before, &after), Fate::Last);
            assert_eq!(later(&after, 1).fate(&before, &after), Fate::Written);
            assert_eq!(later(&after, STAMPS - 1).fate(&before, &after), Fate::Written);
            assert_eq!(later(&after, STAMPS).fate(&before, &after), Fate::Unknown);
        }
    }

    #[test]
    fn a_batch_that_others_overtook_is_lost_for_ever() {
        for before in [Trail::default(), later(&Trail::default(), 3), later(&Trail::default(), 99)] {
            let after = before.next();
            assert_eq!(before.fate(&before, &after), Fate::Open);
            assert_eq!(later(&before, 1).fate(&before, &after), Fate::Lost);
            assert_eq!(later(&before, STAMPS - 1).fate(&before, &after), Fate::Lost);
            assert_eq!(later(&before, STAMPS).fate(&before, &after), Fate::Unknown);
        }
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let trail = later(&Trail::default(), 99);
        assert_eq!(trail.value().map(<[u8]>::len), Some(STAMP * STAMPS));
        assert_eq!(Trail::default().value(), None);
    }
}
