//! [`Meter`]: rate, latency, CPU and memory of one run.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use dlq_core::observe::{DlqEvent, Observer};
use hdrhistogram::Histogram;
use tokio_util::sync::CancellationToken;

use super::measurement::{Measurement, Quantiles};
use super::process::{cpu, peak_kib};
use super::standstill::Standstill;

/// The longest latency that is told apart, in nanoseconds: a quarter of an hour.
const LATENCY_MAX_NANOS: u64 = 900_000_000_000;

/// Measures one run, from its making to its answer.
#[derive(Debug)]
pub(super) struct Meter {
    records: u64,
    warm_up: u64,
    cpu_before: Duration,
    seen: Mutex<Seen>,
    all_stored: CancellationToken,
    standstill: Option<Arc<Standstill>>,
}

/// What was seen so far.
#[derive(Debug)]
struct Seen {
    stored: u64,
    /// When the first record was polled that counts, and when the last was stored.
    span: Option<(Instant, Instant)>,
    latencies: Histogram<u64>,
    writes: Histogram<u64>,
}

impl Meter {
    /// Begins to measure a run of so many records, of which the first only show that capture has begun.
    ///
    /// # Errors
    /// This is no Linux, or hides `/proc`.
    pub(super) fn start(records: u64, warm_up: u64) -> anyhow::Result<Self> {
        let histogram = Histogram::new_with_max(LATENCY_MAX_NANOS, 3)?;
        let seen =
            Mutex::new(Seen { stored: 0, span: None, latencies: histogram.clone(), writes: histogram });
        let all_stored = CancellationToken::new();
        Ok(Self { records, warm_up, cpu_before: cpu()?, seen, all_stored, standstill: None })
    }

    /// The storage stands still meanwhile.
    pub(super) fn with(mut self, standstill: Option<Arc<Standstill>>) -> Self {
        self.standstill = standstill;
        self
    }

    /// Is cancelled when all records are stored.
    pub(super) const fn all_stored(&self) -> &CancellationToken {
        &self.all_stored
    }

    /// Notes a batch that sets out for the storage.
    pub(super) fn handed_over(&self, records: u64) {
        if let Some(standstill) = &self.standstill {
            standstill.handed_over(records);
        }
    }

    /// Notes a batch that is stored now: how long the storage took, and how long ago its first record was polled.
    pub(super) fn stored(&self, records: u64, took: Duration, latency: Duration) {
        let now = Instant::now();
        let mut seen = self.seen();
        if seen.stored >= self.warm_up {
            let first = seen.span.map_or(now.checked_sub(latency).unwrap_or(now), |(first, _)| first);
            seen.span = Some((first, now));
            seen.latencies.saturating_record_n(nanos(latency), records);
            seen.writes.saturating_record_n(nanos(took), records);
        }
        seen.stored += records;
        if seen.stored >= self.records {
            self.all_stored.cancel();
        }
    }

    /// What it cost until now.
    ///
    /// # Errors
    /// As [`start`](Self::start); or the storage still stands still.
    pub(super) fn measurement(&self) -> anyhow::Result<Measurement> {
        let cpu = cpu()?.saturating_sub(self.cpu_before);
        let seen = self.seen();
        let took = seen.span.map_or(Duration::ZERO, |(first, last)| last - first);
        Ok(Measurement {
            records_per_second: seen.latencies.len() as f64 / took.as_secs_f64(),
            latency: Quantiles::of(&seen.latencies),
            write: Quantiles::of(&seen.writes),
            cpu_us_per_record: cpu.as_secs_f64() * 1e6 / seen.stored as f64,
            peak_mib: peak_kib()? / 1024.0,
            buffered: self.standstill.as_ref().map(|standstill| standstill.buffered()).transpose()?,
            sent_per_second: None,
        })
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Meter {
    fn on(&self, event: &DlqEvent<'_>) {
        match event {
            DlqEvent::Batched { records, .. } => self.handed_over(*records),
            DlqEvent::Stored { new, already_there, took, latency, .. } => {
                self.stored(new + already_there, *took, *latency);
            }
            _ => {}
        }
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn batches_count_by_their_records_and_the_last_ends_the_run() {
        let meter = Meter::start(100, 0).unwrap();
        meter.stored(98, millis(1), millis(2));
        assert!(!meter.all_stored().is_cancelled());
        meter.stored(2, millis(40), millis(50));
        assert!(meter.all_stored().is_cancelled());
        let measured = meter.measurement().unwrap();
        assert!((2.0..2.1).contains(&measured.latency.p50_ms), "{measured:?}");
        assert!((50.0..51.0).contains(&measured.latency.p99_ms), "{measured:?}");
        assert!((1.0..1.1).contains(&measured.write.p50_ms), "{measured:?}");
        assert!(measured.peak_mib > 1.0 && measured.records_per_second < 100.0 / 0.001, "{measured:?}");
    }

    #[test]
    fn the_first_records_only_show_that_capture_has_begun() {
        let meter = Meter::start(110, 10).unwrap();
        meter.stored(10, millis(900), millis(900));
        meter.stored(100, millis(1), millis(2));
        let measured = meter.measurement().unwrap();
        assert!(measured.latency.p999_ms < 3.0, "{measured:?}");
        assert!(meter.all_stored().is_cancelled());
    }
}
