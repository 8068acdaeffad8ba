//! Back-pressure: batches are handed over as the intake takes them; partitions pause while it does not, and those from
//! which the storage refuses records are held. Nothing is dropped.

use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::thread::Thread;
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
use crate::error::SourceError;

/// How long room is waited for before receipts are looked at again.
const ROOM: Duration = Duration::from_millis(10);
/// How long a full intake is waited for before partitions are paused.
const PATIENCE: Duration = Duration::from_millis(500);

impl KafkaSource {
    /// Hands the batch over if it is full or has waited long enough; waits for the intake, and pauses the partitions
    /// if that takes long. Once they are paused it is `poll` that waits.
    pub(super) fn hand_over(&mut self) -> Result<(), SourceError> {
        let ripe = self.is_full() || self.building.patience(self.config.linger).is_zero();
        if self.building.is_empty() || !ripe {
            return Ok(());
        }
        let give_up = Instant::now() + PATIENCE;
        while !self.try_hand_over()? {
            if self.state().paused || Instant::now() >= give_up {
                self.pause();
                return Ok(());
            }
            self.settle_receipts();
            self.wait_for_room();
        }
        Ok(())
    }

    /// Waits until the intake takes another batch, and not for long: that the budget has room again is not told.
    fn wait_for_room(&self) {
        if self.batches.capacity() > 0 {
            return std::thread::sleep(Duration::from_millis(1));
        }
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        let room = std::pin::pin!(self.batches.reserve());
        if room.poll(&mut Context::from_waker(&waker)).is_pending() {
            std::thread::park_timeout(ROOM);
        }
    }

    pub(super) fn try_hand_over(&mut self) -> Result<bool, SourceError> {
        self.forget_given_back();
        let room = match self.batches.try_reserve() {
            Ok(room) => room,
            Err(mpsc::error::TrySendError::Full(())) => return Ok(false),
            Err(mpsc::error::TrySendError::Closed(())) => return Err(SourceError::IntakeEnded),
        };
        let Some(permit) = self.budget.take(self.building.bytes()) else { return Ok(false) };
        let observers = &self.consumer.context().observers;
        self.telling.captured(self.building.groups(), observers);
        observers.tell(&self.batched());
        let mut state = self.consumer.context().state();
        room.send(self.building.hand_out(&mut state.partitions, permit));
        Ok(true)
    }

    /// The batch that sets out.
    fn batched(&self) -> DlqEvent<'static> {
        DlqEvent::Batched {
            records: self.building.records() as u64,
            capacity: self.config.batch_records as u64,
            buffered: self.budget.used() as u64,
            budget: self.config.budget_bytes as u64,
        }
    }

    /// What was begun of partitions that were given back counts for no one, also if they came again meanwhile.
    fn forget_given_back(&mut self) {
        let given_back = std::mem::take(&mut self.state().given_back);
        for key in &given_back {
            self.building.forget(key);
        }
    }

    fn pause(&self) {
        if !std::mem::replace(&mut self.state().paused, true) {
            tracing::warn!("the storage is slow: partitions are paused");
            self.consumer.context().observers.tell(&DlqEvent::Paused);
        }
    }

    /// Goes on after a pause, once what waited is handed over and there is room again.
    pub(super) fn resume(&self) {
        let recovered = self.building.is_empty() && self.budget.has_recovered();
        let mut state = self.state();
        if recovered && std::mem::take(&mut state.paused) {
            drop(state);
            tracing::info!("the storage keeps up again: partitions go on");
            self.consumer.context().observers.tell(&DlqEvent::Resumed);
        }
    }

    pub(super) fn settle_receipts(&self) {
        let mut state = self.state();
        while let Ok(receipt) = state.receipts.try_recv() {
            state.settle(receipt);
        }
    }

    /// Tells the client which partitions to read no further, and which to read again.
    pub(super) fn silence(&self) -> Result<(), SourceError> {
        let mut state = self.state();
        let unwanted = state.unwanted();
        if unwanted != state.silenced {
            let again: Vec<_> = state.silenced.difference(&unwanted).cloned().collect();
            let assigned: Vec<_> =
                again.into_iter().filter(|key| state.partitions.get_mut(key).is_some()).collect();
            state.silenced.clone_from(&unwanted);
            drop(state);
            self.consumer.pause(&list(&unwanted))?;
            self.consumer.resume(&list(&assigned))?;
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

/// Wakes a thread that is parked.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn list<'k>(keys: impl IntoIterator<Item = &'k Key>) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    for (topic, partition) in keys {
        list.add_partition(topic.as_str(), *partition);
    }
    list
}
