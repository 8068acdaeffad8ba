//! [`BatchStats`]: how many, how large, how fast, how late.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde::Serialize;

/// What a [`BatchProcessor`](super::BatchProcessor) did since it started.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BatchStats {
    /// Items that have their fate.
    pub items: u64,
    /// Those of them that were not written.
    pub failed: u64,
    /// Batches written.
    pub batches: u64,
    /// Items that wait to be taken into a batch.
    pub waiting: usize,
    /// Items that are being written.
    pub writing: usize,
    /// The most items of the next batch.
    pub size: usize,
    /// Items of a batch, on average; 0 before the first.
    pub size_mean: f64,
    /// How full batches are, on average: 1 is as large as they might have been; 0 before the first.
    pub fill_ratio: f64,
    /// Items in the last whole second.
    pub per_second: u64,
    /// Items in the best second.
    pub per_second_peak: u64,
    /// From submission until the write of its batch began, for each item.
    pub waited: Latency,
    /// The write of a batch, for each batch.
    pub written: Latency,
    /// From submission to its fate, for each item.
    pub total: Latency,
}

/// How long something took, in microseconds, up to an hour, within one percent. All are 0 if nothing was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Latency {
    /// How many were measured.
    pub count: u64,
    /// Half of them took at most this.
    pub p50_us: u64,
    /// Ninety-nine of a hundred took at most this.
    pub p99_us: u64,
    /// Nine hundred and ninety-nine of a thousand took at most this.
    pub p999_us: u64,
    /// None took longer.
    pub max_us: u64,
}

/// The times of a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) began: Instant,
    pub(super) done: Instant,
}

/// Counts batch by batch. Its memory is bounded: some 100 kB.
#[derive(Debug)]
pub(super) struct Recorder {
    items: u64,
    failed: u64,
    batches: u64,
    /// How many items the batches might have held.
    room: u64,
    rate: Rate,
    waited: Latencies,
    written: Latencies,
    total: Latencies,
}

impl Recorder {
    pub(super) fn new(now: Instant) -> Self {
        let latencies = Latencies::default;
        let (waited, written, total) = (latencies(), latencies(), latencies());
        Self { items: 0, failed: 0, batches: 0, room: 0, rate: Rate::new(now), waited, written, total }
    }

    /// Counts a batch whose items arrived when `arrivals` says, and which might have held `room`.
    pub(super) fn record(
        &mut self,
        times: Times,
        room: usize,
        failed: usize,
        arrivals: impl Iterator<Item = Instant>,
    ) {
        let Times { began, done } = times;
        let took = done.saturating_duration_since(began);
        let mut items = 0;
        for (waited, count) in runs(arrivals.map(|arrived| began.saturating_duration_since(arrived))) {
            items += count;
            self.waited.record(waited, count);
            self.total.record(waited + micros(took), count);
        }
        self.written.record(micros(took), 1);
        self.items += items;
        self.failed += failed as u64;
        self.batches += 1;
        self.room += (room as u64).max(items);
        self.rate.count(items, done);
    }

    /// What was counted; what waits and is written now is not known here.
    #[expect(clippy::cast_precision_loss, reason = "averages and shares, not counts")]
    pub(super) fn snapshot(&mut self, now: Instant) -> BatchStats {
        self.rate.count(0, now);
        let share = |part: u64, whole: u64| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
        BatchStats {
            items: self.items,
            failed: self.failed,
            batches: self.batches,
            size_mean: share(self.items, self.batches),
            fill_ratio: share(self.items, self.room),
            per_second: self.rate.last,
            per_second_peak: self.rate.peak,
            waited: self.waited.summary(),
            written: self.written.summary(),
            total: self.total.summary(),
            ..BatchStats::default()
        }
    }
}

