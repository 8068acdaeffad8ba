//! The report, as people read it.

use super::assignment::Program;
use super::goal::Goal;
use super::measurement::Measurement;
use super::report::{Compared, Report, Section};
use super::scenario::Part;
use crate::output::{Format, Output, grid};

impl Report {
    /// Writes the report.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, output: &mut Output<'_>) -> std::io::Result<()> {
        if output.format != Format::Table {
            return output.json(self);
        }
        output.line(format_args!("{}; topics of {} partitions", self.machine, self.partitions))?;
        self.sections.iter().try_for_each(|section| section.write(output))
    }
}

impl Section {
    fn write(&self, output: &mut Output<'_>) -> std::io::Result<()> {
        let runs =
            self.trials.first().and_then(|trial| trial.programs.first()).map_or(0, |one| one.runs.len());
        output.heading(format_args!("{}, medians of {runs} runs", self.part.title()))?;
        let rows = self.trials.iter().flat_map(rows);
        let table = match self.part {
            Part::Throughput => {
                let titles = ["RECORDS/S", "CPU µS/RECORD", "P50 MS", "P99 MS", "PEAK MIB"];
                table(titles, rows, |of| {
                    let Measurement { records_per_second, cpu_us_per_record, latency, peak_mib, .. } = *of;
                    [records_per_second, cpu_us_per_record, latency.p50_ms, latency.p99_ms, peak_mib]
                })
            }
            Part::Latency => {
                let titles = ["SENT/S", "P50 MS", "P99 MS", "P99.9 MS", "WRITE P50 MS", "WRITE P99 MS"];
                table(titles, rows, |of| {
                    let (wait, write, sent) = (of.latency, of.write, of.sent_per_second.unwrap_or(f64::NAN));
                    [sent, wait.p50_ms, wait.p99_ms, wait.p999_ms, write.p50_ms, write.p99_ms]
                })
            }
            Part::Memory => table(["RESIDENT MB", "OVERHEAD B/RECORD"], rows, |of| {
                let buffered = of.buffered.map(|of| [of.resident_mb, of.overhead_bytes_per_record]);
                buffered.unwrap_or([f64::NAN; 2])
            }),
        };
        output.table(&table)?;
        output.line("")?;
        let goals = self.goals.iter().map(Goal::cells);
        output.table(&grid::titled(["STORE", "GOAL", "FIGURE", ""], goals))
    }
}

impl Part {
    const fn title(self) -> &'static str {
        match self {
            Self::Throughput => "Throughput: a full topic, as fast as may be",
            Self::Latency => "Latency: letters that are sent meanwhile",
            Self::Memory => "Memory: records that wait for a storage that stands still",
        }
    }
}

impl Goal {
    fn cells(&self) -> [String; 4] {
        let Self { of, goal, figure, verdict } = self;
        [of.clone(), goal.clone(), shown(*figure), verdict.name().to_owned()]
    }
}

/// A line: the storage, the program, its figures.
type Row = (String, String, Measurement);

/// Every program's medians, and behind each of the others the ratio of ours to it.
fn rows(compared: &Compared) -> Vec<Row> {
    let mut rows = Vec::new();
    for figures in &compared.programs {
        let name = figures.program.name();
        rows.push((compared.name(), name.to_owned(), figures.median));
        if figures.program != Program::Ours {
            rows.push((String::new(), format!("ours/{name}"), figures.ours_over_it));
        }
    }
    rows
}

fn table<const N: usize>(
    titles: [&str; N],
    rows: impl Iterator<Item = Row>,
    figures: impl Fn(&Measurement) -> [f64; N],
) -> comfy_table::Table {
    let titles = ["STORE", "PROGRAM"].into_iter().chain(titles);
    let row = |(store, program, of): Row| [store, program].into_iter().chain(figures(&of).map(shown));
    grid::titled(titles, rows.map(row))
}

/// Three digits that count; what is not measured is a dash.
pub(super) fn shown(figure: f64) -> String {
    match figure.abs() {
        size if size.is_nan() => "-".to_owned(),
        size if size >= 100.0 => format!("{figure:.0}"),
        size if size >= 10.0 => format!("{figure:.1}"),
        _ => format!("{figure:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits_that_count() {
        let figures = [65_132.4, 16.24, 1.384, 0.0, -2.5, f64::NAN];
        assert_eq!(figures.map(shown), ["65132", "16.2", "1.38", "0.00", "-2.50", "-"]);
    }
}
