//! [`Bisection`]: which part of a batch is tried next, where one record may spoil whatever it is written with.

use std::ops::Range;

/// How much longer the next part is after one that was stored.
const GROWTH: usize = 4;

/// Goes through a batch part by part. At first the whole batch is tried, and mostly that is all. A part that was refused
/// is halved, down to the record that spoils it. Mostly that was the only one, so all behind it is tried at once; behind
/// each further one, parts begin small and grow.
#[derive(Debug)]
pub(super) struct Bisection {
    len: usize,
    /// What comes before is done.
    from: usize,
    /// How long the next part is.
    size: usize,
    /// Some record before here, and not before `from`, spoils what it is in.
    spoilt_to: usize,
    /// Whether such a record was found before.
    found: bool,
}

impl Bisection {
    pub(super) const fn new(len: usize) -> Self {
        Self { len, from: 0, size: len, spoilt_to: 0, found: false }
    }

    /// What is to be tried next.
    pub(super) fn part(&self) -> Option<Range<usize>> {
        (self.from < self.len).then(|| self.from..self.end())
    }

    /// The part was stored.
    pub(super) fn stored(&mut self) {
        self.from = self.end();
        let grown = self.size.saturating_mul(GROWTH);
        // What is left of a part that was refused holds the record that spoils it: it need not be tried as a whole.
        self.size = self.spoilt_to.checked_sub(self.from).map_or(grown, |left| match left {
            0 => grown,
            left => left.div_ceil(2),
        });
    }

    /// The part was refused. Answers the record that spoils it, once it is alone.
    pub(super) fn refused(&mut self) -> Option<usize> {
        let (alone, end) = (self.from, self.end());
        if end - alone > 1 {
            self.spoilt_to = end;
            self.size = (end - alone) / 2;
            return None;
        }
        self.from = end;
        self.size = if self.found { 1 } else { self.len };
        self.found = true;
        Some(alone)
    }

    fn end(&self) -> usize {
        self.from.saturating_add(self.size).min(self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many parts are tried, and which records are found to spoil them.
    fn run(len: usize, spoils: impl Fn(usize) -> bool) -> (usize, Vec<usize>) {
        let (mut bisection, mut tried, mut found, mut stored) = (Bisection::new(len), 0, Vec::new(), 0);
        while let Some(part) = bisection.part() {
            tried += 1;
            if part.clone().any(&spoils) {
                found.extend(bisection.refused());
            } else {
                stored += part.len();
                bisection.stored();
            }
        }
        assert_eq!(stored + found.len(), len);
        (tried, found)
    }

    #[test]
    fn a_batch_without_fault_is_tried_once() {
        assert_eq!(run(1000, |_| false), (1, vec![]));
        assert_eq!(run(0, |_| false), (0, vec![]));
    }

    #[test]
    fn one_record_is_found_in_twice_the_logarithm_wherever_it_is() {
        for len in [64_usize, 100, 500, 1000, 1024] {
            for bad in 0..len {
                let (tried, found) = run(len, |record| record == bad);
                assert_eq!(found, [bad]);
                let most = 2 * len.ilog2();
                assert!(tried <= most as usize, "{tried} tries of {len} for {bad}, at most {most}");
            }
        }
    }

    #[test]
    fn many_are_found_in_about_as_many_tries_as_there_are_records() {
        let (tried, found) = run(1000, |_| true);
        assert!(found.len() == 1000 && tried < 1020, "{tried}");
        let (tried, found) = run(1000, |record| record % 2 == 0);
        assert!(found.len() == 500 && tried < 2100, "{tried}");
    }
}
