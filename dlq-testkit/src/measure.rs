//! What benches of storages share: the same records, so many batches at a time, and one worker.

use std::collections::VecDeque;
use std::future::Future;
use std::time::{Duration, Instant};

use dlq_core::DlqStorage;
use dlq_core::record::{Change, DlqRecord, WorkerId};
use dlq_core::storage::{ClaimRequest, Outcome, Save, Settle, Settlement};
use tokio::task::JoinHandle;

use crate::fixture::{Draft, DraftBody};

/// So many batches of so many records with 1 KiB of payload, each due at once.
#[must_use]
pub fn batches(count: usize, size: usize) -> Vec<Vec<DlqRecord>> {
    let record = |number: usize| {
        let payload = DraftBody::Present(vec![b'x'; 1024]);
        Draft { payload, ..Draft::new(u32::try_from(number).unwrap()) }.due(Duration::ZERO).record()
    };
    (0..count).map(|batch| (batch * size..(batch + 1) * size).map(record).collect()).collect()
}

/// How long it takes to send all of them, a few at a time.
pub async fn in_flight<T: Clone, F>(at_a_time: usize, all: &[T], send: impl Fn(T) -> F) -> Duration
where
    F: Future<Output = ()> + Send + 'static,
{
    let since = Instant::now();
    let mut tasks: VecDeque<JoinHandle<()>> = VecDeque::new();
    for one in all {
        if tasks.len() == at_a_time {
            tasks.pop_front().unwrap().await.unwrap();
        }
        tasks.push_back(tokio::spawn(send(one.clone())));
    }
    for task in tasks {
        task.await.unwrap();
    }
    since.elapsed()
}

/// Stores a batch; every record of it has to be taken.
pub async fn store(storage: impl DlqStorage, batch: Vec<DlqRecord>) {
    let answers = storage.save_batch(batch.into_iter().map(Save::New).collect()).await.unwrap();
    assert!(answers.iter().all(Result::is_ok));
}

/// How many records a second one worker claims and settles, that asks so often for so many.
pub async fn claim_and_settle(storage: &dyn DlqStorage, rounds: usize, limit: usize) -> f64 {
    let request = ClaimRequest { limit, ..ClaimRequest::due(WorkerId("w".to_owned())) };
    let (since, mut moved) = (Instant::now(), 0);
    for _ in 0..rounds {
        let claimed = storage.claim(&request).await.unwrap();
        moved += claimed.len();
        let settlement = |record: &DlqRecord| Settlement {
            id: record.id,
            token: record.progress.fence,
            settle: Settle::Complete(Outcome::Delivered(None)),
            change: Change::by("worker:w"),
        };
        let settled = storage.settle(claimed.iter().map(settlement).collect()).await.unwrap();
        assert!(settled.iter().all(Result::is_ok));
    }
    rate(moved, since.elapsed())
}

/// So many in so much time, by the second.
#[must_use]
pub fn rate(count: usize, took: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / took.as_secs_f64()
}

/// The one in the middle.
#[must_use]
pub fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}
