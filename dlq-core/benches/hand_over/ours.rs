use std::thread;
use std::time::Duration;

use dlq_core::engine::ring::{Consumer, RingBuffer, SingleProducer, ThreadWait};

use super::{BATCH, CAPACITY, Item, Sum, timed};

fn single<T: Item, W: ThreadWait + Default>() -> (SingleProducer<T, W>, Consumer<T, W>) {
    let ring = RingBuffer::builder(CAPACITY, || T::new(0)).unwrap().wait(W::default()).single_producer();
    let (ring, consumer) = ring.broadcast();
    (ring.build(), consumer)
}

fn sum<T: Item, W: ThreadWait>(consumer: Consumer<T, W>) {
    let mut sum = Sum::default();
    consumer.run(|item, _, _| sum.add(item)).unwrap();
}

pub(crate) fn one_at_a_time<T: Item, W: ThreadWait + Default>(items: u64) -> Duration {
    let (mut producer, consumer) = single::<T, W>();
    let reader = thread::spawn(move || sum(consumer));
    timed(|| {
        for number in 0..items {
            producer.publish_with(|slot| *slot = T::new(number)).unwrap();
        }
        drop(producer);
        reader.join().unwrap();
    })
}

pub(crate) fn batches<T: Item, W: ThreadWait + Default>(items: u64) -> Duration {
    let (mut producer, consumer) = single::<T, W>();
    let reader = thread::spawn(move || sum(consumer));
    timed(|| {
        let mut number = 0;
        while number < items {
            let write = |slot: &mut T| {
                *slot = T::new(number);
                number += 1;
            };
            producer.publish_each(BATCH, write).unwrap();
        }
        drop(producer);
        reader.join().unwrap();
    })
}

pub(crate) fn batches_of_two<T: Item, W: ThreadWait + Default>(items: u64) -> Duration {
    let ring = RingBuffer::builder(CAPACITY, || T::new(0)).unwrap().wait(W::default()).multi_producer();
    let (ring, consumer) = ring.broadcast();
    let producer = ring.build();
    let reader = thread::spawn(move || sum(consumer));
    timed(|| {
        thread::scope(|scope| {
            for _ in 0..2 {
                let producer = producer.clone();
                scope.spawn(move || {
                    let mut number = 0;
                    while number < items / 2 {
                        let write = |slot: &mut T| {
                            *slot = T::new(number);
                            number += 1;
                        };
                        producer.publish_each(BATCH, write).unwrap();
                    }
                });
            }
        });
        drop(producer);
        reader.join().unwrap();
    })
}
