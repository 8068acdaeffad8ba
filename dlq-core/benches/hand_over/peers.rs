use std::hint::spin_loop;
use std::thread;
use std::time::Duration;

use disruptor::{BusySpin, Producer, build_multi_producer, build_single_producer};

use super::{BATCH, CAPACITY, Item, Sum, timed};

/// What a consumer of the disruptor does with each event.
fn summing<T: Item>() -> impl FnMut(&T, i64, bool) + Send + 'static {
    let mut sum = Sum::default();
    move |item, _, _| sum.add(item)
}

pub(crate) fn disruptor_one_at_a_time<T: Item>(items: u64) -> Duration {
    let ring = build_single_producer(CAPACITY, || T::new(0), BusySpin);
    let mut producer = ring.handle_events_with(summing()).build();
    timed(|| {
        for number in 0..items {
            producer.publish(|slot| *slot = T::new(number));
        }
        drop(producer);
    })
}

fn publish_batches<T: Item>(mut producer: impl Producer<T>, items: u64) {
    let mut number = 0;
    while number < items {
        producer.batch_publish(BATCH, |slots| {
            for slot in slots {
                *slot = T::new(number);
                number += 1;
            }
        });
    }
}

pub(crate) fn disruptor_batches<T: Item>(items: u64) -> Duration {
    let ring = build_single_producer(CAPACITY, || T::new(0), BusySpin);
    let producer = ring.handle_events_with(summing()).build();
    timed(|| publish_batches(producer, items))
}

pub(crate) fn disruptor_batches_of_two<T: Item>(items: u64) -> Duration {
    let ring = build_multi_producer(CAPACITY, || T::new(0), BusySpin);
    let producer = ring.handle_events_with(summing()).build();
    timed(|| {
        thread::scope(|scope| {
            let other = producer.clone();
            scope.spawn(move || publish_batches(other, items / 2));
            scope.spawn(move || publish_batches(producer, items / 2));
        });
    })
}

pub(crate) fn rtrb<T: Item>(items: u64) -> Duration {
    let (mut producer, mut consumer) = rtrb::RingBuffer::new(CAPACITY);
    let reader = thread::spawn(move || {
        let mut sum = Sum::default();
        for _ in 0..items {
            let item: T = loop {
                match consumer.pop() {
                    Ok(item) => break item,
                    Err(_) => spin_loop(),
                }
            };
            sum.add(&item);
        }
    });
    timed(|| {
        for number in 0..items {
            while producer.push(T::new(number)).is_err() {
                spin_loop();
            }
        }
        reader.join().unwrap();
    })
}

/// One at a time, as a channel has it; `producers` threads send.
fn channel<V: Send + 'static>(
    producers: u64,
    items: u64,
    wrap: impl Fn(u64) -> V + Copy + Send,
    look: impl Fn(&mut Sum, V) + Send + 'static,
) -> Duration {
    let (sender, receiver) = crossbeam_channel::bounded(CAPACITY);
    let reader = thread::spawn(move || {
        let mut sum = Sum::default();
        receiver.iter().for_each(|value| look(&mut sum, value));
    });
    timed(|| {
        thread::scope(|scope| {
            for _ in 0..producers {
                let sender = sender.clone();
                let send =
                    move || (0..items / producers).for_each(|number| sender.send(wrap(number)).unwrap());
                scope.spawn(send);
            }
        });
        drop(sender);
        reader.join().unwrap();
    })
}

pub(crate) fn crossbeam<T: Item, const PRODUCERS: u64>(items: u64) -> Duration {
    channel(PRODUCERS, items, T::new, |sum, item| sum.add(&item))
}

pub(crate) fn crossbeam_boxed<T: Item>(items: u64) -> Duration {
    channel(1, items, |number| Box::new(T::new(number)), |sum, item| sum.add(&*item))
}
