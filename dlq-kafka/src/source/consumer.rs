//! [`KafkaSource`]: one consumer on a thread of its own, from `poll` to the intake.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use dlq_core::handler::{Batch, Budget, Intake, IntakeConfig};
use dlq_core::observe::{DlqEvent, Observers};
use dlq_core::record::classify::ErrorClassifier;
use dlq_core::storage::Save;
use dlq_core::{Clock, DlqRecord, DlqStorage, RecordId};
use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::BorrowedMessage;
use rdkafka::topic_partition_list::TopicPartitionList;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::building::Building;
use super::capture::Capture;
use super::checkpoint::advance_all;
use super::config::SourceConfig;
use super::context::{Hold, SourceContext, State};
use super::partitions::{Key, Share, Start};
use crate::dialect::DialectReader;
use crate::error::SourceError;

/// How long `poll` waits while no batch is begun.
const IDLE: Duration = Duration::from_millis(50);
/// How long a full intake is waited for before partitions are paused.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long a seek may take.
const SEEK: Duration = Duration::from_secs(10);
/// How long the cluster is asked for its id.
const ASK_CLUSTER: Duration = Duration::from_secs(30);

/// Consumes dead-letter topics on a thread of its own and stores what it captures.
///
/// An offset is committed only when everything below it is stored and below the watermark. While the storage is slow
/// partitions are paused, and nothing is dropped; while it is away nothing is committed.
pub struct KafkaSource {
    consumer: BaseConsumer<SourceContext>,
    config: SourceConfig,
    batches: mpsc::Sender<Batch<Vec<Share>>>,
    _writers: JoinSet<()>,
    budget: Budget,
    capture: Capture,
    building: Building,
    stop: CancellationToken,
    next_checkpoint: Instant,
    next_offer: Instant,
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
        let entered = runtime.enter();
        let (handle, writers) = Intake::start(Arc::clone(&storage), observers.clone(), intake);
        drop(entered);
        let context = SourceContext {
            cluster: OnceLock::new(),
            storage,
            observers,
            runtime,
            drain_timeout: config.drain_timeout,
            state: Mutex::new(State::new(handle.receipts)),
        };
        let consumer: BaseConsumer<SourceContext> = config.client().create_with_context(context)?;
        let cluster = cluster_id(&consumer, &config)?;
        let cluster = consumer.context().cluster.get_or_init(|| cluster);
        let capture =
            Capture::new(Arc::clone(cluster), DialectReader::new(ErrorClassifier::builtin()), clock);
        let topics: Vec<_> = config.topics.iter().map(String::as_str).collect();
        consumer.subscribe(&topics)?;
        Ok(Self {
            consumer,
            batches: handle.batches,
            _writers: writers,
            budget: Budget::new(config.budget_bytes),
            capture,
            building: Building::default(),
            stop,
            next_checkpoint: Instant::now(),
            next_offer: Instant::now(),
            config,
        })
    }

    fn run(mut self) -> Result<(), SourceError> {
        while !self.stop.is_cancelled() {
            self.settle_receipts()?;
            self.checkpoint();
            self.rewind()?;
            self.offer_held_again();
            self.fill()?;
            self.hand_over()?;
            self.resume()?;
            if let Some(error) = self.state().fatal.take() {
                return Err(error);
            }
        }
        self.finish()
    }

    /// Polls until the batch is full, or nothing comes within its linger. A paused consumer is polled all the same: it
    /// would lose its partitions otherwise.
    fn fill(&mut self) -> Result<(), SourceError> {
        let paused = self.state().paused;
        while paused || !self.is_full() {
            let wait =
                if self.building.is_empty() { IDLE } else { self.building.patience(self.config.linger) };
            match self.consumer.poll(wait) {
                Some(Ok(message)) => take(&self.consumer, &mut self.capture, &mut self.building, &message)?,
                Some(Err(error)) => {
                    if let Some((code, reason)) = self.consumer.client().fatal_error() {
                        return Err(SourceError::Fatal { code, reason });
                    }
                    tracing::warn!(%error, "Kafka: the client goes on by itself");
                    return Ok(());
                }
                None => return Ok(()),
            }
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        let share = (self.config.budget_bytes / 4).max(1);
        self.building.records() >= self.config.batch_records || self.building.bytes() >= share
    }

    /// Hands the batch over if it is full or has waited long enough; waits for the intake, and pauses the partitions
    /// if that takes long.
    fn hand_over(&mut self) -> Result<(), SourceError> {
        let ripe = self.is_full() || self.building.patience(self.config.linger).is_zero();
        if self.building.is_empty() || !ripe {
            return Ok(());
        }
        let give_up = Instant::now() + PATIENCE;
        while !self.try_hand_over()? {
            if Instant::now() >= give_up {
                self.pause()?;
                return Ok(());
            }
            self.settle_receipts()?;
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    fn try_hand_over(&mut self) -> Result<bool, SourceError> {
        self.forget_given_back();
        let room = match self.batches.try_reserve() {
            Ok(room) => room,
            Err(mpsc::error::TrySendError::Full(())) => return Ok(false),
            Err(mpsc::error::TrySendError::Closed(())) => return Err(SourceError::IntakeEnded),
        };
        let Some(permit) = self.budget.take(self.building.bytes()) else { return Ok(false) };
        let mut state = self.consumer.context().state();
        room.send(self.building.hand_out(&mut state.partitions, permit));
        Ok(true)
    }

    /// What was begun of partitions that were given back counts for no one, also if they came again meanwhile.
    fn forget_given_back(&mut self) {
        let given_back = std::mem::take(&mut self.state().given_back);
        for key in &given_back {
            self.building.forget(key);
        }
    }

    fn pause(&self) -> Result<(), SourceError> {
        let mut state = self.state();
        if !state.paused {
            state.paused = true;
            drop(state);
            self.consumer.pause(&self.consumer.assignment()?)?;
            tracing::warn!("the storage is slow: partitions are paused");
            self.consumer.context().observers.tell(&DlqEvent::Paused);
        }
        Ok(())
    }

    /// Goes on after a pause, once what waited is handed over and there is room again.
    fn resume(&self) -> Result<(), SourceError> {
        let mut state = self.state();
        if state.paused && self.building.is_empty() && self.budget.has_recovered() {
            state.paused = false;
            let held: Vec<_> = state.holding.iter().map(|share| share.key.clone()).collect();
            drop(state);
            self.consumer.resume(&self.consumer.assignment()?)?;
            self.consumer.pause(&list(&held))?;
            tracing::info!("the storage keeps up again: partitions go on");
            self.consumer.context().observers.tell(&DlqEvent::Resumed);
        }
        Ok(())
    }

    fn settle_receipts(&self) -> Result<(), SourceError> {
        let mut state = self.state();
        let mut holds = Vec::new();
        while let Ok(receipt) = state.receipts.try_recv() {
            holds.extend(state.settle(receipt));
        }
        let paused = state.paused;
        drop(state);
        for (key, hold) in holds {
            let partition = list(std::slice::from_ref(&key));
            match hold {
                Hold::Begins => self.consumer.pause(&partition)?,
                Hold::Ends if paused => {}
                Hold::Ends => self.consumer.resume(&partition)?,
            }
            tracing::warn!(topic = %key.0, partition = key.1, ?hold, "a partition is held for what the storage refuses");
        }
        Ok(())
    }

    /// Moves the watermarks on the runtime, and commits when that is done.
    fn checkpoint(&mut self) {
        let context = Arc::clone(self.consumer.context());
        let mut state = context.state();
        if let Some(running) = state.checkpoint.take_if(|running| running.is_finished()) {
            drop(state);
            if let Ok(answers) = context.runtime.block_on(running) {
                context.commit(&self.consumer, answers, CommitMode::Async);
            }
        } else if state.checkpoint.is_none() && Instant::now() >= self.next_checkpoint {
            let advances = state.partitions.advances(context.cluster());
            if !advances.is_empty() {
                let work = advance_all(Arc::clone(&context.storage), advances);
                state.checkpoint = Some(context.runtime.spawn(work));
            }
            drop(state);
            self.next_checkpoint = Instant::now() + self.config.commit_interval;
        }
    }

    /// Goes on from where another instance has moved a watermark.
    fn rewind(&mut self) -> Result<(), SourceError> {
        let rewinds = std::mem::take(&mut self.state().rewinds);
        for (key, standing) in rewinds {
            tracing::info!(topic = %key.0, partition = key.1, next = standing.next, "another instance came further");
            let (generation, next) = (standing.generation, standing.next);
            self.building.forget(&key);
            self.state()
                .partitions
                .assign(key.clone(), Start { standing: Some(standing), generation, expect: None });
            self.consumer.seek(key.0.as_str(), key.1, Offset::Offset(next), SEEK)?;
        }
        Ok(())
    }

    /// Offers what the storage refuses again, and says so.
    fn offer_held_again(&mut self) {
        if Instant::now() < self.next_offer {
            return;
        }
        self.next_offer = Instant::now() + self.config.refused_retry;
        let held = std::mem::take(&mut self.state().held);
        for (share, saves) in held {
            let (topic, partition) = (&share.key.0, share.key.1);
            tracing::error!(
                %topic, partition, records = saves.len(),
                "the storage refuses records: their partition is held, and they are offered again"
            );
            let bytes = saves.iter().filter_map(Save::record).map(DlqRecord::weight).sum();
            match (self.budget.take(bytes), self.batches.try_reserve()) {
                (Some(permit), Ok(room)) => {
                    room.send(Batch { saves, ticket: vec![share], permit, since: Instant::now() });
                }
                _ => self.state().held.push((share, saves)),
            }
        }
    }

    /// Stores what is begun, waits for what is on its way, commits, and leaves the group.
    fn finish(mut self) -> Result<(), SourceError> {
        let give_up = Instant::now() + self.config.drain_timeout;
        while !self.building.is_empty() && Instant::now() < give_up && !self.try_hand_over()? {
            self.settle_receipts()?;
            std::thread::sleep(Duration::from_millis(1));
        }
        let keys: Vec<Key> = self.state().partitions.keys().cloned().collect();
        let context = self.consumer.context();
        context.drain(&keys, give_up.saturating_duration_since(Instant::now()));
        context.commit_now(&self.consumer);
        self.consumer.unsubscribe();
        Ok(())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
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

/// Compares the first message of a partition with the last one that was captured. Answers whether it is to be
/// captured: the same one again is not, and one of a recreated topic is captured from its beginning.
fn is_as_expected(
    consumer: &BaseConsumer<SourceContext>,
    capture: &mut Capture,
    message: &BorrowedMessage<'_>,
) -> Result<bool, SourceError> {
    let from = capture.captured_from(message)?;
    let key = (from.topic.clone(), from.partition);
    let mut state = consumer.context().state();
    let Some(assigned) = state.partitions.get_mut(&key) else { return Ok(true) };
    let expected = assigned.start.expect.take();
    let start = assigned.start.clone();
    state.expects_any = state.partitions.any_expected();
    match expected {
        Some((offset, id)) if offset == from.offset && id == RecordId::captured(&from) => Ok(false),
        Some((offset, _)) if offset == from.offset => {
            tracing::error!(
                topic = %key.0, partition = key.1,
                "the topic was recreated: another record stands where the last one was captured; capture begins \
                 anew, in a new generation"
            );
            state.partitions.assign(key, Start { generation: start.generation + 1, ..start });
            drop(state);
            consumer.seek(from.topic.as_str(), from.partition, Offset::Beginning, SEEK)?;
            Ok(false)
        }
        _ => Ok(true),
    }
}

impl fmt::Debug for KafkaSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaSource").field("config", &self.config).finish_non_exhaustive()
    }
}

fn cluster_id(
    consumer: &BaseConsumer<SourceContext>,
    config: &SourceConfig,
) -> Result<Arc<str>, SourceError> {
    let id = consumer.client().fetch_cluster_id(ASK_CLUSTER);
    id.map(Arc::from).ok_or_else(|| SourceError::NoCluster {
        brokers: config.brokers.clone(),
        seconds: ASK_CLUSTER.as_secs(),
    })
}

fn list(keys: &[Key]) -> TopicPartitionList {
    let mut list = TopicPartitionList::with_capacity(keys.len());
    for (topic, partition) in keys {
        list.add_partition(topic.as_str(), *partition);
    }
    list
}
