//! [`Measurement`]: what one run cost, or the medians or ratios of several.

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use super::standstill::Buffered;

/// What one run cost. A figure that is not measured is left out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Records per second, from the first that was polled to the last that was stored.
    pub records_per_second: f64,
    /// From a batch's first poll to its being stored. Each record counts with the time of its batch's first, which is the
    /// longest that any of them waited.
    pub latency: Quantiles,
    /// The storage's answer alone; each batch counts by its records.
    pub write: Quantiles,
    /// CPU time of the process per record, in microseconds: Kafka client and database driver included, servers not.
    pub cpu_us_per_record: f64,
    /// The most memory that was resident, in MiB.
    pub peak_mib: f64,
    /// What records cost that wait for a storage that stands still.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buffered: Option<Buffered>,
    /// How many letters a second were sent while capture ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_per_second: Option<f64>,
}

/// Three moments of a distribution, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quantiles {
    /// Half lies below it.
    pub p50_ms: f64,
    /// 99 of 100 lie below it.
    pub p99_ms: f64,
    /// 999 of 1000 lie below it.
    pub p999_ms: f64,
}

impl Quantiles {
    /// Those of a histogram of nanoseconds.
    pub(super) fn of(histogram: &Histogram<u64>) -> Self {
        let at = |quantile| histogram.value_at_quantile(quantile) as f64 / 1e6;
        Self { p50_ms: at(0.5), p99_ms: at(0.99), p999_ms: at(0.999) }
    }

    /// Each divided by its like.
    pub(super) fn over(self, other: Self) -> [f64; 3] {
        [self.p50_ms / other.p50_ms, self.p99_ms / other.p99_ms, self.p999_ms / other.p999_ms]
    }
}

impl From<[f64; 3]> for Quantiles {
    fn from([p50_ms, p99_ms, p999_ms]: [f64; 3]) -> Self {
        Self { p50_ms, p99_ms, p999_ms }
    }
}

/// How many figures a measurement has.
const FIGURES: usize = 12;

impl Measurement {
    /// The medians of runs.
    pub(super) fn median(runs: &[Self]) -> Self {
        Self::from(std::array::from_fn(|figure| median(runs.iter().map(|run| run.figures()[figure]))))
    }

    /// The medians of ratios, each of two runs that followed each other.
    pub(super) fn ratio(ours: &[Self], theirs: &[Self]) -> Self {
        let ratio = |figure: usize| {
            let pairs = ours.iter().zip(theirs);
            median(pairs.map(|(ours, theirs)| ours.figures()[figure] / theirs.figures()[figure]))
        };
        Self::from(std::array::from_fn(ratio))
    }

    /// All figures; what is not measured is no number.
    fn figures(&self) -> [f64; FIGURES] {
        let Self { records_per_second, latency, write, cpu_us_per_record, peak_mib, .. } = *self;
        [
            records_per_second,
            latency.p50_ms,
            latency.p99_ms,
            latency.p999_ms,
            write.p50_ms,
            write.p99_ms,
            write.p999_ms,
            cpu_us_per_record,
            peak_mib,
            self.buffered.map_or(f64::NAN, |buffered| buffered.resident_mb),
            self.buffered.map_or(f64::NAN, |buffered| buffered.overhead_bytes_per_record),
            self.sent_per_second.unwrap_or(f64::NAN),
        ]
    }
}

impl From<[f64; FIGURES]> for Measurement {
    fn from(figures: [f64; FIGURES]) -> Self {
        let [
            records_per_second,
            p50,
            p99,
            p999,
            write_p50,
            write_p99,
            write_p999,
            cpu_us_per_record,
            peak_mib,
            resident_mb,
            overhead_bytes_per_record,
            sent,
        ] = figures;
        let buffered = Buffered { resident_mb, overhead_bytes_per_record };
        Self {
            records_per_second,
            latency: [p50, p99, p999].into(),
            write: [write_p50, write_p99, write_p999].into(),
            cpu_us_per_record,
            peak_mib,
            buffered: (!resident_mb.is_nan()).then_some(buffered),
            sent_per_second: (!sent.is_nan()).then_some(sent),
        }
    }
}

/// The middle one; of an even number, the mean of the two in the middle.
pub(super) fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<_> = figures.collect();
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match figures.get(middle.saturating_sub(1)..=middle) {
        Some([low, high]) if figures.len() % 2 == 0 => f64::midpoint(*low, *high),
        Some([.., middle]) => *middle,
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_the_median_of_ratios() {
        let ours = [80.0, 10.0, 90.0].map(|rate| Measurement::from([rate; FIGURES]));
        let bare = [100.0, 40.0, 100.0].map(|rate| Measurement::from([rate; FIGURES]));
        let medians =
            [Measurement::median(&ours), Measurement::median(&bare), Measurement::ratio(&ours, &bare)];
        assert_eq!(medians.map(|one| one.records_per_second), [80.0, 100.0, 0.8]);
        assert_eq!(medians.map(|one| one.buffered.unwrap().overhead_bytes_per_record), [80.0, 100.0, 0.8]);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0].into_iter()), 2.5);
        assert_eq!(median([7.0].into_iter()), 7.0);
    }

    #[test]
    fn what_is_not_measured_is_left_out() {
        let mut figures = [1.0; FIGURES];
        figures[9..].fill(f64::NAN);
        let measured = Measurement::median(&[Measurement::from(figures)]);
        assert_eq!((measured.buffered, measured.sent_per_second), (None, None));
        let json = serde_json::to_string(&measured).unwrap();
        assert!(!json.contains("null") && !json.contains("buffered"), "{json}");
        assert_eq!(serde_json::from_str::<Measurement>(&json).unwrap(), measured);
    }
}
