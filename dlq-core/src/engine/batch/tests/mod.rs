//! The batch processor before sinks that lag, refuse, panic, miscount, and never answer. Time stands still unless
//! somebody waits for it.

mod handing_in;
mod stopping;
mod timing;
mod troubles;
mod twin;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::*;

/// An item's answer is the item; some are refused.
type Answers = Vec<Result<u32, &'static str>>;

/// A sink that is a function of the batch.
struct Sink<F>(F);

impl<F, A> BatchSink<u32> for Sink<F>
where
    F: Fn(Vec<u32>) -> A + Send + Sync + 'static,
    A: Future<Output = Answers> + Send,
{
    type Outcome = u32;
    type Error = &'static str;

    fn write(&self, items: &[u32]) -> impl Future<Output = Answers> + Send {
        (self.0)(items.to_vec())
    }

    fn bytes(&self, item: &u32) -> usize {
        *item as usize
    }
}

type Processor<F> = BatchProcessor<u32, Sink<F>>;

fn taken(items: Vec<u32>) -> Answers {
    items.into_iter().map(Ok).collect()
}

/// Batches in the order in which a sink saw them.
type Seen = Arc<Mutex<Vec<Vec<u32>>>>;

/// A sink that takes everything at once, and what it saw.
fn quick() -> (Sink<impl Fn(Vec<u32>) -> std::future::Ready<Answers>>, Seen) {
    let seen = Seen::default();
    let noted = Arc::clone(&seen);
    let sink = Sink(move |items: Vec<u32>| {
        noted.lock().unwrap().push(items.clone());
        std::future::ready(taken(items))
    });
    (sink, seen)
}

fn seen(seen: &Seen) -> Vec<Vec<u32>> {
    seen.lock().unwrap().clone()
}

const LINGER: Duration = Duration::from_millis(10);

const LONG: Duration = Duration::from_secs(60);

/// Batches of four, one worker.
const SMALL: BatchConfig =
    BatchConfig { size: BatchSizing::Fixed(4), linger: LINGER, bytes_max: None, workers: 1, queue: 8 };