/// Neighbours that waited equally long, as one: how long, in microseconds, and how many. Items that are handed in
/// together, or quickly one after another, cost the histograms one entry instead of one each.
fn runs(waits: impl Iterator<Item = Duration>) -> impl Iterator<Item = (u64, u64)> {
    let mut waits = waits.map(micros).peekable();
    std::iter::from_fn(move || {
        let wait = waits.next()?;
        let mut count = 1;
        while waits.next_if_eq(&wait).is_some() {
            count += 1;
        }
        Some((wait, count))
    })
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

/// A histogram from a microsecond to an hour that tells one percent apart.
#[derive(Debug)]
struct Latencies(Histogram<u64>);

const HOUR_US: u64 = 3_600_000_000;

impl Default for Latencies {
    #[expect(clippy::expect_used, reason = "the bounds are right, and constant")]
    fn default() -> Self {
        Self(Histogram::new_with_bounds(1, HOUR_US, 2).expect("1 × 2 ≤ an hour, and 2 ≤ 5 digits"))
    }
}

impl Latencies {
    fn record(&mut self, micros: u64, count: u64) {
        self.0.saturating_record_n(micros, count);
    }

    fn summary(&self) -> Latency {
        let at = |quantile| self.0.value_at_quantile(quantile);
        let (p50_us, p99_us, p999_us) = (at(0.5), at(0.99), at(0.999));
        Latency { count: self.0.len(), p50_us, p99_us, p999_us, max_us: self.0.max() }
    }
}

/// Items by the second.
#[derive(Debug)]
struct Rate {
    second: Instant,
    count: u64,
    /// In the last whole second.
    last: u64,
    peak: u64,
}

const SECOND: Duration = Duration::from_secs(1);

impl Rate {
    const fn new(now: Instant) -> Self {
        Self { second: now, count: 0, last: 0, peak: 0 }
    }

    fn count(&mut self, items: u64, now: Instant) {
        let passed = now.saturating_duration_since(self.second).as_secs();
        if passed > 0 {
            self.last = if passed == 1 { self.count } else { 0 };
            self.peak = self.peak.max(self.count);
            self.count = 0;
            self.second += SECOND * u32::try_from(passed).unwrap_or(u32::MAX);
        }
        self.count += items;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn the_rate_is_that_of_whole_seconds() {
        let start = Instant::now();
        let mut rate = Rate::new(start);
        rate.count(5, start + 100 * MS);
        rate.count(2, start + 900 * MS);
        assert_eq!((rate.last, rate.peak), (0, 0), "the first second is not over");
        rate.count(1, start + 1_500 * MS);
        assert_eq!((rate.last, rate.peak), (7, 7));
        rate.count(0, start + 2_000 * MS);
        assert_eq!((rate.last, rate.peak), (1, 7));
        rate.count(0, start + 9_000 * MS);
        assert_eq!((rate.last, rate.peak), (0, 7), "a second without items is one, too");
    }

    #[test]
    fn each_item_has_its_own_wait_and_each_batch_its_write() {
        let start = Instant::now();
        let mut recorder = Recorder::new(start);
        let times = Times { began: start + 20 * MS, done: start + 50 * MS };
        recorder.record(times, 8, 1, [start, start, start + 10 * MS, start + 20 * MS].into_iter());
        let stats = recorder.snapshot(start + SECOND);
        assert_eq!((stats.items, stats.failed, stats.batches, stats.per_second), (4, 1, 1, 4));
        assert_eq!((stats.size_mean, stats.fill_ratio), (4.0, 0.5));
        let close = |is: u64, should: u64| is.abs_diff(should) * 100 <= should;
        assert!(close(stats.waited.p50_us, 10_000) && close(stats.waited.max_us, 20_000), "{stats:?}");
        assert!(close(stats.total.p50_us, 40_000) && close(stats.total.p999_us, 50_000), "{stats:?}");
        assert!(close(stats.written.p50_us, 30_000), "{stats:?}");
        assert_eq!((stats.waited.count, stats.written.count, stats.total.count), (4, 1, 4));
    }

    #[test]
    fn before_the_first_batch_everything_is_nothing() {
        let now = Instant::now();
        assert_eq!(Recorder::new(now).snapshot(now), BatchStats::default());
    }

    #[test]
    fn beyond_an_hour_is_an_hour() {
        let mut latencies = Latencies::default();
        latencies.record(u64::MAX, 1);
        assert!(latencies.summary().p50_us >= HOUR_US);
    }
}
