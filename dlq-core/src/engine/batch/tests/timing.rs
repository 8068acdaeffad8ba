//! When a batch is written, and how large it is.

use tokio::time::{Instant, sleep};

use super::*;

#[tokio::test(start_paused = true)]
async fn a_full_batch_does_not_wait() {
    let (sink, batches) = quick();
    let processor = Processor::start(SMALL, sink).unwrap();
    let start = Instant::now();
    let mut tickets = processor.submit_batch_with_tickets((0..4).collect()).await.unwrap();
    assert_eq!(tickets.pop().unwrap().await, Ok(3));
    assert_eq!((start.elapsed(), seen(&batches)), (Duration::ZERO, vec![vec![0, 1, 2, 3]]));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_full_is_written_when_its_first_item_has_waited_long_enough() {
    let (sink, batches) = quick();
    let processor = Processor::start(SMALL, sink).unwrap();
    let start = Instant::now();
    let first = processor.submit_with_ticket(0).await.unwrap();
    sleep(LINGER / 2).await;
    processor.submit(1).await.unwrap();
    assert_eq!(seen(&batches), Vec::<Vec<u32>>::new());
    assert_eq!(first.await, Ok(0));
    assert_eq!((start.elapsed(), seen(&batches)), (LINGER, vec![vec![0, 1]]));
}

#[tokio::test(start_paused = true)]
async fn time_spent_in_the_queue_counts() {
    let slow = Sink(|items| async {
        sleep(10 * LINGER).await;
        taken(items)
    });
    let processor = Processor::start(SMALL, slow).unwrap();
    processor.submit_batch((0..4).collect()).await.unwrap();
    sleep(LINGER).await;
    let start = Instant::now();
    let last = processor.submit_with_ticket(4).await.unwrap();
    assert_eq!(last.await, Ok(4));
    assert_eq!(start.elapsed(), 19 * LINGER, "it waited for the first write, and for no company after that");
    let waited = processor.stats().waited;
    assert_eq!((waited.count, waited.max_us.abs_diff(90_000) < 900), (5, true), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn the_next_batch_fills_while_the_first_is_written() {
    let slow = Sink(|items| async {
        sleep(LONG).await;
        taken(items)
    });
    let processor = Processor::start(BatchConfig { workers: 2, ..SMALL }, slow).unwrap();
    let start = Instant::now();
    let tickets = processor.submit_batch_with_tickets((0..12).collect()).await.unwrap();
    let mut done = Vec::new();
    for ticket in tickets {
        ticket.await.unwrap();
        done.push(start.elapsed().as_secs() / 60);
    }
    assert_eq!(done, [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2], "two side by side, then the third");
}

#[tokio::test(start_paused = true)]
async fn bytes_close_a_batch_too() {
    let (sink, batches) = quick();
    let config = BatchConfig { bytes_max: Some(100), ..SMALL };
    let processor = Processor::start(config, sink).unwrap();
    processor.submit_batch(vec![60, 40, 1, 2, 200, 3, 4, 5, 6]).await.unwrap();
    assert!(processor.stop(LONG).await.is_empty());
    assert_eq!(seen(&batches), [vec![60, 40], vec![1, 2, 200], vec![3, 4, 5, 6]]);
}

#[tokio::test(start_paused = true)]
async fn batches_grow_while_the_sink_keeps_up() {
    let (sink, batches) = quick();
    let size = BatchSizing::Adaptive { min: 2, max: 8, target: LINGER };
    let processor = Processor::start(BatchConfig { size, ..SMALL }, sink).unwrap();
    assert_eq!(processor.stats().size, 2);
    processor.submit_batch((0..2_000).collect()).await.unwrap();
    assert!(processor.stop(LONG).await.is_empty());
    assert_eq!((processor.stats().size, seen(&batches).iter().map(Vec::len).max()), (8, Some(8)));
}

#[tokio::test(start_paused = true)]
async fn statistics_tell_what_was_written_and_what_is_under_way() {
    let slow = Sink(|items| async {
        sleep(LONG).await;
        taken(items)
    });
    let processor = Processor::start(SMALL, slow).unwrap();
    processor.submit_batch((0..4).collect()).await.unwrap();
    sleep(LINGER).await;
    processor.submit_batch(vec![4, 5]).await.unwrap();
    let stats = processor.stats();
    assert_eq!((stats.items, stats.batches, stats.writing, stats.waiting), (0, 0, 4, 2));
    assert!(processor.stop(3 * LONG).await.is_empty());
    let stats = processor.stats();
    assert_eq!((stats.items, stats.batches, stats.writing, stats.waiting), (6, 2, 0, 0));
    assert_eq!((stats.size_mean, stats.fill_ratio), (3.0, 0.75));
    assert_eq!(stats.written.count, 2);
}
