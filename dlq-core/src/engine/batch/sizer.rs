//! [`Sizer`]: how large the next batch may be.
//!
//! Additive increase, multiplicative decrease against a latency target, as Clipper sizes its batches (Crankshaw et al.,
//! *Clipper: A Low-Latency Online Prediction Serving System*, NSDI 2017, section 4.3.1), with four departures, one that
//! lets it begin soon and three that keep it calm:
//!
//! - Below half of the target it doubles, as TCP begins (Jacobson, *Congestion Avoidance and Control*, SIGCOMM 1988): what
//!   is twice as large meets the target, too.
//! - It decides once in five full batches, by their median. One slow write, or two, decide nothing, and what was
//!   measured at one size never speaks about another.
//! - Between three quarters of the target and the target it rests, so a steady sink finds a steady size.
//! - Other steps are a share of the size: up by an eighth, down straight to where nine tenths of the target would be met if
//!   each item cost the same, but never by more than half.

use std::time::Duration;

/// How large batches may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchSizing {
    /// Always up to so many items.
    Fixed(usize),
    /// From `min` to `max` items: as many as the sink writes within `target`. A sink that takes longer than that for any
    /// batch, however small, is given `min`.
    Adaptive {
        /// Where it begins, and the fewest; at least 1.
        min: usize,
        /// The most; at least `min`.
        max: usize,
        /// How long one write shall take at most; more than nothing.
        target: Duration,
    },
}

impl BatchSizing {
    /// The most items of a batch.
    #[must_use]
    pub const fn max(self) -> usize {
        match self {
            Self::Fixed(size) => size,
            Self::Adaptive { max, .. } => max,
        }
    }
}

/// How many full batches are looked at before the size changes.
const ROUND: usize = 5;

/// Says how large the next batch may be, from how long the last ones took.
#[derive(Clone, Debug)]
pub struct Sizer {
    sizing: BatchSizing,
    size: usize,
    /// How long the full batches of this round took to write.
    round: [Duration; ROUND],
    seen: usize,
}

impl Sizer {
    /// Begins with the smallest size.
    #[must_use]
    pub const fn new(sizing: BatchSizing) -> Self {
        let size = match sizing {
            BatchSizing::Fixed(size) => size,
            BatchSizing::Adaptive { min, .. } => min,
        };
        Self { sizing, size, round: [Duration::ZERO; ROUND], seen: 0 }
    }

    /// The most items of the next batch.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// A batch of so many items was written, and it took so long.
    ///
    /// Only batches of just the current size teach: of one that its deadline closed nobody knows what more would have
    /// cost, and one that was filled before the last change speaks of a size that is gone.
    pub fn observe(&mut self, items: usize, took: Duration) {
        let BatchSizing::Adaptive { min, max, target } = self.sizing else { return };
        if items != self.size {
            return;
        }
        if let Some(place) = self.round.get_mut(self.seen) {
            *place = took;
            self.seen += 1;
        }
        if self.seen == ROUND {
            self.seen = 0;
            self.size = next(self.size, median(self.round), target).clamp(min, max);
        }
    }
}

fn median(mut round: [Duration; ROUND]) -> Duration {
    round.sort_unstable();
    round[ROUND / 2]
}

/// The size after `size`, whose batches took `took`.
fn next(size: usize, took: Duration, target: Duration) -> usize {
    if took > target {
        let fits = scaled(size, target.as_nanos() * 9, took.as_nanos() * 10);
        fits.clamp(size.div_ceil(2), size.saturating_sub(1).max(1))
    } else if took < target / 2 {
        size.saturating_mul(2)
    } else if took < target * 3 / 4 {
        size.saturating_add((size / 8).max(1))
    } else {
        size
    }
}

/// `size × part ÷ whole`, rounded down.
fn scaled(size: usize, part: u128, whole: u128) -> usize {
    let exact = (size as u128).saturating_mul(part).checked_div(whole);
    exact.and_then(|exact| usize::try_from(exact).ok()).unwrap_or(usize::MAX)
}

#[cfg(test)]
#[path = "sizer_tests.rs"]
mod tests;
