//! Bounds, refusals and the end.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::runtime::{Builder, Handle};

use super::super::{
    Leftover, NotHandled, ParallelConfig, ParallelProcessor, Refused, Ticket, each, each_async,
};
use super::{A, B, Doorkeeper, PATIENCE, alone, door};

/// A processor of which the only worker stands before a door with item 0, and has room for `pending_max` in all.
fn blocked(pending_max: usize) -> (ParallelProcessor<u32, u32>, Ticket<u32, u32>, Doorkeeper) {
    let (stand_before, door) = door();
    let handler = each(move |item| {
        if item == 0 {
            stand_before();
        }
        item
    });
    let config = ParallelConfig { pending_max, ..alone() };
    let processor = ParallelProcessor::on_threads(&config, handler).unwrap();
    let first = processor.submit_blocking(A, 0).unwrap();
    door.until_one_stands_there();
    (processor, first, door)
}

const CLEAN: Leftover<u32> = Leftover { returned: Vec::new(), unfinished: 0 };

#[test]
fn to_stop_handles_what_is_pending() {
    let (processor, first, door) = blocked(100);
    let tickets: Vec<_> = (1..50).map(|item| processor.submit_blocking(B, item).unwrap()).collect();
    door.open_once();
    assert_eq!(processor.stop_blocking(PATIENCE), CLEAN);
    assert_eq!(first.wait(), Ok(0));
    for (ticket, item) in tickets.into_iter().zip(1..) {
        assert_eq!(ticket.now_or_never(), Some(Ok(item)));
    }
    assert_eq!(processor.stop_blocking(PATIENCE), CLEAN, "called again");
}

#[test]
fn when_time_runs_out_each_item_is_handed_back_and_a_thread_goes_on_with_its_own() {
    let (processor, first, door) = blocked(100);
    let waits = processor.submit_blocking(A, 1).unwrap();
    drop(processor.submit_blocking(A, 2).unwrap());
    processor.post_batch_blocking(vec![(B, 3)]).unwrap();
    let left = processor.stop_blocking(Duration::ZERO);
    assert_eq!(left, Leftover { returned: vec![2, 3], unfinished: 1 });
    assert_eq!(waits.wait(), Err(NotHandled::Stopped(1)));
    door.open_once();
    assert_eq!(first.wait(), Ok(0));
    assert_eq!(processor.stop_blocking(PATIENCE), CLEAN);
    assert_eq!(processor.statistics().pending, 0);
}

#[tokio::test]
async fn when_time_runs_out_a_task_is_cut_short() {
    let handler = each_async(|_: u32| pending::<u32>());
    let processor = ParallelProcessor::on_tokio(&alone(), &Handle::current(), handler).unwrap();
    let endless = processor.submit(A, 1).await.unwrap();
    let behind = processor.submit(A, 2).await.unwrap();
    tokio::task::yield_now().await;
    assert_eq!(processor.stop(Duration::ZERO).await, Leftover { returned: vec![], unfinished: 1 });
    assert_eq!(endless.await, Err(NotHandled::CutShort));
    assert_eq!(behind.await, Err(NotHandled::Stopped(2)));
    assert_eq!(processor.stop(PATIENCE).await, CLEAN);
    assert_eq!(processor.statistics().failed(), 1);
}

#[test]
fn a_runtime_that_ends_cuts_its_handlers_short() {
    let runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let handler = each_async(|_: u32| pending::<()>());
    let processor = ParallelProcessor::on_tokio(&alone(), runtime.handle(), handler).unwrap();
    let ticket = processor.submit_blocking(A, 1).unwrap();
    drop(runtime);
    drop(processor);
    assert_eq!(ticket.wait(), Err(NotHandled::CutShort));
}

#[test]
fn dropped_without_a_stop_it_handles_what_it_was_given() {
    let (processor, first, door) = blocked(100);
    let second = processor.submit_blocking(B, 1).unwrap();
    drop(processor);
    door.open_once();
    assert_eq!((first.wait(), second.wait()), (Ok(0), Ok(1)));
}

#[test]
fn a_dropped_ticket_changes_nothing() {
    let handled = Arc::new(AtomicU32::new(0));
    let counts = Arc::clone(&handled);
    let handler = each(move |(): ()| counts.fetch_add(1, Ordering::SeqCst));
    let processor = ParallelProcessor::on_threads(&alone(), handler).unwrap();
    drop(processor.submit_blocking(A, ()).unwrap());
    drop(processor.submit_batch_blocking(vec![(A, ()), (B, ())]).unwrap());
    assert_eq!(processor.stop_blocking(PATIENCE).unfinished, 0);
    assert_eq!(handled.load(Ordering::SeqCst), 3);
}

#[test]
fn without_room_an_item_is_handed_back_and_a_submitter_waits() {
    let (processor, first, door) = blocked(2);
    let second = processor.try_submit(B, 1).unwrap();
    assert_eq!(processor.try_submit(B, 2).unwrap_err(), Refused::Full(2));
    let mut waiting = Box::pin(processor.submit(B, 3));
    assert!((&mut waiting).now_or_never().is_none());
    drop(waiting);
    let third = std::thread::scope(|scope| {
        let third = scope.spawn(|| processor.submit_blocking(B, 4).unwrap());
        door.open_once();
        third.join().unwrap()
    });
    assert_eq!((first.wait(), second.wait(), third.wait()), (Ok(0), Ok(1), Ok(4)));
    assert_eq!(processor.stop_blocking(PATIENCE), CLEAN);
    assert_eq!(processor.statistics().handled(), 3, "what was given up while it waited was not handled");
}

#[test]
fn a_batch_beyond_the_bound_is_let_in_by_pieces() {
    let processor =
        ParallelProcessor::on_threads(&ParallelConfig { pending_max: 3, ..alone() }, each(|item: u32| item))
            .unwrap();
    let tickets = processor.submit_batch_blocking((0..10).map(|item| (A, item)).collect()).unwrap();
    let answers: Vec<u32> = tickets.into_iter().map(|ticket| ticket.wait().unwrap()).collect();
    assert_eq!(answers, (0..10).collect::<Vec<_>>());
}

#[test]
fn who_waits_for_room_when_the_end_comes_gets_the_items_back() {
    let (processor, first, door) = blocked(3);
    let mut single = Box::pin(processor.submit_batch(vec![(B, 1), (B, 2), (B, 3), (B, 4)]));
    assert!((&mut single).now_or_never().is_none(), "three of four have no room at once");
    drop(processor.stop_blocking(Duration::ZERO));
    let refused = single.now_or_never().unwrap().unwrap_err();
    assert_eq!(refused.items, [(B, 1), (B, 2), (B, 3), (B, 4)]);
    assert_eq!(refused.let_in.len(), 0);
    assert_eq!(processor.submit_blocking(A, 5).unwrap_err(), Refused::Stopping(5));
    assert_eq!(processor.try_submit(A, 6).unwrap_err().into_inner(), 6);
    assert_eq!(processor.post_batch_blocking(vec![(A, 7)]).unwrap_err(), Refused::Stopping(vec![(A, 7)]));
    door.open_once();
    assert_eq!(first.wait(), Ok(0));
}
