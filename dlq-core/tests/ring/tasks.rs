use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use dlq_core::engine::ring::{MultiProducer, Refusal, RingBuffer, Task, Worker};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::PATIENCE;

fn ring(capacity: usize, workers: usize) -> (MultiProducer<Option<u64>>, Vec<Worker<Option<u64>>>) {
    let (stages, workers) =
        RingBuffer::builder(capacity, || None).unwrap().wait(Task).multi_producer().workers(workers).unwrap();
    (stages.build(), workers)
}

/// Polls once, with nobody to wake.
fn poll<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tasks_hand_over_every_item_once() {
    let (producer, workers) = ring(8, 3);
    let (mut producers, mut consumers) = (JoinSet::new(), JoinSet::new());
    for begin in 0..20 {
        let producer = producer.clone();
        producers.spawn(async move {
            producer.publish(begin).await.unwrap();
            let mut rest: VecDeque<_> = (begin + 20..2000).step_by(20).collect();
            producer.publish_batch(&mut rest).await.unwrap();
        });
    }
    drop(producer);
    for mut worker in workers {
        consumers.spawn(async move {
            let mut taken = Vec::new();
            while worker.take(&mut taken, 5).await.unwrap() > 0 {}
            taken
        });
    }
    timeout(PATIENCE, producers.join_all()).await.expect("published");
    let mut all = timeout(PATIENCE, consumers.join_all()).await.expect("taken").concat();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..2000));
}

#[tokio::test]
async fn what_is_left_at_the_close_is_handed_out_before_the_end() {
    let (producer, mut workers) = ring(4, 1);
    producer.publish(1).await.unwrap();
    producer.publish(2).await.unwrap();
    producer.close();
    let refused = producer.try_publish(3).expect_err("closed");
    assert_eq!((refused.value, refused.reason), (3, Refusal::Closed));
    assert_eq!(producer.publish(4).await.expect_err("closed").value, 4);
    let mut taken = Vec::new();
    assert_eq!(workers[0].take(&mut taken, 8).await, Ok(2));
    assert_eq!(workers[0].take(&mut taken, 8).await, Ok(0));
    assert_eq!(taken, [1, 2]);
}

#[tokio::test]
async fn a_full_ring_hands_the_value_back_and_the_oldest_can_be_dropped_for_it() {
    let (producer, mut workers) = ring(2, 2);
    let mut submitter = workers.pop().unwrap();
    for value in 1..=2 {
        producer.try_publish(value).unwrap();
    }
    let refused = producer.try_publish(3).expect_err("full");
    assert_eq!((refused.value, refused.reason), (3, Refusal::Full));
    let mut oldest = Vec::new();
    assert_eq!(submitter.try_take(&mut oldest, 1), Ok(1));
    producer.try_publish(refused.value).unwrap();
    assert_eq!(oldest, [1]);
    let mut taken = Vec::new();
    assert_eq!(workers[0].take(&mut taken, 8).await, Ok(2));
    assert_eq!(taken, [2, 3]);
    assert_eq!(submitter.try_take(&mut oldest, 1), Ok(0));
}

#[tokio::test]
async fn who_gives_up_waiting_for_room_holds_up_nobody() {
    let (producer, mut workers) = ring(1, 1);
    producer.publish(1).await.unwrap();
    let mut first = Box::pin(producer.publish(2));
    assert!(poll(&mut first.as_mut()).is_pending());
    let second = tokio::spawn({
        let producer = producer.clone();
        async move { producer.publish(3).await }
    });
    tokio::task::yield_now().await;
    let mut taken = Vec::new();
    // The first of the two was called for this slot, and is dropped before it can take it.
    assert_eq!(workers[0].try_take(&mut taken, 1), Ok(1));
    drop(first);
    timeout(PATIENCE, second).await.expect("called in its place").unwrap().unwrap();
    assert_eq!(workers[0].try_take(&mut taken, 1), Ok(1));
    assert_eq!(taken, [1, 3]);
}

#[tokio::test]
async fn who_gives_up_taking_has_taken_nothing() {
    let (producer, mut workers) = ring(2, 2);
    let mut other = workers.pop().unwrap();
    let mut taken = Vec::new();
    assert!(poll(workers[0].take(&mut taken, 1)).is_pending());
    producer.publish(1).await.unwrap();
    assert_eq!(timeout(PATIENCE, other.take(&mut taken, 8)).await.expect("there"), Ok(1));
    assert_eq!(taken, [1]);
}

#[tokio::test]
async fn a_dropped_batch_keeps_what_it_has_not_published() {
    let (producer, mut workers) = ring(2, 1);
    let mut values = VecDeque::from([1, 2, 3, 4, 5]);
    assert!(poll(producer.publish_batch(&mut values)).is_pending());
    assert_eq!(values, [3, 4, 5]);
    let mut taken = Vec::new();
    assert_eq!(workers[0].try_take(&mut taken, 8), Ok(2));
    assert_eq!(producer.try_publish_batch(&mut values), Ok(2));
    assert_eq!((taken, values), (vec![1, 2], VecDeque::from([5])));
}

#[tokio::test]
async fn a_task_may_read_all_beside_others() {
    let (stages, mut first) = RingBuffer::builder(4, || 0).unwrap().wait(Task).multi_producer().broadcast();
    let (stages, mut second) = stages.after([&first]).unwrap().broadcast();
    let producer = stages.build();
    let reader = tokio::spawn(async move {
        let mut seen = Vec::new();
        while second.read(8, |value, _, _| seen.push(*value)).await.unwrap() > 0 {}
        seen
    });
    for value in 0..20 {
        producer.try_publish_with(|slot| *slot = value).unwrap();
        assert_eq!(first.read(1, |seen, _, _| assert_eq!(*seen, value)).await, Ok(1));
        while producer.remaining_capacity() == 0 {
            tokio::task::yield_now().await;
        }
    }
    drop(producer);
    assert_eq!(first.read(1, |_, _, _| ()).await, Ok(0));
    assert!(timeout(PATIENCE, reader).await.expect("ended").unwrap().into_iter().eq(0..20));
}
