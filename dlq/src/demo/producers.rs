//! The shop's producers: orders and shipments at a steady rate.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Scenario;
use super::broker::CountingProducer;
use super::counters::Counter;
use crate::traffic::{Letter, orders, shipments};

/// Producers at work, a thread for each topic.
#[derive(Debug)]
pub(super) struct Producers(Vec<JoinHandle<anyhow::Result<()>>>);

impl Producers {
    /// Begins to send: three orders for every two shipments.
    ///
    /// # Errors
    /// The client or a thread cannot be made.
    pub(super) fn start(brokers: &str, scenario: &Scenario, sent: &Counter) -> anyhow::Result<Self> {
        let orders_rate = scenario.rate * 3 / 5;
        let streams = [
            Stream { topic: orders::TOPIC, rate: orders_rate, message: orders::message },
            Stream {
                topic: shipments::TOPIC,
                rate: scenario.rate - orders_rate,
                message: shipments::message,
            },
        ];
        let Scenario { seconds, seed, .. } = *scenario;
        let start = |stream: Stream| {
            let producer = CountingProducer::new(brokers, sent.clone())?;
            let run = move || stream.run(&producer, seconds, seed);
            Ok(std::thread::Builder::new().name("demo-producer".to_owned()).spawn(run)?)
        };
        Ok(Self(streams.into_iter().map(start).collect::<anyhow::Result<_>>()?))
    }

    /// Whether everything is sent, or a producer gave up.
    #[must_use]
    pub(super) fn are_done(&self) -> bool {
        self.0.iter().all(JoinHandle::is_finished)
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// The broker did not accept everything.
    pub(super) fn join(self) -> anyhow::Result<()> {
        self.0.into_iter().try_for_each(super::joined)
    }
}

/// What one producer sends.
struct Stream {
    topic: &'static str,
    /// Messages a second.
    rate: u64,
    /// The message of a seed and a number.
    message: fn(u64, u64) -> Letter,
}

impl Stream {
    /// Sends each message when its time has come.
    fn run(&self, producer: &CountingProducer, seconds: u64, seed: u64) -> anyhow::Result<()> {
        let begun = Instant::now();
        for n in 0..self.rate * seconds {
            let due = begun + Duration::from_micros(n * 1_000_000 / self.rate);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            producer.send((self.message)(seed, n).to(self.topic))?;
        }
        producer.finish()
    }
}
