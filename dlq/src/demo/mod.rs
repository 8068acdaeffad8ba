//! `dlq demo`: the whole life of a dead letter in half a minute, with nothing installed.
//!
//! A Kafka broker runs inside this process, and so do the consumers of a made-up shop that fail on some messages. All
//! that stands between them is the real thing: the source, the storage, the redrive and the sink of `dlq serve` and
//! `dlq redrive`.

mod books;
mod broker;
mod consumers;
mod counters;
mod groups;
mod home;
mod live;
mod numbers;
mod producers;
mod workspace;

use std::fmt::Display;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use dlq_core::DlqStorage;
use dlq_kafka::SourceError;
use tokio_util::sync::CancellationToken;

pub use workspace::Workspace;

use crate::cli::exit::Exit;
use crate::config::Config;
use crate::output::Output;
use crate::serve;
use crate::traffic::{SERVICES, Service};
use broker::{Broker, PARTITIONS};
use consumers::{Consumers, Shop};
use live::Live;
use numbers::Numbers;
use producers::Producers;

/// What is played.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// How long messages are sent, in seconds.
    pub seconds: u64,
    /// How many messages are sent a second.
    pub rate: u64,
    /// From what chance follows: the same seed, the same messages.
    pub seed: u64,
}

/// How long what was sent may take to be processed and captured after the last message.
const CATCH_UP: Duration = Duration::from_secs(30);

/// Plays the demo, and answers whether its books balance and nothing is missing.
///
/// # Errors
/// A part does not start, or does not come to its end in time; the storage cannot be read, or nothing be written.
pub async fn run(
    scenario: &Scenario,
    workspace: &Workspace,
    output: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let mut demo = Demo::start(workspace, output).await?;
    demo.traffic(scenario).await?;
    demo.what_failed().await?;
    let sent_home = demo.payments_come_back().await?;
    let came_home = demo.who_came_home(&sent_home).await?;
    demo.stop().await?;
    let is_whole = demo.books().await?;
    demo.numbers.print(&*demo.storage, demo.output).await?;
    demo.farewell(workspace)?;
    Ok(if came_home && is_whole { Exit::Done } else { Exit::No })
}

/// Everything that runs.
struct Demo<'d, 'w> {
    broker: Broker,
    config: Config,
    storage: Arc<dyn DlqStorage>,
    shop: Arc<Shop>,
    numbers: Numbers,
    /// None once it has ended.
    consumers: Option<Consumers>,
    /// None once it has ended.
    capture: Option<tokio::task::JoinHandle<Result<(), SourceError>>>,
    /// Ends capture.
    stop: CancellationToken,
    live: Live,
    output: &'d mut Output<'w>,
}

impl<'d, 'w> Demo<'d, 'w> {
    async fn start(workspace: &Workspace, output: &'d mut Output<'w>) -> anyhow::Result<Self> {
        let storage = workspace.open().await?;
        let topics = SERVICES.map(|service| [service.topic, service.dead_letter_topic]).concat();
        headline(output, "1  A cluster", "your own Kafka cluster")?;
        let broker = Broker::start(&topics)?;
        output.line(format_args!(
            "A Kafka broker starts inside this process, with {PARTITIONS} partitions of {}.",
            topics.join(", ")
        ))?;

        let config = workspace.config(&broker.address())?;
        headline(
            output,
            "2  Capture",
            format_args!(
                "dlq serve --brokers kafka-1:9092 --topics {} --storage-url {}",
                config.kafka.topics.0.join(","),
                workspace.in_real_life()
            ),
        )?;
        let (shop, stop) = (Arc::new(Shop::default()), CancellationToken::new());
        let numbers = Numbers::start(&config, &storage).await?;
        let capture = start_capture(&config, &storage, &numbers, &shop, &stop);
        let consumers = Consumers::start(&broker.address(), &shop)?;
        live::wait("joining the groups", CATCH_UP, || consumers.have_joined(), || Ok(())).await?;
        output.line(format_args!(
            "Dead letters of all five are captured into {}; an offset is committed only when its record is stored.",
            workspace.url()
        ))?;
        output.line(format_args!("Numbers for Prometheus, while this runs: {}", numbers.url()))?;
        let live = Live::new(shop.counters.clone());
        let (capture, consumers) = (Some(capture), Some(consumers));
        Ok(Self { broker, config, storage, shop, numbers, consumers, capture, stop, live, output })
    }

