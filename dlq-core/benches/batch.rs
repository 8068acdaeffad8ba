//! Items through a batch processor into a sink that does nothing, beside the loop one would write without it: a tokio
//! channel and `recv_many`, with the same batches. The processor counts, measures latencies and answers for each item;
//! the loop does not, but where tickets are asked for.

#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a bench that cannot go on ends, and its numbers are small"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use dlq_core::engine::batch::{BatchConfig, BatchProcessor, BatchSink, BatchSizing};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

const ITEMS: u64 = 100_000;
const SIZE: usize = 1_000;
const QUEUE: usize = 4_096;
/// How many are handed in together, where they are.
const TOGETHER: u64 = 100;

/// As large as a small record's handles.
type Item = [u64; 8];

const fn item(n: u64) -> Item {
    [n; 8]
}

struct Null;

impl BatchSink<Item> for Null {
    type Outcome = ();
    type Error = ();

    async fn write(&self, items: &[Item]) -> Vec<Result<(), ()>> {
        black_box(items).iter().map(|_| Ok(())).collect()
    }
}

#[derive(Clone, Copy)]
enum HandIn {
    OneByOne,
    Together,
    OneByOneWithTickets,
}

impl HandIn {
    const ALL: [(Self, &str); 3] = [
        (Self::OneByOne, "one by one"),
        (Self::Together, "a hundred together"),
        (Self::OneByOneWithTickets, "one by one, with tickets"),
    ];
}

async fn ours(how: HandIn) -> Duration {
    let config =
        BatchConfig { size: BatchSizing::Fixed(SIZE), workers: 1, queue: QUEUE, ..BatchConfig::DEFAULT };
    let processor = BatchProcessor::start(config, Null).unwrap();
    let start = Instant::now();
    match how {
        HandIn::OneByOne => {
            for n in 0..ITEMS {
                processor.submit(item(n)).await.unwrap();
            }
        }
        HandIn::Together => {
            for first in (0..ITEMS).step_by(TOGETHER as usize) {
                let items = (first..first + TOGETHER).map(item).collect();
                processor.submit_batch(items).await.unwrap();
            }
        }
        HandIn::OneByOneWithTickets => {
            let mut tickets = Vec::with_capacity(ITEMS as usize);
            for n in 0..ITEMS {
                tickets.push(processor.submit_with_ticket(item(n)).await.unwrap());
            }
            for ticket in tickets {
                ticket.await.unwrap();
            }
        }
    }
    assert!(processor.stop(Duration::from_secs(60)).await.is_empty());
    start.elapsed()
}

fn channel_loop<T: Send + 'static>(
    answer: impl Fn(T, &mut Vec<Item>, &mut Vec<oneshot::Sender<Result<(), ()>>>) + Send + 'static,
) -> (mpsc::Sender<T>, JoinHandle<()>) {
    let (sender, mut receiver) = mpsc::channel(QUEUE);
    let writes = tokio::spawn(async move {
        let (mut received, mut items, mut stubs) = (Vec::new(), Vec::new(), Vec::new());
        while receiver.recv_many(&mut received, SIZE).await > 0 {
            received.drain(..).for_each(|one| answer(one, &mut items, &mut stubs));
            let answers = Null.write(&items).await;
            stubs.drain(..).zip(answers).for_each(|(stub, answer)| {
                stub.send(answer).unwrap();
            });
            items.clear();
        }
    });
    (sender, writes)
}

async fn peer(how: HandIn) -> Duration {
    match how {
        HandIn::OneByOne => {
            let (sender, writes) = channel_loop(|item, items, _| items.push(item));
            let start = Instant::now();
            for n in 0..ITEMS {
                sender.send(item(n)).await.unwrap();
            }
            drop(sender);
            writes.await.unwrap();
            start.elapsed()
        }
        HandIn::Together => {
            let (sender, writes) = channel_loop(|item, items, _| items.push(item));
            let start = Instant::now();
            for first in (0..ITEMS).step_by(TOGETHER as usize) {
                let room = sender.reserve_many(TOGETHER as usize).await.unwrap();
                room.zip(first..).for_each(|(place, n)| place.send(item(n)));
            }
            drop(sender);
            writes.await.unwrap();
            start.elapsed()
        }
        HandIn::OneByOneWithTickets => {
            let (sender, writes) = channel_loop(|(item, stub), items, stubs| {
                items.push(item);
                stubs.push(stub);
            });
            let start = Instant::now();
            let mut tickets = Vec::with_capacity(ITEMS as usize);
            for n in 0..ITEMS {
                let (stub, ticket) = oneshot::channel();
                sender.send((item(n), stub)).await.unwrap();
                tickets.push(ticket);
            }
            for ticket in tickets {
                ticket.await.unwrap().unwrap();
            }
            drop(sender);
            writes.await.unwrap();
            start.elapsed()
        }
    }
}

/// Times of single runs, by row.
type Times = BTreeMap<(&'static str, &'static str), Vec<Duration>>;

fn measure<F: Future<Output = Duration> + Send + 'static>(
    criterion: &mut Criterion,
    runtime: &Runtime,
    times: &mut Times,
    row: (&'static str, &'static str),
    run: impl Fn() -> F,
) {
    let mut group = criterion.benchmark_group(row.0);
    group.throughput(Throughput::Elements(ITEMS));
    let times = times.entry(row).or_default();
    group.bench_function(row.1, |bencher| {
        bencher.iter_custom(|runs| {
            let one = || runtime.block_on(async { tokio::spawn(run()).await.unwrap() });
            let taken: Vec<_> = (0..runs).map(|_| one()).collect();
            times.extend_from_slice(&taken);
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

fn main() {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    let mut criterion = Criterion::default().configure_from_args();
    let mut times = Times::new();
    for (how, name) in HandIn::ALL {
        measure(&mut criterion, &runtime, &mut times, (name, "batch processor"), move || ours(how));
        measure(&mut criterion, &runtime, &mut times, (name, "channel and recv_many"), move || peer(how));
    }
    for (_, name) in HandIn::ALL {
        let of = |who| times.get(&(name, who)).map_or(f64::NAN, |times| median(times));
        let ratio = of("channel and recv_many") / of("batch processor");
        println!("ratio ours/peer, {name}: {ratio:.2}");
    }
    criterion.final_summary();
}
