//! [`Scenario`]: what is measured, and in which order.

use std::time::{Duration, Instant};

use clap::ValueEnum;
use dlq_core::policy::config::PerformanceConfig;
use rdkafka::ClientConfig;
use serde::Serialize;

use super::assignment::Program;
use super::machine::Machine;
use super::measurement::Measurement;
use super::place::Place;
use super::report::{Compared, Report, Section};
use super::topic::Topics;
use super::trial::{Origin, Task, Trial};

/// Which share of the rate that our program reaches when it does nothing else is a quieter day.
const QUIETER: f64 = 0.65;
/// So many records wait for a storage that stands still; a quarter more are in the topic, so that the client's own queue
/// is as full as before when they are weighed.
const HELD: u64 = 100_000;

/// What can be measured of capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// How many records a second, and at what CPU, from a topic that is full
    Throughput,
    /// How long a record takes to be stored at a steady rate
    Latency,
    /// What records cost that wait for the storage
    Memory,
}

/// What is measured.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Where the cluster is.
    pub brokers: String,
    /// A client of it.
    pub client: ClientConfig,
    /// What is measured of capture; all where nothing is named.
    pub only: Vec<Part>,
    /// How many dead letters are captured in each run from a full topic.
    pub records: u64,
    /// How many runs of each program.
    pub runs: u32,
    /// No further round begins after so long.
    pub time: Duration,
    /// Batches and writers where throughput is measured.
    pub settings: PerformanceConfig,
    /// Partitions of the topics.
    pub partitions: i32,
    /// The steady rate at which latency is measured, in letters a second; another is a share of the throughput.
    pub pace: u64,
    /// How many seconds each run at a steady rate lasts.
    pub seconds: u64,
    /// The storages, by their URLs. Of each only the place is used: nothing that is there is read or changed.
    pub stores: Vec<String>,
    /// What each measured process is told before the verb.
    pub global: Vec<String>,
}

impl Scenario {
    /// Measures, and cleans up.
    ///
    /// # Errors
    /// Kafka or a storage cannot be used, a run failed, or a count is wrong.
    pub async fn measure(&self) -> anyhow::Result<Report> {
        let places: Vec<Place> = self.stores.iter().map(|url| Place::at(url)).collect::<Result<_, _>>()?;
        let machine = Machine::look()?;
        let topics = Topics::of(&self.client, self.partitions)?;
        let from = Origin { brokers: self.brokers.clone(), global: self.global.clone() };
        let until = Instant::now() + self.time;
        let rounds = Rounds { places: &places, topics: &topics, from, until };
        let measured = tokio::select! {
            measured = self.sections(&rounds) => measured,
            told = tokio::signal::ctrl_c() => Err(told.err().map_or_else(|| anyhow::anyhow!("interrupted"), Into::into)),
        };
        for place in &places {
            place.leave().await?;
        }
        topics.delete_all().await?;
        Ok(Report { machine, partitions: self.partitions, sections: measured? })
    }

