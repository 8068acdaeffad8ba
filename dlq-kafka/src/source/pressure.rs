//! Back-pressure: batches are handed over as the intake takes them; partitions pause while it does not, and those from
//! which the storage refuses records are held. Nothing is dropped.

use std::time::{Duration, Instant};

use dlq_core::DlqRecord;
use dlq_core::handler::Batch;
use dlq_core::observe::DlqEvent;
use dlq_core::storage::Save;
use rdkafka::consumer::Consumer;
use rdkafka::topic_partition_list::TopicPartitionList;
use tokio::sync::mpsc;

use super::consumer::KafkaSource;
use super::partitions::Key;
use super::state::Hold;
use crate::error::SourceError;

/// How long a full intake is waited for before partitions are paused.
const PATIENCE: Duration = Duration::from_millis(500);

impl KafkaSource {
    /// Hands the batch over if it is full or has waited long enough; waits for the intake, and pauses the partitions
    /// if that takes long.
    pub(super) fn hand_over(&mut self) -> Result<(), SourceError> {
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

    pub(super) fn try_hand_over(&mut self) -> Result<bool, SourceError> {
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
    pub(super) fn forget_given_back(&mut self) {
        let given_back = std::mem::take(&mut self.state().given_back);
        for key in &given_back {
            self.building.forget(key);
        }
    }

    pub(super) fn pause(&self) -> Result<(), SourceError> {
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
    pub(super) fn resume(&self) -> Result<(), SourceError> {
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

    pub(super) fn settle_receipts(&self) -> Result<(), SourceError> {
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

    /// Offers what the storage refuses again, and says so.
    pub(super) fn offer_held_again(&mut self) {
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
}

fn list(keys: &[Key]) -> TopicPartitionList {
    let mut list = TopicPartitionList::with_capacity(keys.len());
    for (topic, partition) in keys {
        list.add_partition(topic.as_str(), *partition);
    }
    list
}
