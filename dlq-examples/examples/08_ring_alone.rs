//! Use the ring buffer alone: orders that are written down first and then shared among workers, without a copy.

use std::error::Error;
use std::thread;

use dlq_core::engine::ring::{Blocking, RingBuffer};

/// Lives in a slot for as long as the ring does; each order is written over the one before.
#[derive(Debug, Default)]
struct Order {
    number: u64,
    text: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let ring = RingBuffer::builder(64, Order::default)?.wait(Blocking).multi_producer();
    let (ring, journal) = ring.broadcast();
    // A group comes after all that were added before it: no worker gets an order that is not in the journal.
    let (ring, workers) = ring.workers(2)?;
    let producer = ring.build();

    let written = thread::spawn(move || {
        let mut bytes = 0;
        journal.run(|order, _sequence, _end_of_batch| bytes += order.text.len()).map(|()| bytes)
    });
    let hands = workers.into_iter().map(|worker| {
        thread::spawn(move || {
            let (mut count, mut sum) = (0, 0);
            worker
                .run(|order| {
                    count += 1;
                    sum += order.number;
                })
                .map(|()| (count, sum))
        })
    });
    let hands: Vec<_> = hands.collect();

    for number in 1..=10_000 {
        producer.publish_with(|order| {
            order.number = number;
            order.text.clear();
            order.text.push_str("two coffees");
        })?;
    }
    drop(producer);

    println!("the journal has {} bytes", written.join().expect("run() ends panics")?);
    let mut total = 0;
    for hand in hands {
        let (count, sum) = hand.join().expect("run() ends panics")?;
        println!("one worker had {count} orders");
        total += sum;
    }
    println!("and no order was lost or done twice: {total} = {}", 10_000 * 10_001 / 2);
    Ok(())
}
