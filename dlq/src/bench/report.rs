//! [`Report`]: medians and ratios.

use serde::Serialize;

use super::machine::Machine;
use super::meter::Measurement;
use crate::output::{Format, Output, grid};

/// What came out.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// On what it was measured.
    pub machine: Machine,
    /// How many dead letters were captured in each run.
    pub records: u64,
    /// Records per batch at most.
    pub batch: u32,
    /// Partitions of the topic.
    pub partitions: i32,
    /// Each storage.
    pub stores: Vec<Compared>,
}

/// Both programs on one storage.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// The storage.
    pub store: &'static str,
    /// Our medians.
    pub ours: Measurement,
    /// The bare program's medians.
    pub bare: Measurement,
    /// The medians of the ratios of ours to bare, each of two runs that followed each other.
    pub ratio: Measurement,
    /// Every run: ours, and the bare one beside it.
    pub runs: Vec<[Measurement; 2]>,
}

impl Compared {
    /// Compares the runs of a storage.
    pub(super) fn of(store: &'static str, runs: Vec<[Measurement; 2]>) -> Self {
        let ours = Measurement::of(|figure| median(runs.iter().map(|[ours, _]| figure(ours))));
        let bare = Measurement::of(|figure| median(runs.iter().map(|[_, bare]| figure(bare))));
        let ratio =
            Measurement::of(|figure| median(runs.iter().map(|[ours, bare]| figure(ours) / figure(bare))));
        Self { store, ours, bare, ratio, runs }
    }
}

impl Measurement {
    /// A measurement whose every figure is made of that figure of others.
    fn of(figure: impl Fn(fn(&Self) -> f64) -> f64) -> Self {
        Self {
            records_per_second: figure(|one| one.records_per_second),
            latency_p50_ms: figure(|one| one.latency_p50_ms),
            latency_p99_ms: figure(|one| one.latency_p99_ms),
            cpu_us_per_record: figure(|one| one.cpu_us_per_record),
            peak_mib: figure(|one| one.peak_mib),
        }
    }

    fn cells(&self, store: &str, program: &str) -> [String; 7] {
        [
            store.to_owned(),
            program.to_owned(),
            format!("{:.0}", self.records_per_second),
            format!("{:.1}", self.latency_p50_ms),
            format!("{:.1}", self.latency_p99_ms),
            format!("{:.1}", self.cpu_us_per_record),
            format!("{:.0}", self.peak_mib),
        ]
    }

    fn ratios(&self) -> [String; 7] {
        let figures = [
            self.records_per_second,
            self.latency_p50_ms,
            self.latency_p99_ms,
            self.cpu_us_per_record,
            self.peak_mib,
        ];
        let [rate, p50, p99, cpu, peak] = figures.map(|figure| format!("{figure:.2}"));
        [String::new(), "ours/bare".to_owned(), rate, p50, p99, cpu, peak]
    }
}

/// The middle one; of an even number, the mean of the two in the middle.
fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<_> = figures.collect();
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match figures.get(middle.saturating_sub(1)..=middle) {
        Some([low, high]) if figures.len() % 2 == 0 => f64::midpoint(*low, *high),
        Some([.., middle]) => *middle,
        _ => f64::NAN,
    }
}

impl Report {
    /// Writes the report.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, output: &mut Output<'_>) -> std::io::Result<()> {
        if output.format != Format::Table {
            return output.json(self);
        }
        let Self { machine, records, batch, partitions, stores } = self;
        let runs = stores.first().map_or(0, |store| store.runs.len());
        output.line(format_args!("{machine}"))?;
        output.line(format_args!(
            "{records} dead letters in {partitions} partitions, batches of {batch}, medians of {runs} runs"
        ))?;
        output.line("")?;
        let titles = ["STORE", "PROGRAM", "RECORDS/S", "P50 MS", "P99 MS", "CPU µS/RECORD", "PEAK MIB"];
        let rows = stores.iter().flat_map(|compared| {
            let Compared { store, ours, bare, ratio, .. } = compared;
            [ours.cells(store, "ours"), bare.cells(store, "bare"), ratio.ratios()]
        });
        output.table(&grid::titled(titles, rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(rate: f64) -> Measurement {
        Measurement::of(|_| rate)
    }

    #[test]
    fn medians_and_the_median_of_ratios() {
        let runs = [[80.0, 100.0], [10.0, 40.0], [90.0, 100.0]].map(|pair| pair.map(measured));
        let compared = Compared::of("memory", runs.to_vec());
        let rates = [compared.ours, compared.bare, compared.ratio].map(|one| one.records_per_second);
        assert_eq!(rates, [80.0, 100.0, 0.8]);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0].into_iter()), 2.5);
        assert_eq!(median([7.0].into_iter()), 7.0);
    }
}
