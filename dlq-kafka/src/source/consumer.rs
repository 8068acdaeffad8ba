//! [`KafkaSource`]: one consumer on a thread of its own, from `poll` to the intake.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use dlq_core::handler::{Batch, Budget, Intake, IntakeConfig};
use dlq_core::observe::Observers;
use dlq_core::record::classify::ErrorClassifier;
use dlq_core::record::{Name, TopicName};
use dlq_core::{Clock, DlqStorage};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::message::BorrowedMessage;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::building::Building;
use super::capture::Capture;
use super::config::SourceConfig;
use super::context::SourceContext;
use super::partitions::{Key, Share};
use super::recreated::is_as_expected;
use super::state::State;
use super::subscription::Subscription;
use super::telling::Telling;
use crate::client::{Complaints, hear};
use crate::dialect::DialectReader;
use crate::error::SourceError;
use crate::probe::missing;

/// How long `poll` waits while no batch is begun.
const IDLE: Duration = Duration::from_millis(50);
/// How long a seek may take.
pub(super) const SEEK: Duration = Duration::from_secs(10);
/// How long the cluster is asked for its id.
const ASK_CLUSTER: Duration = Duration::from_secs(30);

/// Consumes dead-letter topics on a thread of its own and stores what it captures.
///
/// An offset is committed only when everything below it is stored and below the watermark. While the storage is slow
/// partitions are paused, and nothing is dropped; while it is away nothing is committed.
pub struct KafkaSource {
    pub(super) consumer: BaseConsumer<SourceContext>,
    pub(super) config: SourceConfig,
    pub(super) batches: mpsc::Sender<Batch<Vec<Share>>>,
    writers: JoinSet<()>,
    pub(super) budget: Budget,
    capture: Capture,
    pub(super) building: Building,
    pub(super) telling: Telling,
    subscription: Subscription,
    stop: CancellationToken,
    /// Records of the batch that is being filled, at most.
    pub(super) batch_size: usize,
    pub(super) next_checkpoint: Instant,
    pub(super) next_offer: Instant,
}

