//! The in-memory store beside bare concurrent maps that keep no order, no history and no books.

mod letters;

use std::hint::black_box;
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use dashmap::DashMap;
use dlq_core::record::{Change, DlqStatus, RecordId};
use dlq_core::storage::{DlqStorage, MemoryStorage, Patch, QueryCriteria, Save};
use dlq_core::{DlqRecord, Timestamp};
use letters::Capture;
use tokio::runtime::{Builder, Runtime};

const RECORDS: i64 = 40_000;
const BATCH: usize = 1_000;

type Batches = Vec<Vec<DlqRecord>>;

/// Every letter, as so many threads share them: batch by batch.
fn shares(threads: usize) -> Vec<Batches> {
    let mut capture = Capture::new();
    let mut shares = vec![Batches::new(); threads];
    let batch = BATCH as i64;
    for (n, first) in (0..RECORDS).step_by(BATCH).enumerate() {
        shares[n % threads].push(capture.records(first..first + batch));
    }
    shares
}

/// How long it takes until every thread has done its share.
fn time<T: Send>(shares: Vec<T>, work: impl Fn(T, &Runtime) + Sync) -> Duration {
    let barrier = Barrier::new(shares.len() + 1);
    let (barrier, work) = (&barrier, &work);
    std::thread::scope(|scope| {
        for share in shares {
            scope.spawn(move || {
                let runtime = Builder::new_current_thread().build().unwrap();
                barrier.wait();
                work(share, &runtime);
                barrier.wait();
            });
        }
        barrier.wait();
        let begin = Instant::now();
        barrier.wait();
        begin.elapsed()
    })
}

fn put_ours(threads: usize) -> Duration {
    let storage = MemoryStorage::new();
    time(shares(threads), |share, runtime| {
        runtime.block_on(async {
            for batch in share {
                let saves = batch.into_iter().map(Save::New).collect();
                black_box(storage.save_batch(saves).await.unwrap());
            }
        });
    })
}

fn put_scc(threads: usize) -> Duration {
    let map = scc::HashMap::<RecordId, DlqRecord>::new();
    time(shares(threads), |share, _| {
        for record in share.into_iter().flatten() {
            assert!(map.insert_sync(record.id, record).is_ok());
        }
    })
}

/// The ids of every batch, shuffled: who changes records does not come in the order of their arrival.
fn ids(shares: &[Batches]) -> Vec<Vec<Vec<RecordId>>> {
    let batch = |batch: &Vec<DlqRecord>| batch.iter().map(|record| record.id).collect();
    let share = |batches: &Batches| batches.iter().map(batch).collect();
    shares.iter().map(share).collect()
}

fn update_ours(threads: usize) -> Duration {
    let storage = MemoryStorage::new();
    let shares = shares(threads);
    let ids = ids(&shares);
    let runtime = Builder::new_current_thread().build().unwrap();
    for batch in shares.into_iter().flatten() {
        let saves = batch.into_iter().map(Save::New).collect();
        runtime.block_on(storage.save_batch(saves)).unwrap();
    }
    let patch = Patch::to(DlqStatus::Skipped);
    time(ids, |share, runtime| {
        runtime.block_on(async {
            for ids in share {
                let criteria = QueryCriteria { ids: Some(ids), ..QueryCriteria::default() };
                let done = storage.bulk_update(&criteria, &patch, &Change::by("user:bench")).await.unwrap();
                assert_eq!(done.changed, BATCH as u64);
            }
        });
    })
}

fn update_dashmap(threads: usize) -> Duration {
    let map = DashMap::new();
    let shares = shares(threads);
    let ids = ids(&shares);
    for record in shares.into_iter().flatten().flatten() {
        map.insert(record.id, Arc::new(record));
    }
    time(ids, |share, _| {
        for id in share.into_iter().flatten() {
            let mut slot = map.get_mut(&id).unwrap();
            let mut changed = DlqRecord::clone(&slot);
            changed.version += 1;
            changed.progress.status = DlqStatus::Skipped;
            changed.progress.updated_at = Timestamp::from_millis(1);
            *slot = Arc::new(changed);
        }
    })
}

/// Measures one way, and answers the median of a record's nanoseconds.
fn measure(criterion: &mut Criterion, group: &str, name: &str, once: impl Fn() -> Duration) -> f64 {
    let mut samples = Vec::new();
    let mut group = criterion.benchmark_group(group);
    group.throughput(Throughput::Elements(RECORDS.unsigned_abs())).sample_size(10);
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|rounds| {
            let times: Vec<_> = (0..rounds).map(|_| once()).collect();
            samples.extend(times.iter().map(Duration::as_nanos));
            times.iter().sum()
        });
    });
    group.finish();
    samples.sort_unstable();
    samples.get(samples.len() / 2).map_or(f64::NAN, |&median| median as f64 / RECORDS as f64)
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut ratios = Vec::new();
    for threads in [1, 2] {
        let ours = measure(&mut criterion, "put", &format!("ours/{threads}"), || put_ours(threads));
        let bare = measure(&mut criterion, "put", &format!("scc/{threads}"), || put_scc(threads));
        ratios.push(("put", threads, "scc insert", ours, bare));
        let ours = measure(&mut criterion, "update", &format!("ours/{threads}"), || update_ours(threads));
        let bare =
            measure(&mut criterion, "update", &format!("dashmap/{threads}"), || update_dashmap(threads));
        ratios.push(("update", threads, "DashMap of Arcs", ours, bare));
    }
    criterion.final_summary();
    for (what, threads, peer, ours, bare) in ratios {
        let ratio = bare / ours;
        println!(
            "ratio ours/{peer}, {what}, {threads} threads: {ratio:.2} ({ours:.0} ns and {bare:.0} ns a record)"
        );
    }
}
