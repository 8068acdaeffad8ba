//! Ten thousand due records, and three processes of eight workers each that claim and settle them: on every storage, each
//! record goes to one worker.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[allow(unused_imports, reason = "each test file uses its part")]
mod rig;

use std::collections::HashSet;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use dlq_core::DlqStorage;
use dlq_core::record::{Change, DlqRecord, DlqStatus, RecordId, WorkerId};
use dlq_core::storage::{
    ClaimRequest, Dimension, Outcome, QueryCriteria, Save, Settle, Settlement, StorageResult,
};
use dlq_testkit::fixture::Draft;

use rig::{Store, opened, wait};

const RECORDS: u32 = 10_000;
const PROCESSES: usize = 3;
const WORKERS: usize = 8;
/// How often a worker asks what is refused for the moment.
const TRIES: usize = 10;
/// Where a process of ours is told which storage it is to work on.
const URL: &str = "DLQ_TEST_CLAIMS_OF";

#[test]
fn of_sqlite() {
    each_goes_to_one_worker(&Store::sqlite());
}

#[test]
fn of_postgres() {
    each_goes_to_one_worker(&Store::postgres());
}

#[test]
fn of_mariadb() {
    each_goes_to_one_worker(&Store::mariadb());
}

#[test]
fn of_redis() {
    each_goes_to_one_worker(&Store::redis());
}

#[test]
fn of_cassandra() {
    each_goes_to_one_worker(&Store::cassandra());
}

fn each_goes_to_one_worker(store: &Store) {
    wait(fill(&store.url));
    let processes: Vec<_> = (0..PROCESSES).map(|_| process(&store.url)).collect();
    let settled: Vec<Vec<RecordId>> = processes.into_iter().map(settled_by).collect();
    let all: Vec<_> = settled.iter().flatten().collect();
    let once: HashSet<_> = all.iter().collect();
    assert_eq!((all.len(), once.len()), (RECORDS as usize, RECORDS as usize), "settled, and each once");
    wait(async {
        let storage = opened(&store.url).await;
        let tallies = storage.statistics(Dimension::All).await.unwrap();
        let done = tallies[0].by_status[usize::from(DlqStatus::Success.code())];
        assert_eq!((done, tallies[0].by_status.iter().sum()), (u64::from(RECORDS), u64::from(RECORDS)));
        let account = storage.account().await.unwrap();
        assert!(account.balances(), "{account:?}");
        // One claim and one settlement: nobody was there twice.
        for id in once.into_iter().step_by(997) {
            assert_eq!(storage.history(**id).await.unwrap().len(), 2);
        }
        storage.close().await;
    });
}

async fn fill(url: &str) {
    let storage = opened(url).await;
    for first in (0..RECORDS).step_by(1000) {
        let due = |number| Draft { from: None, ..Draft::new(number) }.due(Duration::ZERO).record();
        let saves = (first..first + 1000).map(|number| Save::New(due(number))).collect();
        assert!(storage.save_batch(saves).await.unwrap().iter().all(Result::is_ok));
    }
    storage.close().await;
}

/// Another process of this program, which does nothing but [`a_process_of_workers`].
fn process(url: &str) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "a_process_of_workers", "--ignored", "--nocapture"]).env(URL, url);
    command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap()
}

fn settled_by(process: Child) -> Vec<RecordId> {
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success());
    let told = String::from_utf8(output.stdout).unwrap();
    told.lines().filter_map(|line| line.strip_prefix("settled ")?.parse().ok()).collect()
}

#[test]
#[ignore = "a process of the other tests"]
fn a_process_of_workers() {
    let url = std::env::var(URL).unwrap();
    wait(async {
        let storage = opened(&url).await;
        let workers: Vec<_> = (0..WORKERS).map(|_| tokio::spawn(work(Arc::clone(&storage)))).collect();
        for worker in workers {
            // Not before all is done: who reads takes one process after the other.
            worker.await.unwrap().iter().for_each(|id| println!("settled {id}"));
        }
        storage.close().await;
    });
}

/// Works until nothing is due, nor held by somebody who might die.
async fn work(storage: Arc<dyn DlqStorage>) -> Vec<RecordId> {
    let worker = WorkerId(format!("worker-{}", uuid::Uuid::new_v4()));
    let request = ClaimRequest { limit: 50, lease: Duration::from_secs(120), ..ClaimRequest::due(worker) };
    let (left, mut settled) = (QueryCriteria::retryable(), Vec::new());
    loop {
        let claimed = answered(|| storage.claim(&request)).await;
        if claimed.is_empty() && answered(|| storage.count(&left, 1)).await.records == 0 {
            return settled;
        }
        settled.extend(settle(&*storage, &claimed).await);
    }
}

/// What is refused for the moment is asked for again: of three processes that want SQLite's one lock all the time, one may
/// wait for long.
async fn answered<T, F: Future<Output = StorageResult<T>>>(call: impl Fn() -> F) -> T {
    for _ in 1..TRIES {
        match call().await {
            Ok(answer) => return answer,
            Err(error) => assert!(error.is_temporary(), "{error}"),
        }
    }
    call().await.unwrap()
}

async fn settle(storage: &dyn DlqStorage, claimed: &[DlqRecord]) -> Vec<RecordId> {
    let settlement = |record: &DlqRecord| Settlement {
        id: record.id,
        token: record.progress.fence,
        settle: Settle::Complete(Outcome::Delivered(None)),
        change: Change::by("test"),
    };
    let settlements: Vec<_> = claimed.iter().map(settlement).collect();
    let answers = answered(|| storage.settle(settlements.clone())).await;
    answers.into_iter().for_each(|answer| assert_eq!(answer.unwrap().status, DlqStatus::Success));
    claimed.iter().map(|record| record.id).collect()
}