    async fn traffic(&mut self, scenario: &Scenario) -> anyhow::Result<()> {
        headline(self.output, "3  Traffic", "your producers and consumers")?;
        self.output.line(format_args!(
            "For {} s, {} messages a second. {} fail on some of them: the payment service is down, and some messages \
             are broken.",
            scenario.seconds,
            scenario.rate,
            applications()
        ))?;
        let producers = Producers::start(&self.broker.address(), scenario, &self.shop.counters.sent)?;
        let limit = Duration::from_secs(scenario.seconds) + CATCH_UP;
        self.live.until("sending the messages", limit, self.output, || producers.are_done()).await?;
        producers.join()?;
        let counters = self.shop.counters.clone();
        let is_captured = || counters.all_handled() && counters.stored.get() >= counters.dead.get();
        self.live.until("capturing every dead letter", CATCH_UP, self.output, is_captured).await
    }

    async fn what_failed(&mut self) -> anyhow::Result<()> {
        headline(self.output, "4  What failed?", "dlq groups")?;
        self.output.line(
            "Dead letters with the same cause at the same place are one group, whatever numbers their messages hold.",
        )?;
        self.output.line("")?;
        groups::print(&*self.storage, self.output).await
    }

    /// Ends capture and the consumers, and waits for it.
    async fn stop(&mut self) -> anyhow::Result<()> {
        self.stop.cancel();
        if let Some(capture) = self.capture.take() {
            capture.await??;
        }
        self.consumers.take().map_or(Ok(()), Consumers::stop)
    }

    fn farewell(&mut self, workspace: &Workspace) -> anyhow::Result<()> {
        let url = workspace.url();
        if !self.storage.capability().durable {
            return Ok(self.output.line("\nNothing of it is kept: this storage ends with this process.")?);
        }
        self.output.heading(format_args!("Kept in {}", workspace.name()))?;
        self.output.line(format_args!("dlq list    --storage-url {url} --status pending"))?;
        self.output.line(format_args!("dlq show    --storage-url {url} ID"))?;
        self.output.line(format_args!("dlq account --storage-url {url}"))?;
        Ok(())
    }
}

/// Who consumes, and with what: `The order service (Spring Kafka), …`.
fn applications() -> String {
    let mut named =
        SERVICES.map(|Service { name, framework, .. }| format!("{name} ({framework})")).join(", ");
    named.replace_range(..1, "T");
    named
}

fn start_capture(
    config: &Config,
    storage: &Arc<dyn DlqStorage>,
    numbers: &Numbers,
    shop: &Shop,
    stop: &CancellationToken,
) -> tokio::task::JoinHandle<Result<(), SourceError>> {
    let observers = numbers.observers().with(Arc::new(shop.counters.clone()));
    let (config, storage, stop) = (config.clone(), Arc::clone(storage), stop.clone());
    tokio::spawn(async move { serve::capture(&config, storage, None, observers, stop).await })
}

/// Announces an act, and what does the same in real life.
fn headline(output: &mut Output<'_>, title: &str, in_real_life: impl Display) -> std::io::Result<()> {
    output.heading(title)?;
    output.line(format_args!("In real life: {in_real_life}"))?;
    output.to.flush()
}

/// What a thread came to.
fn joined(thread: JoinHandle<anyhow::Result<()>>) -> anyhow::Result<()> {
    thread.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a thread of the demo panicked")))
}
