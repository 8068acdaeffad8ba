//! [`Goal`]: what is to be reached, and whether it was.

use serde::Serialize;

use super::assignment::Program;
use super::report::{Compared, Figures};
use super::scenario::Part;
use super::trial::Task;

/// What is to be reached, and whether it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Goal {
    /// On which storage, and at which rate.
    pub of: String,
    /// What, and its limit.
    pub goal: String,
    /// What was measured.
    pub figure: f64,
    /// Whether that is enough.
    pub verdict: Verdict,
}

/// Whether a goal was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was.
    Met,
    /// It was not.
    Missed,
    /// The bare program's write alone takes longer than that, here.
    NotHere,
}

impl Verdict {
    /// As it is shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "missed",
            Self::NotHere => "not possible here: the bare write alone takes longer",
        }
    }
}

impl Goal {
    /// The goals of one part, held against what was measured.
    pub(super) fn all(part: Part, compared: &Compared) -> Vec<Self> {
        let (Some(ours), Some(bare)) = (compared.figures(Program::Ours), compared.figures(Program::Bare))
        else {
            return Vec::new();
        };
        let all = match part {
            Part::Throughput => throughput(ours, bare),
            Part::Latency => latency(compared, ours, bare),
            Part::Memory => memory(ours),
        };
        let goal = |(goal, figure, verdict): Held| Self { of: compared.name(), goal, figure, verdict };
        all.into_iter().map(goal).collect()
    }
}

/// A goal, the figure, and what they make.
type Held = (String, f64, Verdict);

fn throughput(ours: &Figures, bare: &Figures) -> Vec<Held> {
    let ratio = bare.ours_over_it;
    vec![
        at_least("rate, ours/bare", ratio.records_per_second, 0.85),
        at_most("CPU, ours/bare", ratio.cpu_us_per_record, 1.3),
        at_most("CPU µs a record", ours.median.cpu_us_per_record, 5.0),
    ]
}

/// At the rate that is a share of the throughput, batches are large, and one limit holds; where they are small, it is the
/// durable write that limits.
fn latency(compared: &Compared, ours: &Figures, bare: &Figures) -> Vec<Held> {
    let (wait, write) = (ours.median.latency, bare.median.write);
    if matches!(compared.task, Task::KeepUp { is_share: true, .. }) {
        return vec![at_most("P99 ms", wait.p99_ms, 10.0)];
    }
    if !compared.is_durable() {
        return vec![at_most("P50 ms", wait.p50_ms, 1.0), at_most("P99 ms", wait.p99_ms, 10.0)];
    }
    let over_write = compared.ours_over_bare_write;
    vec![
        allowed_by(write.p50_ms, 1.0, at_most("P50 ms", wait.p50_ms, 1.0)),
        allowed_by(write.p99_ms, 10.0, at_most("P99 ms", wait.p99_ms, 10.0)),
        at_most("P50, ours/bare write", over_write.p50_ms, 1.5),
        at_most("P99, ours/bare write", over_write.p99_ms, 1.5),
    ]
}

fn memory(ours: &Figures) -> Vec<Held> {
    let Some(buffered) = ours.median.buffered else { return Vec::new() };
    vec![
        at_most("resident MB", buffered.resident_mb, 500.0),
        at_most("overhead bytes a record", buffered.overhead_bytes_per_record, 300.0),
    ]
}

fn at_least(what: &str, figure: f64, limit: f64) -> Held {
    (format!("{what} ≥ {limit}"), figure, met(figure >= limit))
}

fn at_most(what: &str, figure: f64, limit: f64) -> Held {
    (format!("{what} ≤ {limit}"), figure, met(figure <= limit))
}

const fn met(is: bool) -> Verdict {
    if is { Verdict::Met } else { Verdict::Missed }
}

/// The same goal, which nobody can reach where the write alone takes longer.
fn allowed_by(write: f64, limit: f64, (goal, figure, verdict): Held) -> Held {
    let is_possible = write < limit || verdict == Verdict::Met;
    (goal, figure, if is_possible { verdict } else { Verdict::NotHere })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_held_against_its_limit() {
        assert_eq!(at_least("rate", 0.85, 0.85).2, Verdict::Met);
        assert_eq!(at_least("rate", 0.84, 0.85).2, Verdict::Missed);
        assert_eq!(at_most("CPU", 1.31, 1.3), ("CPU ≤ 1.3".to_owned(), 1.31, Verdict::Missed));
        assert_eq!(at_most("CPU", f64::NAN, 1.3).2, Verdict::Missed);
    }

    #[test]
    fn no_one_is_asked_to_be_faster_than_the_write() {
        let late = || at_most("P50 ms", 2.0, 1.0);
        assert_eq!(allowed_by(1.4, 1.0, late()).2, Verdict::NotHere);
        assert_eq!(allowed_by(0.6, 1.0, late()).2, Verdict::Missed);
        assert_eq!(allowed_by(1.4, 1.0, at_most("P50 ms", 0.9, 1.0)).2, Verdict::Met);
    }
}
