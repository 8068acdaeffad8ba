//! Submitting: with and without room, with and without a ticket, and changing one's mind.

use futures_util::future::BoxFuture;
use futures_util::poll;
use tokio::sync::Semaphore;

use super::*;

type Gated = Box<dyn Fn(Vec<u32>) -> BoxFuture<'static, Answers> + Send + Sync>;

/// A sink that writes a batch for each permit it is given.
fn gated() -> (Sink<Gated>, Arc<Semaphore>, Seen) {
    let gate = Arc::new(Semaphore::new(0));
    let seen = Seen::default();
    let (watched, noted) = (Arc::clone(&gate), Arc::clone(&seen));
    let write: Gated = Box::new(move |items| {
        let (gate, seen) = (Arc::clone(&watched), Arc::clone(&noted));
        Box::pin(async move {
            gate.acquire().await.unwrap().forget();
            seen.lock().unwrap().push(items.clone());
            taken(items)
        })
    });
    (Sink(write), gate, seen)
}

/// One batch of four that is being written, and a queue of eight that is full.
async fn fill_up<F, A>(processor: &Processor<F>)
where
    F: Fn(Vec<u32>) -> A + Send + Sync + 'static,
    A: Future<Output = Answers> + Send,
{
    processor.submit_batch((0..12).collect()).await.unwrap();
    assert_eq!((processor.stats().writing, processor.stats().waiting), (4, 8));
}

#[tokio::test(start_paused = true)]
async fn without_room_an_item_comes_back_or_waits() {
    let (sink, gate, batches) = gated();
    let processor = Processor::start(SMALL, sink).unwrap();
    fill_up(&processor).await;
    assert_eq!(processor.try_submit(12), Err(TrySubmitError::Full(12)));
    assert!(matches!(processor.try_submit_with_ticket(12), Err(TrySubmitError::Full(12))));
    let mut waits = std::pin::pin!(processor.submit(12));
    assert!(poll!(&mut waits).is_pending());
    gate.add_permits(4);
    waits.await.unwrap();
    assert!(processor.stop(LONG).await.is_empty());
    assert_eq!(seen(&batches).concat(), (0..13).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_submission_that_is_given_up_leaves_no_trace() {
    let (sink, gate, batches) = gated();
    let processor = Processor::start(SMALL, sink).unwrap();
    fill_up(&processor).await;
    {
        let mut one = Box::pin(processor.submit(100));
        let mut ticketed = Box::pin(processor.submit_with_ticket(101));
        let mut many = Box::pin(processor.submit_batch(vec![102, 103]));
        assert!(
            poll!(&mut one).is_pending()
                && poll!(&mut ticketed).is_pending()
                && poll!(&mut many).is_pending()
        );
    }
    gate.add_permits(10);
    processor.submit(12).await.unwrap();
    assert!(processor.stop(LONG).await.is_empty());
    assert_eq!(seen(&batches).concat(), (0..13).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn many_who_wait_all_get_room() {
    let (sink, batches) = quick();
    let processor = Arc::new(Processor::start(SMALL, sink).unwrap());
    let mut submitters = tokio::task::JoinSet::new();
    for submitter in 0..16 {
        let processor = Arc::clone(&processor);
        submitters.spawn(async move {
            for item in 0..50 {
                processor.submit(submitter * 50 + item).await.unwrap();
            }
        });
    }
    submitters.join_all().await;
    assert!(processor.stop(LONG).await.is_empty());
    let all = seen(&batches).concat();
    for submitter in 0..16 {
        let own: Vec<u32> = all.iter().copied().filter(|item| item / 50 == submitter).collect();
        assert!(own.is_sorted() && own.len() == 50, "each one's items arrive in its order");
    }
    assert_eq!(all.len(), 800);
}

#[tokio::test(start_paused = true)]
async fn a_ticket_that_is_dropped_changes_nothing() {
    let (sink, batches) = quick();
    let processor = Processor::start(SMALL, sink).unwrap();
    drop(processor.submit_with_ticket(1).await.unwrap());
    drop(processor.try_submit_with_ticket(2).unwrap());
    let kept = processor.try_submit_with_ticket(3).unwrap();
    assert_eq!(kept.await, Ok(3));
    assert_eq!(seen(&batches), [[1, 2, 3]]);
}

#[tokio::test(start_paused = true)]
async fn numbers_that_make_no_sense_are_refused() {
    let refused = Processor::start(BatchConfig { workers: 65, ..SMALL }, quick().0).unwrap_err();
    assert_eq!(refused.to_string(), "workers = 65: allowed: 1 to 64");
}

#[tokio::test(start_paused = true)]
async fn the_oldest_that_waits_can_be_taken_back_to_make_room_for_the_newest() {
    let (sink, gate, batches) = gated();
    let processor = Processor::start(SMALL, sink).unwrap();
    processor.submit_batch((0..4).collect()).await.unwrap();
    let oldest = processor.submit_with_ticket(4).await.unwrap();
    processor.submit_batch((5..12).collect()).await.unwrap();
    assert_eq!((processor.stats().writing, processor.room()), (4, 0));
    assert_eq!(processor.take_oldest(), Some(4));
    assert_eq!(oldest.await, Err(ItemError::HandedBack));
    assert_eq!((processor.room(), processor.try_submit(12)), (1, Ok(())));
    gate.add_permits(4);
    assert!(processor.stop(LONG).await.is_empty());
    assert_eq!((processor.take_oldest(), processor.room()), (None, 0));
    assert_eq!(seen(&batches).concat(), [0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12]);
}
