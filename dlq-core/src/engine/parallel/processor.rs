//! [`ParallelProcessor`]: workers start, run and stop.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio_util::task::TaskTracker;

use super::affinity::{self, Pinning};
use super::pool::Pool;
use super::steal::Deque;
use super::worker::work;
use super::{Lane, LaneHandler, ParallelConfig, ParallelStatistics, Partitioner, Place, StartError, park};

/// Handles items side by side, and those of one lane one after the other. See the [module](super).
///
/// Dropped without [`stop`](Self::stop), it takes nothing more, and the workers leave when what is pending is handled.
#[derive(Debug)]
pub struct ParallelProcessor<T, R> {
    pub(super) pool: Arc<Pool<T, R>>,
    /// The most that one submission can ask room for at once.
    pub(super) pending_max: usize,
    partitioner: Partitioner,
    /// The workers that have not left.
    workers: TaskTracker,
    /// The tasks of tokio that can be cut short; a thread cannot.
    tasks: Vec<AbortHandle>,
    pinning: Vec<Pinning>,
}

/// What [`stop`](ParallelProcessor::stop) left. Nothing of either, if there was time for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover<T> {
    /// Items that no handler took, and whose tickets are gone; where a ticket is held, the item is in its answer.
    pub returned: Vec<T>,
    /// Items that a handler had taken and not answered. A task of tokio is cut short; a thread goes on until its handler
    /// comes to its end.
    pub unfinished: usize,
}

impl<T, R> ParallelProcessor<T, R>
where
    T: Send + 'static,
    R: Send + 'static,
{
    /// Starts workers on threads of their own: for handlers that compute or block. It needs no runtime.
    ///
    /// # Errors
    ///
    /// A value of the configuration that is not allowed; no thread.
    pub fn on_threads(config: &ParallelConfig, handler: impl LaneHandler<T, R>) -> Result<Self, StartError> {
        let (mut processor, deques) = Self::new(config)?;
        let (told, pinned) = sync_channel(config.workers);
        let handler = Arc::new(handler);
        for deque in deques {
            let pin = config.pin.then(|| told.clone());
            processor.spawn_thread(deque, pin, Arc::clone(&handler)).map_err(StartError::NoThread)?;
        }
        drop(told);
        for (worker, pinning) in pinned {
            if let Some(slot) = processor.pinning.get_mut(worker) {
                *slot = pinning;
            }
        }
        Ok(processor)
    }

    /// Starts workers as tasks of tokio: for handlers that wait for others. Workers are cheap then, and as many lanes are
    /// under way at once.
    ///
    /// # Errors
    ///
    /// A value of the configuration that is not allowed.
    pub fn on_tokio(
        config: &ParallelConfig,
        runtime: &Handle,
        handler: impl LaneHandler<T, R>,
    ) -> Result<Self, StartError> {
        let (mut processor, deques) = Self::new(config)?;
        if config.pin {
            processor.pinning.fill(Pinning::Impossible("a task of tokio stays on no thread"));
        }
        let handler = Arc::new(handler);
        for deque in deques {
            let worker = work(Arc::clone(&processor.pool), deque, Arc::clone(&handler));
            processor.tasks.push(processor.workers.spawn_on(worker, runtime).abort_handle());
        }
        Ok(processor)
    }

    pub(super) fn new(config: &ParallelConfig) -> Result<(Self, Vec<Deque>), StartError> {
        config.validate()?;
        let (pool, deques) = Pool::new(config);
        let processor = Self {
            pool: Arc::new(pool),
            pending_max: config.pending_max,
            partitioner: Partitioner::new(
                config.partitioning,
                u32::try_from(config.lanes).unwrap_or(u32::MAX),
            ),
            workers: TaskTracker::new(),
            tasks: Vec::new(),
            pinning: vec![Pinning::NotAsked; config.workers],
        };
        Ok((processor, deques))
    }

    fn spawn_thread(
        &self,
        deque: Deque,
        pin: Option<SyncSender<(usize, Pinning)>>,
        handler: Arc<impl LaneHandler<T, R>>,
    ) -> std::io::Result<()> {
        let (pool, staying) = (Arc::clone(&self.pool), self.workers.token());
        let number = deque.worker;
        let run = move || {
            if let Some(told) = pin {
                told.send((number, affinity::pin(number))).ok();
            }
            park::wait(work(pool, deque, handler));
            drop(staying);
        };
        thread::Builder::new().name(format!("lanes-{number}")).spawn(run).map(drop)
    }

    /// Takes out the item that has waited longest, if any waits in its lane: to make room for what is worth more. `since`
    /// tells how long an item has waited, and it looks at every lane. Its ticket says that it was not answered.
    pub fn take_oldest<K: Ord>(&self, since: impl Fn(&T) -> K) -> Option<T> {
        self.pool.take_least(since)
    }

    /// Takes nothing more, and waits until what is pending is handled and the workers have left, for at most `timeout`.
    /// Then what waits is handed back, to its tickets or else to the caller, and tasks are cut short. Called again, it
    /// waits again.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with time; a thread calls [`stop_blocking`](Self::stop_blocking).
    pub async fn stop(&self, timeout: Duration) -> Leftover<T> {
        self.close();
        match tokio::time::timeout(timeout, self.workers.wait()).await {
            Ok(()) => Leftover { returned: Vec::new(), unfinished: 0 },
            Err(_) => self.give_up(),
        }
    }

    /// As [`stop`](Self::stop), for a thread, which is parked meanwhile. Not for a handler of this processor.
    pub fn stop_blocking(&self, timeout: Duration) -> Leftover<T> {
        self.close();
        match park::wait_at_most(timeout, self.workers.wait()) {
            Some(()) => Leftover { returned: Vec::new(), unfinished: 0 },
            None => self.give_up(),
        }
    }

    fn give_up(&self) -> Leftover<T> {
        let returned = self.pool.sweep();
        let unfinished = self.pool.pending();
        for task in &self.tasks {
            task.abort();
        }
        Leftover { returned, unfinished }
    }
}

impl<T, R> ParallelProcessor<T, R> {
    /// The lane of what comes from `place`, by the configured [`Partitioning`](super::Partitioning).
    pub fn lane(&self, place: &Place<'_>) -> Lane {
        self.partitioner.lane(place)
    }

    /// What was done so far. It looks at every lane: for every few seconds, not for every item.
    #[must_use]
    pub fn statistics(&self) -> ParallelStatistics {
        ParallelStatistics::read(&self.pool)
    }

    /// What came of the wish to pin the workers, one after the other.
    #[must_use]
    pub fn pinning(&self) -> &[Pinning] {
        &self.pinning
    }

    fn close(&self) {
        self.pool.close();
        self.workers.close();
    }
}

impl<T, R> Drop for ParallelProcessor<T, R> {
    fn drop(&mut self) {
        self.close();
    }
}