impl KafkaSource {
    /// Starts consuming on a new thread, storing on the current Tokio runtime. It ends when `stop` is cancelled, after
    /// what was captured is stored and committed as far as [`SourceConfig::drain_timeout`] allows; or with an error,
    /// after which it may be started again.
    ///
    /// # Errors
    /// The thread cannot be started.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn spawn(
        config: SourceConfig,
        intake: IntakeConfig,
        storage: Arc<dyn DlqStorage>,
        clock: Arc<dyn Clock>,
        observers: Observers,
        stop: CancellationToken,
    ) -> Result<JoinHandle<Result<(), SourceError>>, SourceError> {
        let runtime = Handle::current();
        let run = move || Self::connect(config, intake, storage, clock, observers, stop, runtime)?.run();
        Ok(std::thread::Builder::new().name("dlq-source".to_owned()).spawn(run)?)
    }

    fn connect(
        config: SourceConfig,
        intake: IntakeConfig,
        storage: Arc<dyn DlqStorage>,
        clock: Arc<dyn Clock>,
        observers: Observers,
        stop: CancellationToken,
        runtime: Handle,
    ) -> Result<Self, SourceError> {
        let store_timeout = intake.store_timeout;
        let entered = runtime.enter();
        let (handle, writers) = Intake::start(Arc::clone(&storage), observers.clone(), intake);
        drop(entered);
        let context = SourceContext {
            cluster: OnceLock::new(),
            storage,
            observers,
            runtime,
            drain_timeout: config.drain_timeout,
            store_timeout,
            state: Mutex::new(State::new(handle.receipts, config.batch_size)),
            complaints: Complaints::default(),
        };
        let consumer: BaseConsumer<SourceContext> = config.client().create_with_context(context)?;
        let cluster = cluster_id(&consumer, &config)?;
        let cluster = consumer.context().cluster.get_or_init(|| cluster);
        let reader = DialectReader::new(ErrorClassifier::builtin())
            .with_rules(config.rules.clone())
            .guessing_origins(topics(&consumer, &config));
        let capture = Capture::new(cluster.clone(), reader, clock);
        let mut subscription = Subscription::begin(&config, &consumer.context().runtime);
        subscription.subscribe(&consumer)?;
        Ok(Self {
            consumer,
            batches: handle.batches,
            writers,
            budget: Budget::new(config.budget_bytes),
            capture,
            building: Building::default(),
            telling: Telling::default(),
            subscription,
            stop,
            batch_size: config.batch_size.max(),
            next_checkpoint: Instant::now(),
            next_offer: Instant::now(),
            config,
        })
    }

    fn run(mut self) -> Result<(), SourceError> {
        while !self.stop.is_cancelled() {
            self.subscription.follow(&self.consumer)?;
            self.settle_receipts();
            self.checkpoint();
            self.rewind()?;
            self.offer_held_again();
            self.resume();
            self.silence()?;
            self.fill()?;
            self.hand_over()?;
            self.look_after()?;
        }
        self.finish()
    }

    /// Whether everything that must go on does.
    fn look_after(&mut self) -> Result<(), SourceError> {
        if self.writers.try_join_next().is_some() {
            return Err(SourceError::IntakeEnded);
        }
        self.state().fatal.take().map_or(Ok(()), Err)
    }

    /// Polls until the batch is full, or nothing comes within its linger. A paused consumer is polled all the same: it
    /// would lose its partitions otherwise.
    fn fill(&mut self) -> Result<(), SourceError> {
        let state = self.state();
        let (paused, batch_size) = (state.paused, state.sizer.size());
        drop(state);
        self.batch_size = batch_size;
        while paused || !self.is_full() {
            // What is there already is taken without a look at the clock.
            let next = self.consumer.poll(Duration::ZERO).or_else(|| {
                let idle = paused || self.building.is_empty();
                self.consumer.poll(if idle { IDLE } else { self.building.patience(self.config.linger) })
            });
            match next {
                Some(Ok(message)) => take(&self.consumer, &mut self.capture, &mut self.building, &message)?,
                Some(Err(error)) => {
                    if let Some((code, reason)) = self.consumer.client().fatal_error() {
                        return Err(SourceError::Fatal { code, reason });
                    }
                    if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AutoOffsetReset) {
                        // Begun anew, capture finds out what is missing, says so, and goes on behind it.
                        return Err(error.into());
                    }
                    tracing::debug!(%error, "Kafka: between two messages");
                    return Ok(());
                }
                None => return Ok(()),
            }
        }
        Ok(())
    }

    pub(super) fn is_full(&self) -> bool {
        let share = (self.config.budget_bytes / 4).max(1);
        self.building.records() >= self.batch_size || self.building.bytes() >= share
    }

    /// Stores what is begun, waits for what is on its way, commits, and leaves the group.
    fn finish(mut self) -> Result<(), SourceError> {
        let give_up = Instant::now() + self.config.drain_timeout;
        while !self.building.is_empty() && Instant::now() < give_up && !self.try_hand_over()? {
            self.settle_receipts();
            std::thread::sleep(Duration::from_millis(1));
        }
        let keys: Vec<Key> = self.state().partitions.keys().cloned().collect();
        let context = self.consumer.context();
        context.drain(&keys, give_up.saturating_duration_since(Instant::now()));
        context.commit_now(&self.consumer);
        context.state().ended = true;
        self.consumer.unsubscribe();
        Ok(())
    }

    pub(super) fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.consumer.context().state()
    }
}

fn take(
    consumer: &BaseConsumer<SourceContext>,
    capture: &mut Capture,
    building: &mut Building,
    message: &BorrowedMessage<'_>,
) -> Result<(), SourceError> {
    let mut state = consumer.context().state();
    for key in std::mem::take(&mut state.given_back) {
        building.forget(&key);
    }
    let compare = state.expects_any;
    drop(state);
    if compare && !is_as_expected(consumer, capture, message)? {
        return Ok(());
    }
    building.push(capture.record(message)?);
    Ok(())
}

impl fmt::Debug for KafkaSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaSource").field("config", &self.config).finish_non_exhaustive()
    }
}

/// The topics there are, with a warning for each that should be and is not; none where the cluster does not say, for then
/// only names that say several are guessed worse.
fn topics(consumer: &BaseConsumer<SourceContext>, config: &SourceConfig) -> Vec<TopicName> {
    match consumer.fetch_metadata(None, ASK_CLUSTER) {
        Ok(metadata) => {
            let named = metadata.topics().iter().map(|topic| TopicName::new(topic.name()));
            let there: Vec<_> = named.filter_map(Result::ok).collect();
            for topic in missing(&config.topics, &there) {
                tracing::warn!(
                    topic,
                    "there is no such dead-letter topic, or we may not see it: it is captured once it is there"
                );
            }
            there
        }
        Err(error) => {
            tracing::warn!(%error, "Kafka: the topics cannot be listed; origins are guessed without them");
            Vec::new()
        }
    }
}

fn cluster_id(consumer: &BaseConsumer<SourceContext>, config: &SourceConfig) -> Result<Name, SourceError> {
    let id = consumer.client().fetch_cluster_id(ASK_CLUSTER);
    id.map(Name::from).ok_or_else(|| {
        hear(consumer);
        SourceError::NoCluster {
            brokers: config.brokers.clone(),
            seconds: ASK_CLUSTER.as_secs(),
            reason: consumer.context().complaints.reason(),
        }
    })
}
