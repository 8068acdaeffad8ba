//! Those who save, claim and settle while nodes come and go.

mod proof;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use dlq_core::record::{Change, DlqRecord, RecordId, WorkerId};
use dlq_core::storage::{ClaimRequest, DlqStorage, Outcome, Save, Settle, Settlement, StorageResult};
use dlq_storage_cassandra::CassandraStorage;
use dlq_testkit::fixture::Draft;
use tokio::task::JoinHandle;

/// How long a lease lasts: less than a standstill.
const LEASE: Duration = Duration::from_secs(5);
/// How many records are saved together, claimed together, and wait at most to be worked off.
const BATCH: u32 = 20;
const CLAIM: usize = 100;
const WAITING: u32 = 400;
/// How far the numbers of two writers are apart.
const APART: u32 = 1_000_000;
/// Between two calls of one of them: the nodes share the machine.
const REST: Duration = Duration::from_millis(20);
/// Within which all has to be worked off once nothing is in the way any more.
const SOON: Duration = Duration::from_secs(60);

/// Writers and workers, each on one of several instances.
pub(crate) struct Load {
    instances: Vec<CassandraStorage>,
    told: Arc<Told>,
    writers: Vec<JoinHandle<Vec<RecordId>>>,
    workers: Vec<JoinHandle<Vec<(RecordId, u64)>>>,
}

/// What they tell while they run.
#[derive(Default)]
struct Told {
    saved: AtomicU32,
    settled: AtomicU32,
    failed: AtomicU32,
    /// How many milliseconds the slowest call took.
    slowest: AtomicU32,
    no_more: AtomicBool,
    all_done: AtomicBool,
}

impl Told {
    fn waiting(&self) -> u32 {
        self.saved.load(Ordering::Relaxed).saturating_sub(self.settled.load(Ordering::Relaxed))
    }
}

impl Load {
    pub(crate) fn on(instances: Vec<CassandraStorage>) -> Self {
        let told = Arc::new(Told::default());
        let both = || instances.iter().cycle().take(4).cloned().zip(1..);
        let writers = both().map(|(storage, number)| tokio::spawn(write(storage, number, Arc::clone(&told))));
        let workers = both().map(|(storage, number)| tokio::spawn(work(storage, number, Arc::clone(&told))));
        let (writers, workers) = (writers.collect(), workers.collect());
        Self { instances, told, writers, workers }
    }

    /// Lets so much time pass, and more until records were saved and settled in it.
    pub(crate) async fn goes_on_for(&self, time: Duration, when: &str) {
        let (before, since) = (self.counts(), Instant::now());
        let mut told = [0; 3];
        while since.elapsed() < time || told[0] == 0 || told[1] == 0 {
            assert!(since.elapsed() < time + SOON, "{when}: nothing goes on");
            tokio::time::sleep(REST).await;
            let now = self.counts();
            told = [0, 1, 2].map(|place| now[place] - before[place]);
        }
        let [saved, settled, failed] = told;
        let (slowest, took) = (self.told.slowest.swap(0, Ordering::Relaxed), since.elapsed());
        println!(
            "{when}: {saved} saved, {settled} settled, {failed} calls failed in {took:.1?}; the slowest took {slowest} ms"
        );
    }

    fn counts(&self) -> [u32; 3] {
        let told = &self.told;
        [&told.saved, &told.settled, &told.failed].map(|count| count.load(Ordering::Relaxed))
    }

    /// Saves no more, has all worked off, and looks at what is there.
    pub(crate) async fn ends_well(self) {
        self.told.no_more.store(true, Ordering::Relaxed);
        let mut saved = Vec::new();
        for writer in self.writers {
            saved.extend(writer.await.unwrap());
        }
        let storage = &self.instances[0];
        let since = Instant::now();
        let all = u64::try_from(saved.len()).unwrap();
        while proof::done(storage).await != all {
            assert!(since.elapsed() < SOON, "{} of {all} are done", proof::done(storage).await);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        self.told.all_done.store(true, Ordering::Relaxed);
        let mut handed = Vec::new();
        for worker in self.workers {
            handed.extend(worker.await.unwrap());
        }
        let once: HashSet<_> = handed.iter().collect();
        assert_eq!(once.len(), handed.len(), "each lease of a record is of one worker");
        proof::is_there(storage, &saved, LEASE).await;
    }
}

/// Tries until it is answered, as capture and redrive do. What fails is temporary.
async fn answered<T, F: Future<Output = StorageResult<T>>>(told: &Told, call: impl Fn() -> F) -> T {
    loop {
        let since = Instant::now();
        let answer = call().await;
        told.slowest.fetch_max(u32::try_from(since.elapsed().as_millis()).unwrap(), Ordering::Relaxed);
        match answer {
            Ok(answer) => return answer,
            Err(error) => assert!(error.is_temporary(), "{error}"),
        }
        told.failed.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(REST).await;
    }
}

async fn write(storage: CassandraStorage, number: u32, told: Arc<Told>) -> Vec<RecordId> {
    let mut saved = Vec::new();
    for batch in 0.. {
        if told.no_more.load(Ordering::Relaxed) {
            break;
        }
        while told.waiting() > WAITING && !told.no_more.load(Ordering::Relaxed) {
            tokio::time::sleep(REST).await;
        }
        let first = number * APART + batch * BATCH;
        let due = |number| Draft { from: None, ..Draft::new(number) }.due(Duration::ZERO).record();
        let records: Vec<_> = (first..first + BATCH).map(due).collect();
        let saves = || records.iter().cloned().map(Save::New).collect();
        let answers = answered(&told, || storage.save_batch(saves())).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        saved.extend(records.iter().map(|record| record.id));
        told.saved.fetch_add(BATCH, Ordering::Relaxed);
        tokio::time::sleep(REST).await;
    }
    saved
}

/// Claims and settles; answers which lease of which record it was given.
async fn work(storage: CassandraStorage, number: u32, told: Arc<Told>) -> Vec<(RecordId, u64)> {
    let worker = WorkerId(format!("worker-{number}"));
    let mut handed = Vec::new();
    while !told.all_done.load(Ordering::Relaxed) {
        let request = ClaimRequest { limit: CLAIM, lease: LEASE, ..ClaimRequest::due(worker.clone()) };
        let claimed = answered(&told, || storage.claim(&request)).await;
        handed.extend(claimed.iter().map(|record| (record.id, record.progress.fence)));
        let settlement = |record: &DlqRecord| Settlement {
            id: record.id,
            token: record.progress.fence,
            settle: Settle::Complete(Outcome::Delivered(None)),
            change: Change::by("test"),
        };
        let settlements: Vec<_> = claimed.iter().map(settlement).collect();
        // Whose lease ran out meanwhile is told so, and another settles.
        let answers = answered(&told, || storage.settle(settlements.clone())).await;
        let settled = answers.iter().filter(|answer| answer.is_ok()).count();
        told.settled.fetch_add(u32::try_from(settled).unwrap(), Ordering::Relaxed);
        tokio::time::sleep(REST).await;
    }
    handed
}
