//! The shop's consumers: they accept what they can, and put the rest into their dead-letter topics.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rdkafka::consumer::BaseConsumer;

use super::broker::{self, CountingProducer, Joined};
use super::counters::{Counter, Counters};
use crate::traffic::{Letter, Place, SERVICES, Service};

/// How long a consumer waits for a message before it looks whether it should end.
const POLL: Duration = Duration::from_millis(50);
/// The header by which a consumer knows a record that was sent home.
const REDRIVE_ID: &str = "dlq.redrive.id";

/// What the consumers share.
#[derive(Debug, Default)]
pub(super) struct Shop {
    /// What is counted.
    pub(super) counters: Counters,
    payments_are_back: AtomicBool,
    closed: AtomicBool,
    came_home: Mutex<HashSet<Vec<u8>>>,
}

impl Shop {
    /// The payment service answers again.
    pub(super) fn bring_payments_back(&self) {
        self.payments_are_back.store(true, Ordering::Release);
    }

    /// Whether a consumer accepted a record under this redrive id.
    #[must_use]
    pub(super) fn has_seen(&self, redrive_id: &str) -> bool {
        self.came_home().contains(redrive_id.as_bytes())
    }

    fn accept(&self, redrive_id: Option<Vec<u8>>) {
        match redrive_id {
            None => self.counters.accepted.add(1),
            Some(id) => {
                if self.came_home().insert(id) {
                    self.counters.came_home.add(1);
                }
            }
        }
    }

    fn came_home(&self) -> MutexGuard<'_, HashSet<Vec<u8>>> {
        self.came_home.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Consumers at work, a thread for each service.
#[derive(Debug)]
pub(super) struct Consumers {
    shop: Arc<Shop>,
    threads: Vec<JoinHandle<anyhow::Result<()>>>,
    joined: Counter,
}

impl Consumers {
    /// Begins to consume.
    ///
    /// # Errors
    /// A client or a thread cannot be made.
    pub(super) fn start(brokers: &str, shop: &Arc<Shop>) -> anyhow::Result<Self> {
        let joined = Counter::default();
        let start = |service: Service| {
            let consumer = broker::consumer(brokers, service.group, service.topic, joined.clone())?;
            let producer = CountingProducer::new(brokers, shop.counters.dead.clone())?;
            let shop = Arc::clone(shop);
            let run = move || Consumer { service, producer, shop }.run(&consumer);
            Ok(std::thread::Builder::new().name("demo-consumer".to_owned()).spawn(run)?)
        };
        let threads = SERVICES.into_iter().map(start).collect::<anyhow::Result<_>>()?;
        Ok(Self { shop: Arc::clone(shop), threads, joined })
    }

    /// Whether each has got its partitions.
    pub(super) fn have_joined(&self) -> bool {
        self.joined.get() >= SERVICES.len() as u64
    }

    /// Ends them.
    ///
    /// # Errors
    /// The broker did not accept every dead letter.
    pub(super) fn stop(self) -> anyhow::Result<()> {
        self.shop.closed.store(true, Ordering::Release);
        self.threads.into_iter().try_for_each(super::joined)
    }
}

/// One application at work.
struct Consumer {
    service: Service,
    producer: CountingProducer,
    shop: Arc<Shop>,
}

impl Consumer {
    fn run(&self, consumer: &BaseConsumer<Joined>) -> anyhow::Result<()> {
        while !self.shop.closed.load(Ordering::Acquire) {
            match consumer.poll(POLL) {
                Some(Ok(message)) => {
                    let (letter, place) = Letter::received(&message);
                    self.handle(letter, &place)?;
                }
                Some(Err(error)) => {
                    tracing::warn!(%error, self.service.topic, "a consumer of the demo goes on");
                }
                None => {}
            }
        }
        self.producer.finish()
    }

    fn handle(&self, letter: Letter, place: &Place) -> anyhow::Result<()> {
        let redrive_id = letter.value(REDRIVE_ID).map(<[u8]>::to_vec);
        let payments_are_back = self.shop.payments_are_back.load(Ordering::Acquire);
        match (self.service.process)(letter, place, payments_are_back) {
            Ok(()) => self.shop.accept(redrive_id),
            Err(dead) => self.producer.send(dead.to(self.service.dead_letter_topic))?,
        }
        Ok(())
    }
}
