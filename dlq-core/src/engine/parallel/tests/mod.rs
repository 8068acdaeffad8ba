//! The machine examined: step by step against a naive twin, and under load.

mod by_hand;
mod failing;
mod schedule;
mod stopping;
mod threads;

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Lane, ParallelConfig};

/// Long enough for a loaded machine; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(60);

const A: Lane = Lane::new(0);
const B: Lane = Lane::new(1);

/// One worker, so that one blocked handler blocks all.
fn alone() -> ParallelConfig {
    ParallelConfig::new(1)
}

/// A door that a handler waits at: it says that it stands there, and goes on when it is told to.
fn door() -> (impl Fn() + Send + Sync + 'static, Doorkeeper) {
    let (arrived, arrivals) = sync_channel(64);
    let (open, opened) = sync_channel(64);
    let opened = Arc::new(Mutex::new(opened));
    let stand_before = move || {
        arrived.send(()).unwrap();
        opened.lock().unwrap().recv_timeout(PATIENCE).unwrap();
    };
    (stand_before, Doorkeeper { arrivals, open })
}

struct Doorkeeper {
    arrivals: Receiver<()>,
    open: SyncSender<()>,
}

impl Doorkeeper {
    fn until_one_stands_there(&self) {
        self.arrivals.recv_timeout(PATIENCE).unwrap();
    }

    fn open_once(&self) {
        self.open.send(()).unwrap();
    }
}
