//! The end: drained in time, or handed back.

use std::future::pending;
use std::sync::mpsc;

use futures_util::poll;
use tokio::time::{Instant, sleep};

use super::*;

/// A sink that never answers.
async fn silent(_items: Vec<u32>) -> Answers {
    pending().await
}

#[tokio::test(start_paused = true)]
async fn what_was_accepted_is_written_without_waiting_for_company() {
    let (sink, batches) = quick();
    let processor = Processor::start(BatchConfig { linger: LONG, ..SMALL }, sink).unwrap();
    processor.submit_batch((0..6).collect()).await.unwrap();
    let start = Instant::now();
    assert!(processor.stop(LONG).await.is_empty());
    assert_eq!((start.elapsed(), seen(&batches)), (Duration::ZERO, vec![vec![0, 1, 2, 3], vec![4, 5]]));
}

#[tokio::test(start_paused = true)]
async fn once_stopped_nothing_is_accepted_and_everything_comes_back() {
    let processor = Processor::start(SMALL, quick().0).unwrap();
    assert!(processor.stop(LONG).await.is_empty());
    assert_eq!(processor.submit(1).await, Err(Stopped(1)));
    assert_eq!(processor.try_submit(2), Err(TrySubmitError::Stopped(2)));
    assert!(matches!(processor.submit_with_ticket(3).await, Err(Stopped(3))));
    assert_eq!(processor.submit_batch(vec![4, 5]).await, Err(Stopped(vec![4, 5])));
    let midway = processor.submit_batch_with_tickets(vec![6, 7]).await.unwrap_err();
    assert_eq!((midway.tickets.len(), midway.rest), (0, vec![6, 7]));
    assert!(processor.stop(LONG).await.is_empty(), "again it finds nothing");
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_never_answers_does_not_hold_it_and_every_item_is_accounted_for() {
    let processor = Processor::start(BatchConfig { workers: 2, ..SMALL }, Sink(silent)).unwrap();
    let tickets = processor.submit_batch_with_tickets((0..14).collect()).await.unwrap();
    let start = Instant::now();
    let mut left = processor.stop(LONG).await;
    assert_eq!(start.elapsed(), LONG);
    left.in_doubt.sort_unstable();
    assert_eq!((left.in_doubt, left.waiting, left.stuck), ((0..8).collect(), (8..14).collect(), 0));
    for ticket in tickets {
        assert_eq!(ticket.await, Err(ItemError::HandedBack));
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_room_gets_the_items_back() {
    let processor = Processor::start(SMALL, Sink(silent)).unwrap();
    processor.submit_batch((0..12).collect()).await.unwrap();
    let mut one = std::pin::pin!(processor.submit(12));
    assert!(poll!(&mut one).is_pending());
    let left = processor.stop(Duration::ZERO).await;
    assert_eq!((left.len(), one.await), (12, Err(Stopped(12))));
}

#[tokio::test(start_paused = true)]
async fn stopped_in_the_middle_of_a_batch_tickets_and_items_tell_how_far_it_came() {
    let processor = Processor::start(SMALL, Sink(silent)).unwrap();
    let mut many = std::pin::pin!(processor.submit_batch_with_tickets((0..20).collect()));
    assert!(poll!(&mut many).is_pending());
    sleep(LINGER).await;
    assert!(poll!(&mut many).is_pending());
    let left = processor.stop(Duration::ZERO).await;
    let midway = many.await.unwrap_err();
    assert_eq!(midway.to_string(), "the batch processor was stopped after it had accepted 12 items");
    assert_eq!((midway.tickets.len(), midway.rest), (12, (12..20).collect()));
    assert_eq!([left.in_doubt, left.waiting].concat(), (0..12).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_is_given_up_loses_nothing_and_may_be_called_again() {
    let processor = Processor::start(SMALL, Sink(silent)).unwrap();
    processor.submit_batch((0..6).collect()).await.unwrap();
    assert!(tokio::time::timeout(LINGER, processor.stop(LONG)).await.is_err());
    assert_eq!(processor.stop(LINGER).await.len(), 6);
}

#[tokio::test(start_paused = true)]
async fn dropped_it_writes_what_it_accepted() {
    let (sink, batches) = quick();
    let processor = Processor::start(SMALL, sink).unwrap();
    processor.submit_batch((0..6).collect()).await.unwrap();
    drop(processor);
    sleep(LINGER).await;
    assert_eq!(seen(&batches).concat(), (0..6).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn dropped_it_does_not_wait_for_ever() {
    let held = Arc::new(());
    let watched = Arc::downgrade(&held);
    let sink = Sink(move |_items| {
        let held = Arc::clone(&held);
        async move {
            pending::<()>().await;
            drop(held);
            Vec::new()
        }
    });
    let processor = Processor::start(SMALL, sink).unwrap();
    processor.submit_batch((0..6).collect()).await.unwrap();
    drop(processor);
    sleep(LINGER).await;
    assert!(watched.upgrade().is_some(), "the write goes on");
    sleep(LONG).await;
    assert!(watched.upgrade().is_none(), "workers, sink and write are gone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sink_that_blocks_its_thread_does_not_hold_it() {
    let (let_go, released) = mpsc::sync_channel::<()>(1);
    let (began, begins) = tokio::sync::oneshot::channel();
    let once = Mutex::new(Some((began, released)));
    let sink = Sink(move |items: Vec<u32>| {
        if let Some((began, released)) = once.lock().unwrap().take() {
            began.send(()).unwrap();
            released.recv().ok();
        }
        std::future::ready(taken(items))
    });
    let processor = Processor::start(SMALL, sink).unwrap();
    processor.submit_batch((0..4).collect()).await.unwrap();
    begins.await.unwrap();
    processor.submit_batch(vec![4, 5]).await.unwrap();
    let left = processor.stop(Duration::ZERO).await;
    assert_eq!((left.waiting, left.in_doubt, left.stuck), (vec![4, 5], vec![], 4));
    drop(let_go);
}
