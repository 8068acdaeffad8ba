//! What librdkafka calls back: rebalances. They run on the consumer's own thread, inside of `poll`.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use dlq_core::DlqStorage;
use dlq_core::observe::{DlqEvent, Observers};
use dlq_core::record::Name;
use dlq_core::storage::{SourcePartition, StorageError, StorageErrorKind, Watermark};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::base_consumer::BaseConsumer;
use rdkafka::consumer::{CommitMode, Consumer, ConsumerContext, RebalanceProtocol};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientContext, Statistics};
use tokio::runtime::Handle;

use super::checkpoint::{Answers, advance_all};
use super::partitions::{Key, Moved};
use super::start::{ask_committed, ask_log, decide, tell};
use super::state::State;
use crate::client::Complaints;
use crate::error::SourceError;

/// What the consumer's loop and the callbacks share.
#[derive(Debug)]
pub(super) struct SourceContext {
    /// The cluster's id, asked for before anything is consumed.
    pub(super) cluster: OnceLock<Name>,
    pub(super) storage: Arc<dyn DlqStorage>,
    pub(super) observers: Observers,
    pub(super) runtime: Handle,
    pub(super) drain_timeout: Duration,
    /// How long the storage may take to answer.
    pub(super) store_timeout: Duration,
    pub(super) state: Mutex<State>,
    pub(super) complaints: Complaints,
}

impl SourceContext {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The cluster's id; callbacks come only after it is known.
    pub(super) fn cluster(&self) -> &Name {
        self.cluster.get_or_init(Name::default)
    }

    /// Takes newly assigned partitions at the offsets where capture of each goes on.
    fn assign(&self, consumer: &BaseConsumer<Self>, tpl: &TopicPartitionList) -> Result<(), SourceError> {
        let keys = keys(tpl)?;
        let (watermarks, committed) = if keys.is_empty() {
            (Vec::new(), Vec::new())
        } else {
            (self.watermarks(&keys)?, ask_committed(consumer, tpl)?)
        };
        let topics: BTreeSet<_> = keys.iter().map(|(topic, _)| topic).collect();
        self.learn_ids(consumer, &topics)?;
        let mut at = TopicPartitionList::with_capacity(keys.len());
        let mut state = self.state();
        for ((key, watermark), committed) in keys.into_iter().zip(watermarks).zip(committed) {
            let (offset, start, alarm) = decide(committed, watermark, ask_log(consumer, &key)?);
            if let Some(alarm) = alarm {
                tell(alarm, &key, &self.observers);
            }
            at.add_partition_offset(key.0.as_str(), key.1, offset)?;
            state.partitions.assign(key, start);
        }
        state.expects_any = state.partitions.any_expected();
        match consumer.rebalance_protocol() {
            RebalanceProtocol::Cooperative => consumer.incremental_assign(&at)?,
            _ => consumer.assign(&at)?,
        }
        // The client remembers what it was once told to pause, also of what it had given back meanwhile.
        if state.paused {
            consumer.pause(&at)?
        } else {
            consumer.resume(&at)?
        }
        let now = state.partitions.keys().count();
        drop(state);
        tracing::info!(partitions = at.count(), now, "partitions were assigned");
        self.observers.tell(&DlqEvent::Assigned { partitions: now });
        Ok(())
    }

    /// The watermarks of partitions; asked again for a while, because nothing may be captured without them.
    fn watermarks(&self, keys: &[Key]) -> Result<Vec<Option<Watermark>>, SourceError> {
        let partition = |(topic, partition): &Key| SourcePartition {
            cluster: self.cluster().clone(),
            topic: topic.clone(),
            partition: *partition,
        };
        let partitions: Vec<_> = keys.iter().map(partition).collect();
        let give_up = Instant::now() + self.drain_timeout;
        loop {
            let answered = self.in_time(self.storage.watermarks(&partitions));
            match answered.unwrap_or_else(|| Err(no_answer("watermarks"))) {
                Err(error) if error.is_temporary() && Instant::now() < give_up => {
                    tracing::warn!(%error, "the storage did not tell the watermarks; it is asked again");
                    std::thread::sleep(Duration::from_millis(200));
                }
                answered => return Ok(answered?),
            }
        }
    }

