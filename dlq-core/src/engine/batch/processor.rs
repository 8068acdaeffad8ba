//! [`BatchProcessor`]: takes items one by one or many at once, and hands them to a sink in batches.

use std::collections::VecDeque;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex as StdMutex};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::filler::{Entry, EntryOf, Filler, Slip};
use super::ring::{Inlet, Outlet, ring};
use super::stats::Recorder;
use super::ticket::Stub;
use super::worker::{Listener, Shared, lock};
use super::{BatchConfig, BatchSink, BatchStats, Finished, Left, Sizer, Ticket};
use crate::engine::ring::{Refusal, Refused};
use crate::invalid::Invalid;

/// Gathers items into batches and writes them to a sink, several side by side.
///
/// # Behavior
/// - Every item that is accepted gets exactly one [`Fate`](super::Fate), or is handed back by [`stop`](Self::stop).
/// - Batches are filled in the order in which items were accepted, by one worker at a time, while the others write.
/// - Where the sink is slower than those who submit, they wait; memory is bounded by
///   [`queue`](BatchConfig::queue) + [`workers`](BatchConfig::workers) × size.
/// - Dropped without being stopped, it writes what it accepted, for at most half a minute, and then tells the log what
///   was left.
pub struct BatchProcessor<T: Send + Sync + 'static, S: BatchSink<T>> {
    inlet: Inlet<EntryOf<T, S>>,
    /// For whoever wants the oldest item out.
    oldest: StdMutex<Outlet<EntryOf<T, S>>>,
    shared: Arc<Shared<T, S>>,
    workers: Mutex<JoinSet<()>>,
    runtime: Handle,
    weighed: bool,
}

/// Not accepted: the processor was stopped. Here is what was handed in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the batch processor was stopped")]
pub struct Stopped<T>(pub T);

/// Not accepted. Here is what was handed in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrySubmitError<T> {
    /// No room just now.
    #[error("the queue of the batch processor is full")]
    Full(T),
    /// It was stopped.
    #[error("the batch processor was stopped")]
    Stopped(T),
}

/// Stopped in the middle: some items were accepted.
#[derive(Debug, thiserror::Error)]
#[error("the batch processor was stopped after it had accepted {} items", .tickets.len())]
pub struct StoppedMidway<T, O, E> {
    /// For each item that was accepted, in order.
    pub tickets: Vec<Ticket<O, E>>,
    /// Those that were not.
    pub rest: Vec<T>,
}

/// How long a processor that is dropped goes on.
const AFTER_DROP: Duration = Duration::from_secs(30);

