//! [`Report`]: medians, ratios and goals.

use dlq_core::policy::config::PerformanceConfig;
use serde::Serialize;

use super::assignment::Program;
use super::goal::Goal;
use super::machine::Machine;
use super::measurement::{Measurement, Quantiles, median};
use super::place::Place;
use super::scenario::Part;
use super::trial::{Task, Trial};

/// What came out.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// On what it was measured.
    pub machine: Machine,
    /// Partitions of the topics.
    pub partitions: i32,
    /// What was measured.
    pub sections: Vec<Section>,
}

/// One part of it.
#[derive(Clone, Debug, Serialize)]
pub struct Section {
    /// Which.
    pub part: Part,
    /// Each storage, at each rate.
    pub trials: Vec<Compared>,
    /// What was to be reached, and whether it was.
    pub goals: Vec<Goal>,
}

impl Section {
    pub(super) fn of(part: Part, trials: Vec<Compared>) -> Self {
        let goals = trials.iter().flat_map(|compared| Goal::all(part, compared)).collect();
        Self { part, trials, goals }
    }
}

/// Programs that did the same.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// The storage.
    pub store: &'static str,
    /// Batches and writers.
    pub settings: PerformanceConfig,
    /// What they had to do.
    pub task: Task,
    /// What they cost, ours first.
    pub programs: Vec<Figures>,
    /// The medians of the ratios of our latency to the bare program's writes alone.
    pub ours_over_bare_write: Quantiles,
}

/// What one program cost.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// Which program.
    pub program: Program,
    /// The medians.
    pub median: Measurement,
    /// The medians of the ratios of ours to it, each of two runs that followed each other.
    pub ours_over_it: Measurement,
    /// Every run.
    pub runs: Vec<Measurement>,
}

impl Compared {
    /// Compares the runs of each program.
    pub(super) fn of(trial: Trial, mut runs: Vec<(Program, Vec<Measurement>)>) -> Self {
        runs.sort_by_key(|(program, _)| *program);
        let of =
            |wanted| runs.iter().find(|(program, _)| *program == wanted).map_or(&[][..], |(_, runs)| runs);
        let (ours, bare) = (of(Program::Ours), of(Program::Bare));
        let waits: Vec<_> = ours.iter().zip(bare).map(|(ours, bare)| ours.latency.over(bare.write)).collect();
        let ours_over_bare_write = [0, 1, 2].map(|at| median(waits.iter().map(|wait| wait[at]))).into();
        let figures = |(program, runs): &(Program, Vec<_>)| Figures {
            program: *program,
            median: Measurement::median(runs),
            ours_over_it: Measurement::ratio(ours, runs),
            runs: runs.clone(),
        };
        let programs = runs.iter().map(figures).collect();
        let Trial { place, settings, task } = trial;
        Self { store: place.name(), settings, task, programs, ours_over_bare_write }
    }

    /// The storage, and the rate if it was given.
    pub(super) fn name(&self) -> String {
        match &self.task {
            Task::KeepUp { per_second, .. } => format!("{} at {per_second}/s", self.store),
            Task::Drain { .. } | Task::Hold { .. } => self.store.to_owned(),
        }
    }

    /// Whether a write outlives the process.
    pub(super) fn is_durable(&self) -> bool {
        self.store != Place::Memory.name()
    }

    /// What a program cost, if it ran.
    pub(super) fn figures(&self, program: Program) -> Option<&Figures> {
        self.programs.iter().find(|figures| figures.program == program)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_latency_stands_beside_the_bare_write_round_by_round() {
        let measured = |latency: f64, write: f64| Measurement {
            records_per_second: 1.0,
            latency: [latency; 3].into(),
            write: [write; 3].into(),
            cpu_us_per_record: 1.0,
            peak_mib: 1.0,
            buffered: None,
            sent_per_second: None,
        };
        let ours = [2.0, 9.0, 4.0].map(|latency| measured(latency, 1.0)).to_vec();
        let bare = [1.0, 6.0, 8.0].map(|write| measured(10.0, write)).to_vec();
        let task = Task::KeepUp { per_second: 20_000, records: 1, is_share: false };
        let trial = Trial { place: Place::Memory, settings: PerformanceConfig::LOW_LATENCY, task };
        let compared = Compared::of(trial, vec![(Program::Ours, ours), (Program::Bare, bare)]);
        assert_eq!(compared.ours_over_bare_write.p50_ms, 1.5);
        assert_eq!(compared.figures(Program::Bare).unwrap().ours_over_it.latency.p50_ms, 0.4);
        assert_eq!(compared.name(), "memory at 20000/s");
        assert!(compared.figures(Program::Copy).is_none());
    }
}