    /// Waits for what these partitions handed out, moves their watermarks, commits, and lets them go.
    fn revoke(&self, consumer: &BaseConsumer<Self>, tpl: &TopicPartitionList) -> Result<(), SourceError> {
        let keys = keys(tpl)?;
        if !consumer.assignment_lost() && !self.state().ended {
            self.drain(&keys, self.drain_timeout);
            self.commit_now(consumer);
        }
        let mut state = self.state();
        for key in &keys {
            state.let_go(key);
        }
        state.given_back.extend(keys);
        let now = state.partitions.keys().count();
        drop(state);
        match consumer.rebalance_protocol() {
            RebalanceProtocol::Cooperative => consumer.incremental_unassign(tpl)?,
            _ => consumer.unassign()?,
        }
        tracing::info!(partitions = tpl.count(), now, "partitions were given back");
        self.observers.tell(&DlqEvent::Assigned { partitions: now });
        Ok(())
    }

    /// Waits until all that these partitions handed out is stored, or the time is up.
    pub(super) fn drain(&self, keys: &[Key], at_most: Duration) {
        let give_up = Instant::now() + at_most;
        let mut state = self.state();
        while state.is_on_its_way(keys) {
            let left = give_up.saturating_duration_since(Instant::now());
            let receipt =
                self.runtime.block_on(async { tokio::time::timeout(left, state.receipts.recv()).await });
            match receipt {
                Ok(Some(receipt)) => state.settle(receipt),
                Ok(None) => return,
                Err(_) => {
                    tracing::warn!(
                        "the storage is slow: what is on its way is captured again by whoever comes next"
                    );
                    return;
                }
            }
        }
    }

    /// Moves the watermarks and commits, and waits for both.
    pub(super) fn commit_now(&self, consumer: &BaseConsumer<Self>) {
        let running = self.state().checkpoint.take();
        if let Some(answers) = running.and_then(|running| self.in_time(running)?.ok()) {
            self.commit(consumer, answers, CommitMode::Sync);
        }
        let advances = self.state().partitions.advances(self.cluster());
        if advances.is_empty() || !self.are_the_same(consumer, &advances) {
            return;
        }
        let answers = self.in_time(advance_all(Arc::clone(&self.storage), advances, self.store_timeout));
        self.commit(consumer, answers.unwrap_or_default(), CommitMode::Sync);
    }

    /// What comes of some work on the storage, unless that takes too long.
    fn in_time<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.runtime.block_on(async { tokio::time::timeout(self.drain_timeout, work).await }).ok()
    }

    /// Commits what the watermarks allow.
    pub(super) fn commit(&self, consumer: &BaseConsumer<Self>, answers: Answers, mode: CommitMode) {
        let mut offsets = TopicPartitionList::new();
        let mut state = self.state();
        for (epoch, advance, answer) in answers {
            match answer.map(|advanced| state.partitions.advanced(epoch, &advance, advanced)) {
                Ok(Some((key, Moved::Commit(next)))) => {
                    self.observers.tell(&DlqEvent::Advanced { topic: &key.0, partition: key.1, next });
                    let offset = rdkafka::Offset::Offset(next);
                    if let Err(error) = offsets.add_partition_offset(key.0.as_str(), key.1, offset) {
                        tracing::warn!(%error, "an offset could not be committed");
                    }
                }
                Ok(Some((key, Moved::Rewind(to)))) => state.rewinds.push((key, to)),
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "a watermark did not move; it is moved later"),
            }
        }
        drop(state);
        if offsets.count() > 0
            && let Err(error) = consumer.commit(&offsets, mode)
        {
            tracing::warn!(%error, "offsets were not committed; they are below the watermark and committed later");
        }
    }
}

fn no_answer(operation: &'static str) -> StorageError {
    StorageError::new(StorageErrorKind::Timeout, operation, "the storage did not answer in time")
}

fn keys(tpl: &TopicPartitionList) -> Result<Vec<Key>, SourceError> {
    let key = |element: &rdkafka::topic_partition_list::TopicPartitionListElem<'_>| {
        Ok((dlq_core::TopicName::new(element.topic())?, element.partition()))
    };
    tpl.elements().iter().map(key).collect()
}

impl ClientContext for SourceContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, words: &str) {
        self.complaints.log(level, facility, words);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!(%error, reason, "Kafka: the client goes on by itself");
    }

    fn stats(&self, statistics: Statistics) {
        self.tell_lag(&statistics);
        self.tell_brokers(&statistics);
    }
}

impl ConsumerContext for SourceContext {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, code: RDKafkaRespErr, tpl: &mut TopicPartitionList) {
        let done = match code {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => self.assign(consumer, tpl),
            _ => self.revoke(consumer, tpl),
        };
        if let Err(error) = done {
            tracing::error!(%error, "the rebalance failed; the consumer begins anew");
            self.state().fatal = Some(error);
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, _: &TopicPartitionList) {
        if let Err(error) = result {
            tracing::warn!(%error, "offsets were not committed; they are below the watermark and committed later");
        }
    }
}
