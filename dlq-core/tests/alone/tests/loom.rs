//! Every interleaving of small rings, as loom tries them out: run by `dev/loom`.
//!
//! The models are tiny, as each step more multiplies the ways through them: a slot or two, a few items, two or three
//! threads. Loom also finds a slot that two threads touch at once, a sleeper that nobody wakes, and what is never freed.
#![cfg(loom)]

use std::future::Future;
use std::task::{Context, Waker};

use dlq_core::engine::ring::{
    Blocking, Failure, MultiProducer, Refusal, RingBuffer, SingleProducer, Task, Worker, Yielding,
};
use loom::future::block_on;
use loom::thread;

fn queue(capacity: usize, workers: usize) -> (MultiProducer<Option<u8>>, Vec<Worker<Option<u8>>>) {
    let ring = RingBuffer::builder(capacity, || None).unwrap().wait(Task).multi_producer();
    let (ring, workers) = ring.workers(workers).unwrap();
    (ring.build(), workers)
}

/// Takes all that a worker can have.
async fn drain(mut worker: Worker<Option<u8>>) -> Vec<u8> {
    let mut taken = Vec::new();
    while worker.take(&mut taken, 1).await.unwrap() > 0 {}
    taken
}

#[test]
fn one_producer_one_consumer_parked_threads_on_a_ring_that_is_full_and_empty() {
    loom::model(|| {
        let ring = RingBuffer::builder(1, || 0).unwrap().wait(Blocking).single_producer();
        let (ring, mut consumer) = ring.broadcast();
        let mut producer: SingleProducer<_, _> = ring.build();
        let writer = thread::spawn(move || {
            for number in 1..=2 {
                producer.publish_with(|slot| *slot = number).unwrap();
            }
        });
        let mut seen = Vec::new();
        while consumer.read(2, |number, _, _| seen.push(*number)).unwrap() > 0 {}
        writer.join().unwrap();
        assert_eq!(seen, [1, 2]);
    });
}

#[test]
fn two_producers_fill_in_any_order_what_one_consumer_reads_in_one() {
    loom::model(|| {
        let ring = RingBuffer::builder(2, || 0).unwrap().wait(Yielding).multi_producer();
        let (ring, mut consumer) = ring.broadcast();
        let producer = ring.build();
        let writers = [1, 2].map(|number| {
            let producer = producer.clone();
            thread::spawn(move || producer.try_publish_with(|slot| *slot = number).unwrap())
        });
        drop(producer);
        let mut sum = 0;
        while consumer.read(2, |number, _, _| sum += *number).unwrap() > 0 {}
        assert_eq!(sum, 3);
        writers.into_iter().for_each(|writer| writer.join().unwrap());
    });
}

#[test]
fn two_workers_share_and_both_hear_of_the_end() {
    loom::model(|| {
        let (producer, mut workers) = queue(2, 2);
        let other = workers.pop().unwrap();
        let other = thread::spawn(move || block_on(drain(other)));
        producer.try_publish(1).unwrap();
        producer.try_publish(2).unwrap();
        drop(producer);
        let mut all = block_on(drain(workers.pop().unwrap()));
        all.extend(other.join().unwrap());
        all.sort_unstable();
        assert_eq!(all, [1, 2]);
    });
}

#[test]
fn a_task_that_waits_for_room_is_woken_though_two_workers_race_for_the_slot() {
    loom::model(|| {
        let (producer, workers) = queue(1, 2);
        producer.try_publish(1).unwrap();
        let takers: Vec<_> = workers
            .into_iter()
            .map(|mut worker| {
                thread::spawn(move || {
                    let mut taken = Vec::new();
                    worker.try_take(&mut taken, 1).unwrap();
                    (worker, taken)
                })
            })
            .collect();
        block_on(producer.publish(2)).unwrap();
        let taken = takers.into_iter().map(|taker| taker.join().unwrap().1.len()).sum::<usize>();
        assert!((1..=2).contains(&taken));
    });
}

#[test]
fn a_producer_that_was_called_and_gives_up_calls_the_next() {
    loom::model(|| {
        let (producer, mut workers) = queue(1, 1);
        producer.try_publish(1).unwrap();
        let mut given_up = Box::pin({
            let producer = producer.clone();
            async move { producer.publish(2).await }
        });
        let pending = given_up.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending();
        assert!(pending);
        let next = thread::spawn({
            let producer = producer.clone();
            move || block_on(producer.publish(3)).unwrap()
        });
        let quitter = thread::spawn(move || drop(given_up));
        let mut worker = workers.pop().unwrap();
        let mut taken = Vec::new();
        assert_eq!(worker.try_take(&mut taken, 1), Ok(1));
        next.join().unwrap();
        quitter.join().unwrap();
        assert_eq!(worker.try_take(&mut taken, 1), Ok(1));
        assert_eq!(taken, [1, 3]);
    });
}

#[test]
fn closing_and_publishing_cannot_both_succeed_unseen() {
    loom::model(|| {
        let (producer, mut workers) = queue(2, 1);
        let closer = thread::spawn({
            let producer = producer.clone();
            move || producer.close()
        });
        let publisher = thread::spawn(move || producer.try_publish(1).map_err(|refused| refused.reason));
        let taken = block_on(drain(workers.pop().unwrap()));
        closer.join().unwrap();
        match publisher.join().unwrap() {
            Ok(()) => assert_eq!(taken, [1]),
            Err(reason) => assert_eq!((reason, taken.len()), (Refusal::Closed, 0)),
        }
    });
}

#[test]
fn whoever_waits_hears_of_a_failure() {
    loom::model(|| {
        let ring = RingBuffer::builder(1, || 0).unwrap().wait(Blocking).single_producer();
        let (ring, first) = ring.broadcast();
        let (ring, mut second) = ring.after([&first]).unwrap().broadcast();
        let mut producer = ring.build();
        producer.publish_with(|slot| *slot = 1).unwrap();
        let dropper = thread::spawn(move || drop(first));
        let failure = Failure::ConsumerDropped { consumer: 0 };
        let publisher = thread::spawn(move || producer.publish_with(|slot| *slot = 2));
        assert_eq!(second.read(1, |_, _, _| ()), Err(failure.clone()));
        assert_eq!(publisher.join().unwrap(), Err(Refusal::Failed(failure)));
        dropper.join().unwrap();
    });
}

#[test]
fn who_comes_after_a_group_sees_what_the_group_did() {
    loom::model(|| {
        let ring = RingBuffer::builder(2, || 0).unwrap().wait(Task).single_producer();
        let (ring, mut workers) = ring.workers(1).unwrap();
        let (ring, mut last) = ring.broadcast();
        let mut producer = ring.build();
        producer.try_publish_each(2, |slot| *slot = 1).unwrap();
        drop(producer);
        let mut worker = workers.pop().unwrap();
        let worker = thread::spawn(move || {
            block_on(async { while worker.work(1, |number| *number += 1).await.unwrap() > 0 {} });
        });
        let mut seen = Vec::new();
        block_on(async { while last.read(2, |number, _, _| seen.push(*number)).await.unwrap() > 0 {} });
        assert_eq!(seen, [2, 2]);
        worker.join().unwrap();
    });
}
