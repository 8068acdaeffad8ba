//! [`StorageReport`]: figures and ratios, as JSON and as a table.

use serde::Serialize;

use super::stopwatch::{Cost, Stopwatch};
use crate::bench::machine::Machine;
use crate::bench::tables::shown;
use crate::output::{Format, Output, grid};

/// What came out.
#[derive(Clone, Debug, Serialize)]
pub struct StorageReport {
    /// On what it was measured.
    pub machine: Machine,
    /// The storage.
    pub store: &'static str,
    /// How many records it had.
    pub records: u64,
    /// Each call of the contract.
    pub tasks: Vec<Compared>,
}

/// One call of the contract, and what a bare client of the database did in its place.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// Which call.
    pub task: &'static str,
    /// What ours cost.
    pub ours: Option<Cost>,
    /// What the bare client cost, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bare: Option<Cost>,
}

impl Compared {
    pub(super) fn of(task: &'static str, ours: &Stopwatch, bare: &Stopwatch) -> Self {
        Self { task, ours: ours.cost(), bare: bare.cost() }
    }

    /// A line for each of both, and their ratio.
    fn rows(&self) -> Vec<[String; 5]> {
        let row = |task: &str, who: &str, figures: [f64; 3]| {
            let [rate, p50, p99] = figures.map(shown);
            [task.to_owned(), who.to_owned(), rate, p50, p99]
        };
        let of = |cost: Cost| [cost.records_per_second, cost.p50_ms, cost.p99_ms];
        let (ours, bare) = (self.ours.map(of), self.bare.map(of));
        let ratio = ours.zip(bare).map(|(ours, bare)| std::array::from_fn(|at| ours[at] / bare[at]));
        let lines = [(self.task, "ours", ours), ("", "bare", bare), ("", "ours/bare", ratio)];
        lines.into_iter().filter_map(|(task, who, figures)| Some(row(task, who, figures?))).collect()
    }
}

impl StorageReport {
    /// Writes the report.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, output: &mut Output<'_>) -> std::io::Result<()> {
        if output.format != Format::Table {
            return output.json(self);
        }
        output.line(&self.machine)?;
        output.heading(format_args!("{} with {} records", self.store, self.records))?;
        let titles = ["CALL", "CLIENT", "RECORDS/S", "P50 MS", "P99 MS"];
        output.table(&grid::titled(titles, self.tasks.iter().flat_map(Compared::rows)))
    }
}
