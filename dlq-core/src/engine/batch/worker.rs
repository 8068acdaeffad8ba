//! What the workers of a processor share, and what each of them does: fill, write, tell.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::filler::{Filled, Filler};
use super::sink::fates;
use super::stats::{Recorder, Times};
use super::{BatchSink, BatchStats, Fate, Sizer};

/// A batch that was written, as its listener sees it.
#[derive(Debug)]
pub struct Finished<'a, T, O, E> {
    /// The items.
    pub items: &'a [T],
    /// What became of them, in the same order.
    pub fates: &'a [Fate<O, E>],
    /// How long the sink took.
    pub took: Duration,
}

/// Hears of every batch, on the way: it must be quick.
pub(super) type Listener<T, O, E> = Box<dyn Fn(&Finished<'_, T, O, E>) + Send + Sync>;

/// What the workers share.
pub(super) struct Shared<T, S: BatchSink<T>> {
    pub(super) sink: S,
    pub(super) listener: Listener<T, S::Outcome, S::Error>,
    /// Whoever holds it fills the next batch.
    pub(super) seat: tokio::sync::Mutex<Filler<T, S::Outcome, S::Error>>,
    pub(super) sizer: Mutex<Sizer>,
    pub(super) recorder: Mutex<Recorder>,
    /// How many items are being written.
    pub(super) writing: AtomicUsize,
    /// Time is up: what is not written now is handed back.
    pub(super) out_of_time: CancellationToken,
    /// Items whose write had begun when time was up.
    pub(super) in_doubt: Mutex<Vec<T>>,
}

impl<T: Send + Sync, S: BatchSink<T>> Shared<T, S> {
    /// Fills and writes until the queue is closed and empty, or time is up.
    pub(super) async fn work(self: Arc<Self>) {
        let mut batch = Filled::default();
        while self.fill(&mut batch).await {
            self.write(&mut batch).await;
        }
    }

    async fn fill(&self, batch: &mut Filled<T, S::Outcome, S::Error>) -> bool {
        let filled = async {
            let mut filler = self.seat.lock().await;
            let size = lock(&self.sizer).size();
            filler.fill(batch, size).await
        };
        tokio::select! {
            biased;
            () = self.out_of_time.cancelled() => false,
            more = filled => more,
        }
    }

    async fn write(&self, batch: &mut Filled<T, S::Outcome, S::Error>) {
        let items = batch.items.len();
        self.writing.fetch_add(items, Ordering::Relaxed);
        let began = Instant::now();
        let fates = tokio::select! {
            biased;
            fates = fates(&self.sink, &batch.items) => Some(fates),
            () = self.out_of_time.cancelled() => None,
        };
        match fates {
            Some(fates) => {
                self.tell(batch, fates, Times { began: began.into(), done: Instant::now().into() })
            }
            None => lock(&self.in_doubt).append(&mut batch.items),
        }
        self.writing.fetch_sub(items, Ordering::Relaxed);
    }

    /// Counts, then tells the listener, then those who hold a ticket.
    fn tell(
        &self,
        batch: &mut Filled<T, S::Outcome, S::Error>,
        fates: Vec<Fate<S::Outcome, S::Error>>,
        times: Times,
    ) {
        let took = times.done.saturating_duration_since(times.began);
        let failed = fates.iter().filter(|fate| fate.is_err()).count();
        let arrivals = batch.slips.iter().map(|slip| slip.arrived);
        lock(&self.recorder).record(times, batch.room, failed, arrivals);
        lock(&self.sizer).observe(batch.items.len(), took);
        let finished = Finished { items: &batch.items, fates: &fates, took };
        if catch_unwind(AssertUnwindSafe(|| (self.listener)(&finished))).is_err() {
            tracing::error!("the listener of a batch processor panicked; the batch is written all the same");
        }
        // Whoever waits for what the items hold may be the one who brings the next batch.
        batch.items.clear();
        for (slip, fate) in batch.slips.drain(..).zip(fates) {
            if let Some(stub) = slip.stub {
                // Whoever dropped the ticket does not want to know.
                stub.send(fate).ok();
            }
        }
    }

    pub(super) fn stats(&self, waiting: usize) -> BatchStats {
        BatchStats {
            waiting,
            writing: self.writing.load(Ordering::Relaxed),
            size: lock(&self.sizer).size(),
            ..lock(&self.recorder).snapshot(Instant::now().into())
        }
    }
}

pub(super) fn lock<V>(mutex: &Mutex<V>) -> MutexGuard<'_, V> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