impl<T: Send + Sync + 'static, S: BatchSink<T>> BatchProcessor<T, S> {
    /// Starts the workers on the current Tokio runtime.
    ///
    /// # Errors
    /// The first number of `config` that is not allowed.
    ///
    /// # Panics
    /// Outside of a Tokio runtime with a timer.
    pub fn start(config: BatchConfig, sink: S) -> Result<Self, Invalid> {
        Self::start_with_listener(config, sink, |_| ())
    }

    /// As [`start`](Self::start), and calls `listener` for every batch that was written, before those who hold tickets
    /// hear of it. It is called on the way, so it must be quick; if it panics, it hurts nobody else.
    ///
    /// # Errors
    /// The first number of `config` that is not allowed.
    ///
    /// # Panics
    /// Outside of a Tokio runtime with a timer.
    pub fn start_with_listener(
        config: BatchConfig,
        sink: S,
        listener: impl Fn(&Finished<'_, T, S::Outcome, S::Error>) + Send + Sync + 'static,
    ) -> Result<Self, Invalid> {
        config.validate()?;
        let (inlet, [outlet, oldest]) = ring(config.queue)?;
        let listener: Listener<T, S::Outcome, S::Error> = Box::new(listener);
        let shared = Arc::new(Shared {
            sink,
            listener,
            seat: Mutex::new(Filler::new(outlet, &config)),
            sizer: StdMutex::new(Sizer::new(config.size)),
            recorder: StdMutex::new(Recorder::new(Instant::now().into())),
            writing: AtomicUsize::new(0),
            out_of_time: CancellationToken::new(),
            in_doubt: StdMutex::default(),
        });
        let mut workers = JoinSet::new();
        for _ in 0..config.workers {
            workers.spawn(Arc::clone(&shared).work());
        }
        let (oldest, workers) = (StdMutex::new(oldest), Mutex::new(workers));
        let (runtime, weighed) = (Handle::current(), config.bytes_max.is_some());
        Ok(Self { inlet, oldest, shared, workers, runtime, weighed })
    }

    /// Hands an item in; waits for room. Dropped while it waits, it drops the item.
    ///
    /// # Errors
    /// [`Stopped`], with the item.
    pub async fn submit(&self, item: T) -> Result<(), Stopped<T>> {
        self.inlet.publish(self.entry(item, None)).await.map_err(|refused| Stopped(refused.value.item))
    }

    /// As [`submit`](Self::submit), and answers with a ticket.
    ///
    /// # Errors
    /// [`Stopped`], with the item.
    pub async fn submit_with_ticket(&self, item: T) -> Result<Ticket<S::Outcome, S::Error>, Stopped<T>> {
        let (stub, ticket) = Ticket::new();
        let published = self.inlet.publish(self.entry(item, Some(stub))).await;
        published.map(|()| ticket).map_err(|refused| Stopped(refused.value.item))
    }

    /// Hands an item in if there is room.
    ///
    /// # Errors
    /// Full or stopped, with the item.
    pub fn try_submit(&self, item: T) -> Result<(), TrySubmitError<T>> {
        self.try_publish(self.entry(item, None))
    }

    /// As [`try_submit`](Self::try_submit), and answers with a ticket.
    ///
    /// # Errors
    /// Full or stopped, with the item.
    pub fn try_submit_with_ticket(&self, item: T) -> Result<Ticket<S::Outcome, S::Error>, TrySubmitError<T>> {
        let (stub, ticket) = Ticket::new();
        self.try_publish(self.entry(item, Some(stub))).map(|()| ticket)
    }

    /// Hands items in, in this order; waits for room for each. Dropped while it waits, it drops those for which there was
    /// no room yet; the others are written.
    ///
    /// # Errors
    /// [`Stopped`], with those that were not accepted: the last ones.
    pub async fn submit_batch(&self, items: Vec<T>) -> Result<(), Stopped<Vec<T>>> {
        let arrived = Instant::now().into();
        let entry = |item| self.entry_of(item, Slip { arrived, stub: None });
        let mut entries: VecDeque<_> = items.into_iter().map(entry).collect();
        self.inlet.publish_batch(&mut entries).await.map_err(|_| Stopped(items_of(entries)))
    }

    /// As [`submit_batch`](Self::submit_batch), and answers with a ticket for each item, in order.
    ///
    /// # Errors
    /// [`StoppedMidway`], with the items that were not accepted, and a ticket for each that was.
    pub async fn submit_batch_with_tickets(
        &self,
        items: Vec<T>,
    ) -> Result<Vec<Ticket<S::Outcome, S::Error>>, StoppedMidway<T, S::Outcome, S::Error>> {
        let arrived = Instant::now().into();
        let mut tickets = Vec::with_capacity(items.len());
        let entry = |item| {
            let (stub, ticket) = Ticket::new();
            tickets.push(ticket);
            self.entry_of(item, Slip { arrived, stub: Some(stub) })
        };
        let mut entries: VecDeque<_> = items.into_iter().map(entry).collect();
        if self.inlet.publish_batch(&mut entries).await.is_ok() {
            return Ok(tickets);
        }
        tickets.truncate(tickets.len() - entries.len());
        Err(StoppedMidway { tickets, rest: items_of(entries) })
    }

    /// Takes back the oldest item that waits in the queue, for whom new ones matter more. What is being gathered into a
    /// batch, or written, waits no more. Its ticket, if it has one, says [`HandedBack`](super::ItemError::HandedBack).
    #[must_use]
    pub fn take_oldest(&self) -> Option<T> {
        let mut oldest = None;
        // A ring that has failed has nothing to take from.
        lock(&self.oldest).try_work(1, |slot| oldest = slot.take()).ok()?;
        oldest.map(|entry| entry.item)
    }

    /// How many items there is room for, at this moment; none once it is stopped.
    #[must_use]
    pub fn room(&self) -> usize {
        self.inlet.remaining_capacity()
    }

    /// Accepts nothing more and writes what was accepted. What is not written when `timeout` is up is handed back;
    /// writes that are under way are broken off then, and get another second to let go.
    ///
    /// Dropped while it waits, nothing is lost: it may be called again. Further calls find nothing left.
    pub async fn stop(&self, timeout: Duration) -> Left<T> {
        self.inlet.close();
        let mut workers = self.workers.lock().await;
        Arc::clone(&self.shared).drain(&mut workers, timeout).await
    }

    /// What it did until now.
    #[must_use]
    pub fn stats(&self) -> BatchStats {
        self.shared.stats(lock(&self.oldest).waiting())
    }

    fn entry(&self, item: T, stub: Option<Stub<S::Outcome, S::Error>>) -> EntryOf<T, S> {
        self.entry_of(item, Slip { arrived: Instant::now().into(), stub })
    }

    fn entry_of(&self, item: T, slip: Slip<S::Outcome, S::Error>) -> EntryOf<T, S> {
        let bytes = if self.weighed { self.shared.sink.bytes(&item) } else { 0 };
        Entry { item, slip, bytes }
    }

    fn try_publish(&self, entry: EntryOf<T, S>) -> Result<(), TrySubmitError<T>> {
        self.inlet.try_publish(entry).map_err(|Refused { value, reason }| match reason {
            Refusal::Full => TrySubmitError::Full(value.item),
            Refusal::Closed | Refusal::Failed(_) => TrySubmitError::Stopped(value.item),
        })
    }
}

fn items_of<T, O, E>(entries: VecDeque<Entry<T, O, E>>) -> Vec<T> {
    entries.into_iter().map(|entry| entry.item).collect()
}

impl<T: Send + Sync + 'static, S: BatchSink<T>> Drop for BatchProcessor<T, S> {
    fn drop(&mut self) {
        self.inlet.close();
        let mut workers = std::mem::take(self.workers.get_mut());
        if workers.is_empty() {
            return;
        }
        let shared = Arc::clone(&self.shared);
        self.runtime.spawn(async move {
            let left = shared.drain(&mut workers, AFTER_DROP).await;
            if !left.is_empty() {
                let items = left.len();
                tracing::error!(
                    items,
                    "a batch processor was dropped, and did not write all it had accepted"
                );
            }
        });
    }
}

impl<T: Send + Sync + 'static, S: BatchSink<T>> std::fmt::Debug for BatchProcessor<T, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BatchProcessor").field("room", &self.room()).finish_non_exhaustive()
    }
}
