//! Workers polled one by one, and only when they were woken: what threads do by chance happens here on purpose.

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use tokio::sync::oneshot;

use super::super::worker::work;
use super::super::{Lane, ParallelConfig, ParallelProcessor, Ticket, each_async};

/// An item: its lane and its number.
pub(super) type Item = (u32, usize);

/// What waits for the test to end it; true for a panic.
type Running = Arc<Mutex<BTreeMap<Item, oneshot::Sender<bool>>>>;

pub(super) struct ByHand {
    pub(super) processor: ParallelProcessor<Item, usize>,
    workers: Vec<Option<Polled>>,
    running: Running,
    /// What a naive machine would hold: the items of each lane that have not begun.
    twin: BTreeMap<u32, VecDeque<Item>>,
    pub(super) tickets: Vec<Ticket<Item, usize>>,
}

struct Polled {
    future: Pin<Box<dyn Future<Output = ()>>>,
    woken: Arc<Woken>,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl ByHand {
    pub(super) fn new(config: &ParallelConfig) -> Self {
        let running = Running::default();
        let (processor, deques) = ParallelProcessor::new(config).unwrap();
        let begin = Arc::clone(&running);
        let handler = Arc::new(each_async(move |item: Item| {
            let (end, ended) = oneshot::channel();
            let before = begin.lock().unwrap().insert(item, end);
            assert!(before.is_none(), "begun twice");
            async move {
                assert!(!ended.await.unwrap(), "as a test");
                item.1
            }
        }));
        let workers = deques.into_iter().map(|deque| {
            let future = work(Arc::clone(&processor.pool), deque, Arc::clone(&handler));
            Some(Polled { future: Box::pin(future), woken: Arc::new(Woken(AtomicBool::new(true))) })
        });
        let workers = workers.collect();
        Self { processor, workers, running, twin: BTreeMap::new(), tickets: Vec::new() }
    }

    pub(super) fn submit(&mut self, lane: u32) {
        let item = (lane, self.tickets.len());
        self.tickets.push(self.processor.try_submit(Lane::new(lane), item).unwrap());
        self.twin.entry(lane).or_default().push_back(item);
    }

    /// The workers that were woken.
    pub(super) fn woken(&self) -> Vec<usize> {
        let woken =
            |worker: &Option<Polled>| worker.as_ref().is_some_and(|w| w.woken.0.load(Ordering::SeqCst));
        (0..self.workers.len()).filter(|worker| woken(&self.workers[*worker])).collect()
    }

    /// Polls a worker, and holds what it began against the twin.
    pub(super) fn poll(&mut self, worker: usize) {
        let before = self.running();
        if let Some(polled) = &mut self.workers[worker] {
            polled.woken.0.store(false, Ordering::SeqCst);
            let waker = Waker::from(Arc::clone(&polled.woken));
            if polled.future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                self.workers[worker] = None;
            }
        }
        for item in self.running().into_iter().filter(|item| !before.contains(item)) {
            assert_eq!(self.twin.get_mut(&item.0).unwrap().pop_front(), Some(item), "out of order");
        }
        let running = self.running();
        assert!(running.windows(2).all(|pair| pair[0].0 != pair[1].0), "two of a lane at once: {running:?}");
    }

    /// Polls until nobody is woken. Then no worker may sleep while a lane is ready.
    pub(super) fn settle(&mut self) {
        while let Some(worker) = self.woken().first() {
            self.poll(*worker);
        }
        let begun = self.running();
        let waiting = self
            .twin
            .iter()
            .filter(|(lane, items)| !items.is_empty() && begun.iter().all(|(running, _)| running != *lane));
        let idle = self.workers.iter().flatten().count() - begun.len();
        assert!(idle == 0 || waiting.count() == 0, "{idle} workers sleep while lanes are ready");
    }

    /// The items under way, by lane.
    pub(super) fn running(&self) -> Vec<Item> {
        let running = self.running.lock().unwrap();
        running.iter().filter(|(_, end)| !end.is_closed()).map(|(item, _)| *item).collect()
    }

    /// Lets a handler come to its end, when its worker is next polled.
    pub(super) fn end(&mut self, item: Item, panics: bool) {
        self.running.lock().unwrap().remove(&item).unwrap().send(panics).unwrap();
    }

    pub(super) fn all_have_left(&self) -> bool {
        self.workers.iter().all(Option::is_none)
    }
}
