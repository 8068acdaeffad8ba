//! [`Meter`]: rate, latency, CPU and memory of one run.

use std::fs::read_to_string;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use dlq_core::observe::{DlqEvent, Observer};
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

/// The longest latency that is told apart, in microseconds: a quarter of an hour.
const LATENCY_MAX_MICROS: u64 = 900_000_000;
/// What Linux counts a process's CPU in, on every platform that we know: hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// What one run cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Records per second, from the first that was polled to the last that was stored.
    pub records_per_second: f64,
    /// The median time from a batch's first poll to its being stored, in milliseconds; each batch counts by its records.
    pub latency_p50_ms: f64,
    /// The same, 99 of 100 below it.
    pub latency_p99_ms: f64,
    /// CPU time of the process per record, in microseconds: Kafka client and database driver included, servers not.
    pub cpu_us_per_record: f64,
    /// The most memory that was resident, in MiB.
    pub peak_mib: f64,
}

/// Measures one run, from its making to its answer.
#[derive(Debug)]
pub(super) struct Meter {
    records: u64,
    cpu_before: Duration,
    seen: Mutex<Seen>,
    all_stored: CancellationToken,
}

/// What was seen so far.
#[derive(Debug)]
struct Seen {
    stored: u64,
    /// When the first record was polled, and when the last was stored.
    span: Option<(Instant, Instant)>,
    latencies: Histogram<u64>,
}

impl Meter {
    /// Begins to measure a run of so many records.
    ///
    /// # Errors
    /// This is no Linux, or hides `/proc`.
    pub(super) fn start(records: u64) -> anyhow::Result<Self> {
        let latencies = Histogram::new_with_max(LATENCY_MAX_MICROS, 3)?;
        let seen = Mutex::new(Seen { stored: 0, span: None, latencies });
        Ok(Self { records, cpu_before: cpu()?, seen, all_stored: CancellationToken::new() })
    }

    /// Is cancelled when all records are stored.
    pub(super) const fn all_stored(&self) -> &CancellationToken {
        &self.all_stored
    }

    /// Notes a batch that is stored now, and whose first record was polled so long ago.
    pub(super) fn stored(&self, records: u64, latency: Duration) {
        let now = Instant::now();
        let mut seen = self.seen();
        let first = seen.span.map_or(now.checked_sub(latency).unwrap_or(now), |(first, _)| first);
        seen.span = Some((first, now));
        seen.stored += records;
        seen.latencies.saturating_record_n(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX), records);
        if seen.stored >= self.records {
            self.all_stored.cancel();
        }
    }

    /// What it cost until now.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub(super) fn measurement(&self) -> anyhow::Result<Measurement> {
        let cpu = cpu()?.saturating_sub(self.cpu_before);
        let seen = self.seen();
        let took = seen.span.map_or(Duration::ZERO, |(first, last)| last - first);
        let quantile = |quantile| seen.latencies.value_at_quantile(quantile) as f64 / 1e3;
        Ok(Measurement {
            records_per_second: seen.stored as f64 / took.as_secs_f64(),
            latency_p50_ms: quantile(0.5),
            latency_p99_ms: quantile(0.99),
            cpu_us_per_record: cpu.as_secs_f64() * 1e6 / seen.stored as f64,
            peak_mib: peak_kib()? / 1024.0,
        })
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Meter {
    fn on(&self, event: &DlqEvent<'_>) {
        if let DlqEvent::Stored { new, already_there, latency, .. } = event {
            self.stored(new + already_there, *latency);
        }
    }
}

/// The CPU time of this process so far: fields 14 and 15 of [`/proc/self/stat`], behind the name in parentheses.
///
/// [`/proc/self/stat`]: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
fn cpu() -> anyhow::Result<Duration> {
    let stat = read_to_string("/proc/self/stat").context("CPU is measured by /proc")?;
    let behind_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields = behind_name.split_whitespace().skip(11).take(2);
    let ticks: u32 = fields.map(str::parse::<u32>).sum::<Result<_, _>>().context("/proc/self/stat")?;
    Ok(TICK * ticks)
}

fn peak_kib() -> anyhow::Result<f64> {
    let status = read_to_string("/proc/self/status").context("memory is measured by /proc")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number =
        line.and_then(|line| line.split_whitespace().next()).context("/proc/self/status: no VmHWM")?;
    Ok(number.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_count_by_their_records_and_the_last_ends_the_run() {
        let meter = Meter::start(100).unwrap();
        meter.stored(98, Duration::from_millis(1));
        assert!(!meter.all_stored().is_cancelled());
        meter.stored(2, Duration::from_millis(50));
        assert!(meter.all_stored().is_cancelled());
        let measured = meter.measurement().unwrap();
        assert!((1.0..1.1).contains(&measured.latency_p50_ms), "{measured:?}");
        assert!((50.0..51.0).contains(&measured.latency_p99_ms), "{measured:?}");
        assert!(measured.peak_mib > 1.0 && measured.records_per_second < 100.0 / 0.001, "{measured:?}");
    }
}
