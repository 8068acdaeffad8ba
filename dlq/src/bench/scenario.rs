//! [`Scenario`]: what is measured, and in which order.

use rdkafka::ClientConfig;

use super::assignment::{Assignment, Program};
use super::machine::Machine;
use super::meter::Measurement;
use super::place::Place;
use super::report::{Compared, Report};
use super::topic::Topic;

/// What is measured.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Where the cluster is.
    pub brokers: String,
    /// The client's further properties.
    pub client: ClientConfig,
    /// How many dead letters are captured in each run.
    pub records: u64,
    /// How many runs of each program.
    pub runs: u32,
    /// Records per batch at most.
    pub batch: u32,
    /// Partitions of the topic.
    pub partitions: i32,
    /// The storages, by their URLs. Of each only the place is used: nothing that is there is read or changed.
    pub stores: Vec<String>,
    /// What each measured process is told before the verb.
    pub global: Vec<String>,
}

/// The runs of both programs on one storage, ours beside the bare one.
type Pairs = Vec<[Measurement; 2]>;

impl Scenario {
    /// Measures, and cleans up.
    ///
    /// # Errors
    /// Kafka or a storage cannot be used, a run failed, or a count is wrong.
    pub async fn measure(&self) -> anyhow::Result<Report> {
        let places: Vec<Place> = self.stores.iter().map(|url| Place::at(url)).collect::<Result<_, _>>()?;
        let machine = Machine::look()?;
        let topic = Topic::make(self, &self.client).await?;
        let groups: Vec<_> = (0..self.stores.len() * self.runs_of_a_store())
            .map(|run| format!("{}-{run}", topic.name))
            .collect();
        let measured = tokio::select! {
            measured = self.run_all(&places, &topic.name, &groups) => measured,
            told = tokio::signal::ctrl_c() => Err(told.err().map_or_else(|| anyhow::anyhow!("interrupted"), Into::into)),
        };
        for place in &places {
            place.leave().await?;
        }
        topic.delete(&groups).await?;
        let compared = places.iter().zip(measured?).map(|(place, pairs)| Compared::of(place.name(), pairs));
        Ok(Report {
            machine,
            records: self.records,
            batch: self.batch,
            partitions: self.partitions,
            stores: compared.collect(),
        })
    }

    const fn runs_of_a_store(&self) -> usize {
        2 * self.runs as usize
    }

    /// Every storage in turn, the two programs taking turns to be first.
    async fn run_all(&self, places: &[Place], topic: &str, groups: &[String]) -> anyhow::Result<Vec<Pairs>> {
        let mut groups = groups.iter();
        let mut all: Vec<Pairs> = places.iter().map(|_| Pairs::new()).collect();
        for run in 0..self.runs {
            for (place, pairs) in places.iter().zip(&mut all) {
                let order = if run % 2 == 0 {
                    [Program::Ours, Program::Bare]
                } else {
                    [Program::Bare, Program::Ours]
                };
                let mut pair = Vec::with_capacity(2);
                for program in order {
                    let group = groups.next().cloned().unwrap_or_default();
                    pair.push(self.run(program, place, topic, group).await?);
                }
                if let [first, second] = pair[..] {
                    pairs.push(if run % 2 == 0 { [first, second] } else { [second, first] });
                }
            }
        }
        Ok(all)
    }

    async fn run(
        &self,
        program: Program,
        place: &Place,
        topic: &str,
        group: String,
    ) -> anyhow::Result<Measurement> {
        let url = place.enter().await?;
        let (brokers, topic) = (self.brokers.clone(), topic.to_owned());
        let assignment =
            Assignment { program, url, brokers, topic, group, records: self.records, batch: self.batch };
        let measured = assignment.delegate(&self.global).await;
        place.leave().await?;
        let measurement = measured?;
        tracing::info!(storage = place.name(), ?program, ?measurement, "measured");
        Ok(measurement)
    }
}
