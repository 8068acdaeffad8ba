//! The shop's producers: messages of every topic at a steady rate.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Scenario;
use super::broker::CountingProducer;
use super::counters::Counter;
use crate::traffic::{Letter, SERVICES, Service};

/// Producers at work, a thread for each topic.
#[derive(Debug)]
pub(super) struct Producers(Vec<JoinHandle<anyhow::Result<()>>>);

impl Producers {
    /// Begins to send, to each topic its share.
    ///
    /// # Errors
    /// The client or a thread cannot be made.
    pub(super) fn start(brokers: &str, scenario: &Scenario, sent: &Counter) -> anyhow::Result<Self> {
        let all: u64 = SERVICES.iter().map(|service| service.share).sum();
        let Scenario { seconds, rate, seed } = *scenario;
        let start = |Service { topic, share, message, .. }| {
            let producer = CountingProducer::new(brokers, sent.clone())?;
            let stream = Stream { topic, rate: (rate * share / all).max(1), message };
            let run = move || stream.run(&producer, seconds, seed);
            Ok(std::thread::Builder::new().name("demo-producer".to_owned()).spawn(run)?)
        };
        Ok(Self(SERVICES.into_iter().map(start).collect::<anyhow::Result<_>>()?))
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
