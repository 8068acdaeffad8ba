//! [`OffsetTracker`]: how far a partition is stored without a gap.

use std::collections::VecDeque;

use dlq_core::RecordId;

/// How far one partition of one assignment is stored without a gap, also when batches finish out of order.
///
/// Stretches are handed out in the order of their offsets and marked as stored in any order; only the stretches below
/// the lowest unstored one count.
///
/// ```
/// use dlq_core::RecordId;
/// use dlq_kafka::source::OffsetTracker;
///
/// let mut tracker = OffsetTracker::new();
/// let first = tracker.hand_out(10, 2, RecordId::MIN);
/// let second = tracker.hand_out(20, 5, RecordId::MIN);
/// tracker.stored(second);
/// assert_eq!(tracker.take_prefix(), None);
/// tracker.stored(first);
/// let prefix = tracker.take_prefix().expect("both are stored");
/// assert_eq!((prefix.next, prefix.records), (20, 7));
/// ```
#[derive(Debug, Default)]
pub struct OffsetTracker {
    out: VecDeque<Stretch>,
    first: u64,
}

/// Offsets that travel in one batch.
#[derive(Debug)]
struct Stretch {
    next: i64,
    records: u64,
    quarantined: u64,
    last: RecordId,
    stored: bool,
}

/// The stored offsets below the lowest unstored one, since the last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// The offset after the last.
    pub next: i64,
    /// How many records.
    pub records: u64,
    /// How many of them quarantine keeps.
    pub quarantined: u64,
    /// The last record.
    pub last: RecordId,
}

impl OffsetTracker {
    /// A tracker for a new assignment.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Hands out the next stretch: so many records up to below `next`, the last of them being `last`. Answers its
    /// number.
    pub fn hand_out(&mut self, next: i64, records: u64, last: RecordId) -> u64 {
        self.out.push_back(Stretch { next, records, quarantined: 0, last, stored: false });
        self.first + self.out.len() as u64 - 1
    }

    /// Marks a stretch as stored, as far as quarantine does not keep it.
    pub fn stored(&mut self, number: u64) {
        if let Some(stretch) = self.stretch(number) {
            stretch.stored = true;
        }
    }

    /// Notes that quarantine keeps so many more records of a stretch.
    pub fn quarantined(&mut self, number: u64, records: u64) {
        if let Some(stretch) = self.stretch(number) {
            stretch.quarantined = (stretch.quarantined + records).min(stretch.records);
        }
    }

    fn stretch(&mut self, number: u64) -> Option<&mut Stretch> {
        let place = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.out.get_mut(place)
    }

    /// How many stretches are not stored.
    #[must_use]
    pub fn unsettled(&self) -> usize {
        self.out.iter().filter(|stretch| !stretch.stored).count()
    }

    /// What is stored without a gap since the last time.
    pub fn take_prefix(&mut self) -> Option<Prefix> {
        let mut prefix: Option<Prefix> = None;
        while let Some(stretch) = self.out.pop_front_if(|stretch| stretch.stored) {
            self.first += 1;
            let below = prefix.map_or((0, 0), |prefix| (prefix.records, prefix.quarantined));
            let (records, quarantined) = (below.0 + stretch.records, below.1 + stretch.quarantined);
            prefix = Some(Prefix { next: stretch.next, records, quarantined, last: stretch.last });
        }
        prefix
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Beside a naive twin: a list of offsets, each stored or not.
        #[test]
        fn only_what_has_no_gap_below_it_counts(sizes in prop::collection::vec(1i64..5, 1..30), order: Vec<prop::sample::Index>) {
            let mut tracker = OffsetTracker::new();
            let mut twin: Vec<bool> = Vec::new();
            let mut stretches = Vec::new();
            for size in sizes {
                let start = twin.len();
                twin.extend((0..size).map(|_| false));
                let next = i64::try_from(twin.len()).unwrap();
                stretches.push((tracker.hand_out(next, size.unsigned_abs(), RecordId::MIN), start..twin.len()));
            }
            let mut counted = 0;
            for pick in order {
                let (number, offsets) = stretches[pick.index(stretches.len())].clone();
                tracker.stored(number);
                twin[offsets].fill(true);
                let stored = twin.iter().take_while(|stored| **stored).count() as u64;
                if let Some(prefix) = tracker.take_prefix() {
                    counted += prefix.records;
                    prop_assert_eq!(prefix.next.unsigned_abs(), stored);
                }
                prop_assert_eq!(counted, stored);
                prop_assert_eq!(tracker.unsettled() == 0, twin.iter().all(|stored| *stored) );
            }
        }
    }
}
