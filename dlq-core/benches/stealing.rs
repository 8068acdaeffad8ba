//! Tasks of 3 to 5 µs with keys, on lanes that may be stolen, beside a static split of the keys over as many threads, and
//! beside a tokio task for each, which keeps no order, or keeps it by a mutex for each key.
//!
//! The static split is the least that there can be: it knows all tasks before it starts, and nothing passes between
//! threads. It waits for the thread that got most.

#![expect(clippy::unwrap_used, reason = "a bench that cannot start has nothing to measure")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use dlq_core::engine::parallel::{ParallelConfig, ParallelProcessor, Place, each};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Mutex;
use tokio_util::task::TaskTracker;

const TASKS: u64 = 20_000;
const KEYS: u64 = 512;
const THREADS: usize = 2;
/// How many are handed over together.
const TOGETHER: usize = 500;
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug)]
struct Task {
    key: usize,
    rounds: u64,
}

impl Task {
    fn run(self) {
        spin(self.rounds);
    }
}

fn spin(rounds: u64) {
    let mut state = rounds;
    for round in 0..rounds {
        state = black_box(mix(state ^ round));
    }
}

const fn mix(number: u64) -> u64 {
    let mixed = (number ^ (number >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29)
}

/// The rounds of a microsecond, as the fastest of many tries has them.
fn rounds_of_a_microsecond() -> u64 {
    const TRY: u64 = 10_000;
    let time = |_| {
        let start = Instant::now();
        spin(TRY);
        start.elapsed()
    };
    let fastest = (0..200).map(time).min().unwrap_or_default();
    TRY * 1_000 / u64::try_from(fastest.as_nanos()).unwrap_or(u64::MAX).max(1)
}

/// Tasks whose keys are all as frequent, or of which one key has an eighth and most have few.
fn tasks(microsecond: u64, skewed: bool) -> Vec<Task> {
    // Fractions of 2³², so that the keys are whole numbers.
    let times = |a: u64, b: u64| (a * b) >> 32;
    let task = |n: u64| {
        let chance = mix(n + 1) >> 32;
        let chance = if skewed { times(times(chance, chance), chance) } else { chance };
        let key = usize::try_from(times(chance, KEYS)).unwrap_or_default();
        Task { key, rounds: (3_000 + mix(n * 7 + 3) % 2_001) * microsecond / 1_000 }
    };
    (0..TASKS).map(task).collect()
}

fn on_lanes(tasks: &[Task], tickets: bool) -> Duration {
    let start = Instant::now();
    let lanes = ParallelProcessor::on_threads(&ParallelConfig::new(THREADS), each(Task::run)).unwrap();
    for tasks in tasks.chunks(TOGETHER) {
        let placed = tasks.iter().map(|task| (lanes.lane(&Place::key(&task.key.to_le_bytes())), *task));
        if tickets {
            black_box(lanes.submit_batch_blocking(placed.collect()).unwrap());
        } else {
            lanes.post_batch_blocking(placed.collect()).unwrap();
        }
    }
    assert_eq!(lanes.stop_blocking(PATIENCE).unfinished, 0);
    start.elapsed()
}

fn split(tasks: &[Task]) -> Duration {
    let start = Instant::now();
    let mut shares = vec![Vec::new(); THREADS];
    for task in tasks {
        shares[task.key % THREADS].push(*task);
    }
    std::thread::scope(|scope| {
        for share in shares {
            scope.spawn(move || share.into_iter().for_each(Task::run));
        }
    });
    start.elapsed()
}

fn task_each(tasks: &[Task], runtime: &Runtime) -> Duration {
    let start = Instant::now();
    let tracker = TaskTracker::new();
    for task in tasks.iter().copied() {
        tracker.spawn_on(async move { task.run() }, runtime.handle());
    }
    tracker.close();
    runtime.block_on(tracker.wait());
    start.elapsed()
}

fn task_each_in_order(tasks: &[Task], runtime: &Runtime) -> Duration {
    let start = Instant::now();
    let keys: Vec<Arc<Mutex<()>>> = (0..KEYS).map(|_| Arc::default()).collect();
    let tracker = TaskTracker::new();
    for task in tasks.iter().copied() {
        let key = Arc::clone(&keys[task.key]);
        let run = async move {
            let _held = key.lock().await;
            task.run();
        };
        tracker.spawn_on(run, runtime.handle());
    }
    tracker.close();
    runtime.block_on(tracker.wait());
    start.elapsed()
}

/// The times of single runs, by row and way.
type Times = BTreeMap<(&'static str, &'static str), Vec<Duration>>;

fn measure(
    criterion: &mut Criterion,
    times: &mut Times,
    row: (&'static str, &'static str),
    once: impl Fn() -> Duration,
) {
    let mut group = criterion.benchmark_group(row.0);
    group.throughput(Throughput::Elements(TASKS));
    group.bench_function(row.1, |bencher| {
        bencher.iter_custom(|runs| {
            let taken: Vec<Duration> = (0..runs).map(|_| once()).collect();
            times.entry(row).or_default().extend_from_slice(&taken);
            taken.iter().sum()
        });
    });
    group.finish();
}

fn median(times: &[Duration]) -> f64 {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() / 2).map_or(f64::NAN, Duration::as_secs_f64)
}

const OURS: [&str; 2] = ["lanes", "lanes with tickets"];
const PEERS: [&str; 3] = ["static split", "a tokio task each", "a tokio task each, in order"];

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let runtime = Builder::new_multi_thread().worker_threads(THREADS).build().unwrap();
    let microsecond = rounds_of_a_microsecond();
    let mut times = Times::new();
    for (row, skewed) in [("even keys", false), ("skewed keys", true)] {
        let tasks = tasks(microsecond, skewed);
        measure(&mut criterion, &mut times, (row, OURS[0]), || on_lanes(&tasks, false));
        measure(&mut criterion, &mut times, (row, OURS[1]), || on_lanes(&tasks, true));
        measure(&mut criterion, &mut times, (row, PEERS[0]), || split(&tasks));
        measure(&mut criterion, &mut times, (row, PEERS[1]), || task_each(&tasks, &runtime));
        measure(&mut criterion, &mut times, (row, PEERS[2]), || task_each_in_order(&tasks, &runtime));
    }
    for row in ["even keys", "skewed keys"] {
        let of = |way| times.get(&(row, way)).map_or(f64::NAN, |times| median(times));
        for (ours, peer) in OURS.into_iter().flat_map(|ours| PEERS.map(|peer| (ours, peer))) {
            println!("ratio {ours}/{peer}, {row}: {:.2}", of(peer) / of(ours));
        }
    }
    criterion.final_summary();
}
