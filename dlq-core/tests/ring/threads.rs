use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use dlq_core::engine::ring::{Blocking, BusySpin, RingBuffer, Sleeping, ThreadWait, Yielding};

// Spinning threads that are more than the cores have to wait for their turn at each full ring.
const ITEMS: u64 = if cfg!(miri) { 200 } else { 3_000 };

#[test]
fn one_producer_one_consumer_every_item_once_in_order_however_they_wait() {
    in_order(BusySpin);
    in_order(Yielding);
    in_order(Sleeping::default());
    in_order(Blocking);
}

fn in_order<W: ThreadWait>(strategy: W) {
    let (stages, consumer) =
        RingBuffer::builder(64, || 0).unwrap().wait(strategy).single_producer().broadcast();
    let mut producer = stages.build();
    let seen = thread::scope(|scope| {
        scope.spawn(move || {
            for number in 0..ITEMS / 2 {
                producer.publish_with(|slot| *slot = number).unwrap();
            }
            let mut next = ITEMS / 2..ITEMS;
            producer.publish_each(next.clone().count(), |slot| *slot = next.next().unwrap()).unwrap();
        });
        let reader = scope.spawn(move || {
            let mut seen = Vec::new();
            consumer.run(|number, sequence, _| seen.push((*number, sequence))).unwrap();
            seen
        });
        reader.join().unwrap()
    });
    assert!(seen.into_iter().eq((0..ITEMS).map(|number| (number, number))));
}

#[test]
fn many_producers_and_many_workers_hand_over_every_item_once() {
    every_item_once(BusySpin);
    every_item_once(Yielding);
    every_item_once(Sleeping::default());
    every_item_once(Blocking);
}

fn every_item_once<W: ThreadWait>(strategy: W) {
    let (stages, workers) =
        RingBuffer::builder(64, || None).unwrap().wait(strategy).multi_producer().workers(3).unwrap();
    let producer = stages.build();
    let all = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for begin in 0..2 {
            let producer = producer.clone();
            scope.spawn(move || {
                let mut values: VecDeque<_> = (begin..ITEMS).step_by(2).collect();
                while let Some(value) = values.pop_front() {
                    producer.publish(value).unwrap();
                    let mut some = values.drain(..values.len().min(5)).collect();
                    producer.publish_batch(&mut some).unwrap();
                }
            });
        }
        drop(producer);
        for mut worker in workers {
            let all = &all;
            scope.spawn(move || {
                let mut taken = Vec::new();
                while worker.take(&mut taken, 4).unwrap() > 0 {}
                for parity in 0..2 {
                    assert!(taken.iter().filter(|value| *value % 2 == parity).is_sorted());
                }
                all.lock().unwrap().extend(taken);
            });
        }
    });
    let mut all = all.into_inner().unwrap();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..ITEMS));
}

#[test]
fn who_comes_after_sees_what_those_before_are_done_with() {
    let (stages, first) =
        RingBuffer::builder(64, || (0, 0)).unwrap().wait(Blocking).single_producer().broadcast();
    let (stages, second) = stages.broadcast();
    let (stages, third) = stages.after([&first, &second]).unwrap().broadcast();
    let (stages, workers) = stages.workers(2).unwrap();
    let (stages, last) = stages.broadcast();
    let mut producer = stages.build();
    let (seen, through) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for consumer in [first, second] {
            scope.spawn(|| {
                consumer
                    .run(|_, _, _| {
                        seen.fetch_add(1, Ordering::Relaxed);
                    })
                    .unwrap();
            });
        }
        scope.spawn(|| {
            let check = |_: &(u64, u64), sequence, _| {
                assert!(seen.load(Ordering::Relaxed) as u64 >= 2 * (sequence + 1));
            };
            third.run(check).unwrap();
        });
        for worker in workers {
            scope.spawn(|| worker.run(|(number, double)| *double = 2 * *number).unwrap());
        }
        scope.spawn(|| {
            last.run(|(number, double), sequence, _| {
                assert_eq!((*number, *double), (sequence, 2 * sequence));
                through.fetch_add(1, Ordering::Relaxed);
            })
            .unwrap();
        });
        for number in 0..ITEMS {
            producer.publish_with(|slot| *slot = (number, 0)).unwrap();
        }
        drop(producer);
    });
    assert_eq!(through.into_inner() as u64, ITEMS);
}

#[test]
fn what_is_dropped_is_dropped_once_wherever_it_was() {
    let token = Arc::new(());
    let (stages, mut workers) =
        RingBuffer::builder(4, || None).unwrap().wait(Blocking).multi_producer().workers(2).unwrap();
    let producer = stages.build();
    for _ in 0..4 {
        producer.try_publish(Arc::clone(&token)).unwrap();
    }
    let refused = producer.try_publish(Arc::clone(&token)).expect_err("full");
    assert_eq!(Arc::strong_count(&token), 6, "four in slots, one handed back");
    drop(refused);
    let mut taken = Vec::new();
    assert_eq!(workers[0].try_take(&mut taken, 2), Ok(2));
    assert_eq!(producer.remaining_capacity(), 2);
    drop(taken);
    assert_eq!(Arc::strong_count(&token), 3, "two in slots");
    drop((producer, workers));
    assert_eq!(Arc::strong_count(&token), 1);
}
