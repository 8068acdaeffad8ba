//! The queue between those who submit and the worker that fills a batch.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

struct State<E> {
    entries: VecDeque<E>,
    closed: bool,
}

struct Queue<E> {
    state: Mutex<State<E>>,
    capacity: usize,
    filled: Notify,
    freed: Notify,
}

impl<E> Queue<E> {
    fn state(&self) -> MutexGuard<'_, State<E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Inlet<E>(Arc<Queue<E>>);

pub(super) struct Outlet<E>(Arc<Queue<E>>);

pub(super) enum Refused<E> {
    Full(E),
    Closed(E),
}

pub(super) fn queue<E>(capacity: usize) -> (Inlet<E>, Outlet<E>) {
    let state = Mutex::new(State { entries: VecDeque::new(), closed: false });
    let queue = Arc::new(Queue { state, capacity, filled: Notify::new(), freed: Notify::new() });
    (Inlet(Arc::clone(&queue)), Outlet(queue))
}

impl<E> Inlet<E> {
    pub(super) fn try_push(&self, entry: E) -> Result<(), Refused<E>> {
        let mut state = self.0.state();
        if state.closed {
            return Err(Refused::Closed(entry));
        }
        if state.entries.len() >= self.0.capacity {
            return Err(Refused::Full(entry));
        }
        state.entries.push_back(entry);
        drop(state);
        self.0.filled.notify_one();
        Ok(())
    }

    pub(super) async fn push(&self, mut entry: E) -> Result<(), E> {
        loop {
            let mut freed = std::pin::pin!(self.0.freed.notified());
            freed.as_mut().enable();
            match self.try_push(entry) {
                Ok(()) => return Ok(()),
                Err(Refused::Closed(entry)) => return Err(entry),
                Err(Refused::Full(back)) => entry = back,
            }
            freed.await;
        }
    }

    pub(super) async fn push_all(&self, entries: impl ExactSizeIterator<Item = E>) -> Vec<E> {
        let mut rest = Vec::new();
        for entry in entries {
            if !rest.is_empty() {
                rest.push(entry);
            } else if let Err(entry) = self.push(entry).await {
                rest.push(entry);
            }
        }
        rest
    }

    pub(super) fn close(&self) {
        self.0.state().closed = true;
        self.0.filled.notify_one();
        self.0.freed.notify_waiters();
    }

    pub(super) fn len(&self) -> usize {
        self.0.state().entries.len()
    }
}

impl<E> Outlet<E> {
    pub(super) fn take(&mut self, most: usize, each: impl FnMut(E)) -> usize {
        let mut state = self.0.state();
        let run = state.entries.len().min(most);
        state.entries.drain(..run).for_each(each);
        drop(state);
        self.0.freed.notify_waiters();
        run
    }

    pub(super) async fn wait(&mut self) -> bool {
        loop {
            let filled = self.0.filled.notified();
            {
                let state = self.0.state();
                if !state.entries.is_empty() {
                    return true;
                }
                if state.closed {
                    return false;
                }
            }
            filled.await;
        }
    }
}
