//! [`Trial`]: one thing that is measured, the same for every program.

use dlq_core::policy::config::PerformanceConfig;
use serde::Serialize;

use super::assignment::{Assignment, Program};
use super::child::ask;
use super::measurement::Measurement;
use super::pace::{Pace, Sent};
use super::place::Place;
use super::topic::Topics;

/// So many letters lie in the topic before any others are sent.
const WARM_UP: u64 = 1000;

/// One thing that is measured, the same for every program.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    pub(super) place: Place,
    pub(super) settings: PerformanceConfig,
    pub(super) task: Task,
}

/// What a program has to do.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Task {
    /// To capture a topic that is full when it begins, as fast as may be.
    Drain {
        /// The topic.
        topic: String,
        /// How many letters are in it.
        records: u64,
    },
    /// To capture what is sent meanwhile.
    KeepUp {
        /// How many letters are sent in a second.
        per_second: u64,
        /// How many in all.
        records: u64,
        /// Whether that is a share of the throughput.
        is_share: bool,
    },
    /// To capture a topic that is full when it begins, for a storage that stands still at first.
    Hold {
        /// The topic.
        topic: String,
        /// How many letters are in it.
        records: u64,
        /// The storage answers once so many are in the process.
        held: u64,
    },
}

impl Trial {
    /// The programs that stand beside each other, ours first.
    pub(super) fn programs(&self) -> Vec<Program> {
        let mut programs = vec![Program::Ours, Program::Bare];
        if self.place.takes_copies() && matches!(self.task, Task::Drain { .. }) {
            programs.push(Program::Copy);
        }
        programs
    }

    /// Measures a program in an empty storage, which is removed afterwards, as are the letters that were sent.
    ///
    /// # Errors
    /// Kafka or the storage cannot be used, the program failed, or a count is wrong.
    pub(super) async fn measure(
        &self,
        program: Program,
        topics: &Topics,
        from: &Origin,
    ) -> anyhow::Result<Measurement> {
        let url = self.place.enter().await?;
        let measured = self.assign(program, url, topics, from).await;
        self.place.leave().await?;
        let measurement = measured?;
        tracing::info!(storage = self.place.name(), ?program, ?measurement, "measured");
        Ok(measurement)
    }

    async fn assign(
        &self,
        program: Program,
        url: String,
        topics: &Topics,
        from: &Origin,
    ) -> anyhow::Result<Measurement> {
        let (brokers, group, settings) = (from.brokers.clone(), topics.group(), self.settings);
        let assignment = |topic: &str, records, warm_up, held| {
            let (url, topic) = (url.clone(), topic.to_owned());
            let (brokers, group) = (brokers.clone(), group.clone());
            Assignment { program, url, brokers, topic, group, records, warm_up, held, settings }
        };
        match &self.task {
            Task::Drain { topic, records } => {
                ask("measure", &from.global, &assignment(topic, *records, 0, None)).await
            }
            Task::Hold { topic, records, held } => {
                ask("measure", &from.global, &assignment(topic, *records, 0, Some(*held))).await
            }
            Task::KeepUp { per_second, records, .. } => {
                let topic = topics.make(WARM_UP).await?;
                let assignment = assignment(&topic, WARM_UP + records, WARM_UP, None);
                let measured = keep_up(&assignment, *per_second, &from.global).await;
                topics.delete(&topic).await?;
                measured
            }
        }
    }
}

/// Measures a program while another sends.
async fn keep_up(assignment: &Assignment, per_second: u64, global: &[String]) -> anyhow::Result<Measurement> {
    let Assignment { brokers, topic, group, records, warm_up, .. } = assignment.clone();
    let pace = Pace { brokers, topic, group, warm_up, records: records - warm_up, per_second };
    let (measured, sent): (Measurement, Sent) =
        tokio::try_join!(ask("measure", global, assignment), ask("pace", global, &pace))?;
    Ok(Measurement { sent_per_second: Some(sent.per_second), ..measured })
}

/// Where letters come from, and what every process is told before its verb.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub(super) brokers: String,
    pub(super) global: Vec<String>,
}
