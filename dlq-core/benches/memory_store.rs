//! The in-memory store beside bare concurrent maps that keep no order, no history and no books.
//!
//! All are given the same finished records, by value, and are dropped after the clock has stopped. The store keeps a
//! record's content in memory of its own, so that one small record does not keep the arena of its whole batch. A map
//! that is to hold records for good has to do the same, and this is the peer named `scc/own`; `scc/moved` leaves the
//! bytes where capture put them, so that it touches nothing of a record but its id.
//!
//! An update by the store leaves an entry in the history of the record; by the peer it sets status, version and time.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on ends")]

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
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::{Builder, Runtime};

const RECORDS: i64 = 40_000;
const BATCH: i64 = 1_000;

type Batches = Vec<Vec<DlqRecord>>;

/// Every letter, as so many threads share them: batch by batch.
fn shares(threads: usize) -> Vec<Batches> {
    let mut capture = Capture::new();
    let mut shares = vec![Batches::new(); threads];
    for (n, batch) in (0..RECORDS / BATCH).enumerate() {
        shares[n % threads].push(capture.records(batch * BATCH..(batch + 1) * BATCH));
    }
    shares
}

/// What the work took: until every thread had done its share, and of all threads' time.
#[derive(Clone, Copy)]
struct Taken {
    wall: Duration,
    cpu: Duration,
}

/// The processor's time of this thread so far: on a machine that others use as well it tells more than the clock.
fn cpu() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap()
}

/// Lets threads do their shares.
fn time<T: Send>(shares: Vec<T>, work: impl Fn(T, &Runtime) + Sync) -> Taken {
    let barrier = Barrier::new(shares.len() + 1);
    let (barrier, work) = (&barrier, &work);
    std::thread::scope(|scope| {
        let work = |share| {
            let runtime = Builder::new_current_thread().build().unwrap();
            barrier.wait();
            let begin = cpu();
            work(share, &runtime);
            let taken = cpu() - begin;
            barrier.wait();
            taken
        };
        let threads: Vec<_> = shares.into_iter().map(|share| scope.spawn(move || work(share))).collect();
        barrier.wait();
        let begin = Instant::now();
        barrier.wait();
        let wall = begin.elapsed();
        Taken { wall, cpu: threads.into_iter().map(|thread| thread.join().unwrap()).sum() }
    })
}

fn put_ours(threads: usize) -> Taken {
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

fn put_scc(threads: usize, made_ready: fn(DlqRecord) -> DlqRecord) -> Taken {
    let map = scc::HashMap::<RecordId, DlqRecord>::new();
    time(shares(threads), |share, _| {
        for record in share.into_iter().flatten() {
            assert!(map.insert_sync(record.id, made_ready(record)).is_ok());
        }
    })
}

/// The record with its content in memory of its own.
fn own(mut record: DlqRecord) -> DlqRecord {
    if let Some(content) = &mut Arc::make_mut(&mut record.captured).content {
        *content = content.detached();
    }
    record
}

/// The ids of every batch.
fn ids(shares: &[Batches]) -> Vec<Vec<Vec<RecordId>>> {
    let batch = |batch: &Vec<DlqRecord>| batch.iter().map(|record| record.id).collect();
    let share = |batches: &Batches| batches.iter().map(batch).collect();
    shares.iter().map(share).collect()
}

fn update_ours(threads: usize) -> Taken {
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
                assert_eq!(done.changed, BATCH.unsigned_abs());
            }
        });
    })
}

fn update_dashmap(threads: usize) -> Taken {
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

/// The medians of a record's nanoseconds, by the clock and of the processor.
#[derive(Clone, Copy)]
struct Medians {
    wall: f64,
    cpu: f64,
}

fn median(taken: &[Taken], of: fn(&Taken) -> Duration) -> f64 {
    let mut nanos: Vec<_> = taken.iter().map(|taken| of(taken).as_nanos()).collect();
    nanos.sort_unstable();
    nanos.get(nanos.len() / 2).map_or(f64::NAN, |&median| median as f64 / RECORDS as f64)
}

fn measure(criterion: &mut Criterion, group: &str, name: &str, once: impl Fn() -> Taken) -> Medians {
    let mut all = Vec::new();
    let mut group = criterion.benchmark_group(group);
    group.throughput(Throughput::Elements(RECORDS.unsigned_abs())).sample_size(10);
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|rounds| {
            let taken: Vec<_> = (0..rounds).map(|_| once()).collect();
            all.extend_from_slice(&taken);
            taken.iter().map(|taken| taken.wall).sum()
        });
    });
    group.finish();
    Medians { wall: median(&all, |taken| taken.wall), cpu: median(&all, |taken| taken.cpu) }
}

fn compare(what: &str, threads: usize, peer: &str, ours: &Medians, bare: &Medians) {
    println!(
        "ratio ours/{peer}, {what}, threads {threads}: {:.2} ({:.0} and {:.0} ns a record); of CPU: {:.2} ({:.0} and {:.0} ns)",
        bare.wall / ours.wall,
        ours.wall,
        bare.wall,
        bare.cpu / ours.cpu,
        ours.cpu,
        bare.cpu,
    );
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut compared = Vec::new();
    for threads in [1, 2] {
        let ours = measure(&mut criterion, "put", &format!("ours/{threads}"), || put_ours(threads));
        let own = measure(&mut criterion, "put", &format!("scc/own/{threads}"), || put_scc(threads, own));
        let moved = measure(&mut criterion, "put", &format!("scc/moved/{threads}"), || {
            put_scc(threads, |record| record)
        });
        compared.push(("put", threads, "scc insert of owned bytes", ours, own));
        compared.push(("put", threads, "scc insert of moved records", ours, moved));
        let ours = measure(&mut criterion, "update", &format!("ours/{threads}"), || update_ours(threads));
        let bare =
            measure(&mut criterion, "update", &format!("dashmap/{threads}"), || update_dashmap(threads));
        compared.push(("update", threads, "DashMap of Arcs", ours, bare));
    }
    criterion.final_summary();
    for (what, threads, peer, ours, bare) in &compared {
        compare(what, *threads, peer, ours, bare);
    }
}
