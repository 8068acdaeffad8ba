//! How long one item takes from a thread to another, at 100 000 a second: spinning beside rtrb, parked beside std's
//! `sync_channel`.
//!
//! The producer hands over the moment at which each item was due, so what it is late with counts, too. The contestants
//! take turns, for five rounds, and the median of each is told. Not a matter for criterion, which knows no percentiles.
#![allow(clippy::unwrap_used, reason = "a bench may panic")]

use std::hint::spin_loop;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use dlq_core::engine::ring::{Blocking, BusySpin, RingBuffer, ThreadWait};
use hdrhistogram::Histogram;

const ROUNDS: usize = 5;
const ITEMS: u64 = 50_000;
const PERIOD: Duration = Duration::from_micros(10);
const CAPACITY: usize = 1024;

type Latencies = Histogram<u64>;

/// Gives out the moment at which each item is due, when it is.
fn at_their_time(mut send: impl FnMut(Instant)) {
    let mut due = Instant::now() + Duration::from_millis(5);
    for _ in 0..ITEMS {
        while Instant::now() < due {
            spin_loop();
        }
        send(due);
        due += PERIOD;
    }
}

/// Nanoseconds.
fn note(latencies: &mut Latencies, due: Instant) {
    latencies.saturating_record(u64::try_from(due.elapsed().as_nanos()).unwrap_or(u64::MAX));
}

fn empty() -> Latencies {
    Histogram::new_with_max(1_000_000_000, 3).unwrap()
}

fn ours<W: ThreadWait + Default>() -> Latencies {
    let start = Instant::now();
    let ring = RingBuffer::builder(CAPACITY, || start).unwrap().wait(W::default()).single_producer();
    let (ring, consumer) = ring.broadcast();
    let mut producer = ring.build();
    let reader = thread::spawn(move || {
        let mut latencies = empty();
        consumer.run(|due, _, _| note(&mut latencies, *due)).map(|()| latencies)
    });
    at_their_time(|due| producer.publish_with(|slot| *slot = due).unwrap());
    drop(producer);
    reader.join().unwrap().unwrap()
}

fn rtrb() -> Latencies {
    let (mut producer, mut consumer) = rtrb::RingBuffer::new(CAPACITY);
    let reader = thread::spawn(move || {
        let mut latencies = empty();
        while latencies.len() < ITEMS {
            match consumer.pop() {
                Ok(due) => note(&mut latencies, due),
                Err(_) => spin_loop(),
            }
        }
        latencies
    });
    at_their_time(|due| {
        while producer.push(due).is_err() {
            spin_loop();
        }
    });
    reader.join().unwrap()
}

fn sync_channel() -> Latencies {
    let (sender, receiver) = mpsc::sync_channel(CAPACITY);
    let reader = thread::spawn(move || {
        let mut latencies = empty();
        receiver.iter().for_each(|due| note(&mut latencies, due));
        latencies
    });
    at_their_time(|due| sender.send(due).unwrap());
    drop(sender);
    reader.join().unwrap()
}

/// The middle one of what the rounds have at this quantile, in µs.
fn median(rounds: &[Latencies], quantile: f64) -> f64 {
    let mut values: Vec<_> = rounds.iter().map(|round| round.value_at_quantile(quantile)).collect();
    values.sort_unstable();
    values[values.len() / 2] as f64 / 1_000.0
}

fn compare(how: &str, ours: fn() -> Latencies, peer_name: &str, peer: fn() -> Latencies) {
    let (mut our_rounds, mut peer_rounds) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        our_rounds.push(ours());
        peer_rounds.push(peer());
    }
    for (name, quantile) in [("P50", 0.5), ("P99", 0.99)] {
        let (ours, peer) = (median(&our_rounds, quantile), median(&peer_rounds, quantile));
        println!("{how}, {name}: ring {ours:.2} µs, {peer_name} {peer:.2} µs");
        println!("ratio ours/peer, {how}, {name}, beside {peer_name}: {:.2}", ours / peer);
    }
}

fn main() {
    compare("spinning", ours::<BusySpin>, "rtrb", rtrb);
    compare("parked", ours::<Blocking>, "sync_channel", sync_channel);
}