    fn measures(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    async fn sections(&self, rounds: &Rounds<'_>) -> anyhow::Result<Vec<Section>> {
        let mut sections = Vec::new();
        if self.measures(Part::Throughput) {
            let trials = self.drains(rounds).await?;
            sections.push(Section::of(Part::Throughput, rounds.compare(trials, self.runs).await?));
        }
        if self.measures(Part::Latency) {
            let saturated = match sections.first() {
                Some(throughput) => throughput.trials.iter().filter_map(our_rate).collect(),
                None => self.saturated(rounds).await?,
            };
            let trials = self.paces(rounds, &saturated);
            sections.push(Section::of(Part::Latency, rounds.compare(trials, self.runs).await?));
        }
        if self.measures(Part::Memory) {
            let trial = self.hold(rounds).await?;
            sections.push(Section::of(Part::Memory, rounds.compare(vec![trial], self.runs).await?));
        }
        Ok(sections)
    }

    /// Each storage, as fast as may be.
    async fn drains(&self, rounds: &Rounds<'_>) -> anyhow::Result<Vec<Trial>> {
        let (settings, records) = (self.settings, self.records);
        let topic = rounds.topics.make(records).await?;
        let task = Task::Drain { topic, records };
        let trial = |place: &Place| Trial { place: place.clone(), settings, task: task.clone() };
        Ok(rounds.places.iter().map(trial).collect())
    }

    /// The rate that ours reaches on each storage, if only latency is asked for: one run.
    async fn saturated(&self, rounds: &Rounds<'_>) -> anyhow::Result<Vec<f64>> {
        let mut rates = Vec::new();
        for trial in self.drains(rounds).await? {
            let measured = trial.measure(Program::Ours, rounds.topics, &rounds.from).await?;
            rates.push(measured.records_per_second);
        }
        Ok(rates)
    }

    /// Each storage at the steady rate, set for low latency, and at a share of its throughput, set as for that.
    fn paces(&self, rounds: &Rounds<'_>, saturated: &[f64]) -> Vec<Trial> {
        let both = |(place, rate): (&Place, &f64)| {
            let steady = (PerformanceConfig::LOW_LATENCY, self.pace, false);
            let quieter = (self.settings, whole(rate * QUIETER), true);
            [steady, quieter].map(|(settings, per_second, is_share)| {
                let task = Task::KeepUp { per_second, records: per_second * self.seconds, is_share };
                Trial { place: place.clone(), settings, task }
            })
        };
        rounds.places.iter().zip(saturated).flat_map(both).collect()
    }

    /// Many records in the process, whatever the storage.
    async fn hold(&self, rounds: &Rounds<'_>) -> anyhow::Result<Trial> {
        let records = self.records.min(HELD + HELD / 4);
        let held = records - records / 5;
        let topic = rounds.topics.make(records).await?;
        // All of them find a place among 64 that are written and 64 that wait.
        let batch = usize::try_from(held / 50)?.max(1);
        let settings = PerformanceConfig::builder().batch_size(batch).batch_size_min(batch).writers(64);
        let settings = settings.linger(Duration::from_secs(1)).budget_bytes(1 << 30).build()?;
        Ok(Trial { place: Place::Memory, settings, task: Task::Hold { topic, records, held } })
    }
}

/// What trials are made of, in turns.
struct Rounds<'s> {
    places: &'s [Place],
    topics: &'s Topics,
    from: Origin,
    until: Instant,
}

impl Rounds<'_> {
    /// Every trial in turn, again and again, its programs taking turns to be first: a machine that is shared slows all of
    /// them. The first round is made whatever the time.
    async fn compare(&self, trials: Vec<Trial>, runs: u32) -> anyhow::Result<Vec<Compared>> {
        let none =
            |trial: &Trial| trial.programs().into_iter().map(|program| (program, Vec::new())).collect();
        let mut all: Vec<Vec<(Program, Vec<Measurement>)>> = trials.iter().map(none).collect();
        for round in 0..runs as usize {
            if round > 0 && Instant::now() > self.until {
                tracing::warn!(rounds = round, asked = runs, "the time is up: there are fewer rounds");
                break;
            }
            for (trial, programs) in trials.iter().zip(&mut all) {
                programs.rotate_left(usize::from(round > 0));
                for (program, runs) in programs {
                    runs.push(trial.measure(*program, self.topics, &self.from).await?);
                }
            }
        }
        Ok(trials.into_iter().zip(all).map(|(trial, runs)| Compared::of(trial, runs)).collect())
    }
}

/// The median rate of ours.
fn our_rate(compared: &Compared) -> Option<f64> {
    compared.figures(Program::Ours).map(|ours| ours.median.records_per_second)
}

/// A rate in whole records, and at least one.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates are small and positive; `as` saturates"
)]
fn whole(rate: f64) -> u64 {
    (rate.round() as u64).max(1)
}
