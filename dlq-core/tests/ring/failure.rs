use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use dlq_core::engine::ring::{Blocking, BusySpin, Failure, Refusal, RingBuffer, Task};
use tokio::time::timeout;

use super::PATIENCE;

#[test]
fn a_full_ring_whose_consumer_panics_ends_in_an_error_for_everybody() {
    let (stages, first) = RingBuffer::builder(4, || 0).unwrap().wait(Blocking).single_producer().broadcast();
    let (stages, dependent) = stages.after([&first]).unwrap().broadcast();
    let mut producer = stages.build();
    let expected = Failure::ConsumerPanicked { consumer: 0, message: "at 3".into() };
    let publisher = thread::spawn(move || {
        for number in 0.. {
            if let Err(refusal) = producer.publish_with(|slot| *slot = number) {
                return refusal;
            }
        }
        unreachable!()
    });
    let dependent = thread::spawn(move || dependent.run(|number, _, _| assert!(*number < 3)));
    let ended = first.run(|number, _, _| assert!(*number < 3, "at {number}"));
    assert_eq!(ended, Err(expected.clone()));
    assert_eq!(dependent.join().unwrap(), Err(expected.clone()));
    assert_eq!(publisher.join().unwrap(), Refusal::Failed(expected));
}

#[test]
fn a_consumer_that_goes_away_is_a_failure() {
    let (stages, consumer) =
        RingBuffer::builder(4, || 0).unwrap().wait(BusySpin).single_producer().broadcast();
    let mut producer = stages.build();
    producer.publish_with(|slot| *slot = 1).unwrap();
    drop(consumer);
    let failed = Err(Refusal::Failed(Failure::ConsumerDropped { consumer: 0 }));
    assert_eq!(producer.publish_with(|slot| *slot = 2), failed);
}

#[tokio::test]
async fn tasks_that_wait_for_room_are_told_that_the_last_worker_went_away() {
    let (stages, mut workers) =
        RingBuffer::builder(1, || None).unwrap().wait(Task).multi_producer().workers(2).unwrap();
    let producer = stages.build();
    producer.publish(1).await.unwrap();
    let waiting = tokio::spawn({
        let producer = producer.clone();
        async move { producer.publish(2).await }
    });
    tokio::task::yield_now().await;
    workers.pop();
    assert_eq!(producer.try_publish(3).expect_err("full").reason, Refusal::Full, "one worker is left");
    workers.pop();
    let refused = timeout(PATIENCE, waiting).await.expect("told").unwrap().expect_err("refused");
    let reason = Refusal::Failed(Failure::ConsumerDropped { consumer: 0 });
    assert_eq!((refused.value, refused.reason), (2, reason));
}

#[tokio::test]
async fn a_worker_that_panics_is_told_to_the_others_when_they_have_had_the_rest() {
    let (stages, mut workers) =
        RingBuffer::builder(4, || 0).unwrap().wait(Task).multi_producer().workers(2).unwrap();
    let producer = stages.build();
    for number in 1..=3 {
        producer.try_publish_with(|slot| *slot = number).unwrap();
    }
    let mut other = workers.pop().unwrap();
    let panicked = catch_unwind(AssertUnwindSafe(|| workers[0].try_work(1, |_| panic!("no"))));
    assert!(panicked.is_err(), "the panic goes on where no run() catches it");
    let mut seen = Vec::new();
    assert_eq!(other.work(8, |number| seen.push(*number)).await, Ok(2));
    assert_eq!(seen, [2, 3]);
    let failure = Failure::ConsumerPanicked { consumer: 0, message: "no".into() };
    assert_eq!(other.work(8, |_| ()).await, Err(failure));
}

#[test]
fn one_producer_of_many_that_panics_in_its_slot_ends_the_ring() {
    let (stages, mut consumer) =
        RingBuffer::builder(4, || 0).unwrap().wait(Blocking).multi_producer().broadcast();
    let producer = stages.build();
    producer.publish_with(|slot| *slot = 1).unwrap();
    let panicked = catch_unwind(AssertUnwindSafe(|| producer.publish_with(|_| panic!("no"))));
    assert!(panicked.is_err());
    assert_eq!(consumer.read(8, |number, _, _| assert_eq!(*number, 1)), Ok(1));
    assert_eq!(consumer.read(8, |_, _, _| ()), Err(Failure::ProducerPanicked));
    assert_eq!(producer.publish_with(|_| ()), Err(Refusal::Failed(Failure::ProducerPanicked)));
}

#[test]
fn the_only_producer_that_panics_has_published_nothing_and_goes_on() {
    let (stages, mut consumer) =
        RingBuffer::builder(4, || 0).unwrap().wait(Blocking).single_producer().broadcast();
    let mut producer = stages.build();
    let panicked = catch_unwind(AssertUnwindSafe(|| producer.publish_with(|_| panic!("no"))));
    assert!(panicked.is_err());
    producer.publish_with(|slot| *slot = 2).unwrap();
    assert_eq!(consumer.read(8, |number, _, _| assert_eq!(*number, 2)), Ok(1));
}

#[test]
fn what_a_worker_did_not_finish_reaches_nobody_who_comes_after() {
    let ring = RingBuffer::builder(4, || 0).unwrap().wait(Blocking).single_producer();
    let (ring, mut workers) = ring.workers(1).unwrap();
    let (ring, mut last) = ring.broadcast();
    let mut producer = ring.build();
    producer.publish_each(2, |slot| *slot = 1).unwrap();
    workers[0].work(1, |number| *number = 2).unwrap();
    let panicked = catch_unwind(AssertUnwindSafe(|| workers[0].work(1, |_| panic!("no"))));
    assert!(panicked.is_err());
    assert_eq!(last.read(8, |number, _, _| assert_eq!(*number, 2)), Ok(1));
    assert!(matches!(last.read(8, |_, _, _| ()), Err(Failure::ConsumerPanicked { consumer: 0, .. })));
}
