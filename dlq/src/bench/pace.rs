//! [`Pace`]: dead letters at a steady rate, from a process of its own.

use std::time::{Duration, Instant};

use anyhow::ensure;
use rdkafka::ClientConfig;
use rdkafka::producer::{DefaultProducerContext, Producer, ThreadedProducer};
use serde::{Deserialize, Serialize};

use super::committed::Committed;
use super::topic::{PATIENCE, send};
use crate::config::{Config, Flag, Sources};
use crate::kafka;
use crate::traffic::{Letter, spring};

/// Letters are sent so often: all that are due.
const TICK: Duration = Duration::from_millis(1);
/// How often one looks whether capture has begun, and for how long at most.
const LOOK: Duration = Duration::from_millis(50);
/// Letters that are made before the first is sent, so that making them costs nothing while capture is measured; they
/// are sent again and again.
const MADE: u64 = 4096;

/// What the process is told that sends while capture runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pace {
    /// Where the cluster is.
    pub brokers: String,
    /// Where letters are sent.
    pub topic: String,
    /// The group that captures: it sets the start.
    pub group: String,
    /// How many letters lie in the topic: once they are committed, capture has begun, and so does this.
    pub warm_up: u64,
    /// How many letters are sent after them.
    pub records: u64,
    /// How many in a second.
    pub per_second: u64,
}

/// How it went.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Sent {
    /// How many letters were sent in a second: fewer than were asked for where the machine is too busy.
    pub per_second: f64,
}

impl Pace {
    /// Waits until capture has begun, and sends.
    ///
    /// # Errors
    /// Capture does not begin, or Kafka does not take what is sent.
    pub fn send(&self, mut sources: Sources) -> anyhow::Result<Sent> {
        let flag = |key, value: &str| Flag { key, name: "dlq bench", value: value.to_owned() };
        sources.flags.extend([
            flag("kafka.brokers", &self.brokers),
            flag("kafka.group_id", &self.group),
            flag("kafka.topics", &self.topic),
        ]);
        let config = Config::load(&sources)?.config;
        crate::logs::start(&config.log);
        let letters: Vec<_> = (0..MADE).map(spring::letter).collect();
        let producer = producer(kafka::client(&config.kafka))?;
        self.until_captured(&Committed::of(&kafka::source(&config).client(), &self.topic)?)?;
        let took = self.send_all(&producer, &letters)?;
        producer.flush(PATIENCE)?;
        Ok(Sent { per_second: self.records as f64 / took.as_secs_f64() })
    }

    fn until_captured(&self, committed: &Committed) -> anyhow::Result<()> {
        let give_up = Instant::now() + PATIENCE;
        while committed.records()? < self.warm_up {
            ensure!(Instant::now() < give_up, "capture has not begun within {} s", PATIENCE.as_secs());
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    fn send_all(
        &self,
        producer: &ThreadedProducer<DefaultProducerContext>,
        letters: &[Letter],
    ) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        let mut waiting = letters.iter().cycle();
        let mut sent = 0;
        while sent < self.records {
            let due = self.due(begun.elapsed());
            for letter in (sent..due).zip(&mut waiting).map(|(_, letter)| letter) {
                send(producer, letter.to(&self.topic))?;
            }
            sent = due;
            std::thread::sleep(TICK);
        }
        Ok(begun.elapsed())
    }

    /// How many letters are sent by then.
    fn due(&self, since: Duration) -> u64 {
        let due = since.as_micros() * u128::from(self.per_second) / 1_000_000;
        u64::try_from(due).map_or(self.records, |due| due.min(self.records))
    }
}

/// A producer that holds nothing back: what is sent together goes together.
fn producer(mut client: ClientConfig) -> anyhow::Result<ThreadedProducer<DefaultProducerContext>> {
    client.set("enable.idempotence", "true").set("compression.type", "lz4").set("linger.ms", "0");
    Ok(client.create()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_letters_are_due_as_the_pace_says_and_never_more_than_there_are() {
        let (brokers, topic, group) = (String::new(), String::new(), String::new());
        let pace = Pace { brokers, topic, group, warm_up: 0, records: 250, per_second: 1000 };
        let due = [0, 1, 100, 250, 9000].map(|millis| pace.due(Duration::from_millis(millis)));
        assert_eq!(due, [0, 1, 100, 250, 250]);
    }
}
