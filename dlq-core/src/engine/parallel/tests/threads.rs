//! Real threads, and tokio.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use proptest::collection::vec;
use proptest::prelude::*;
use tokio::runtime::Handle;

use super::super::{
    Lane, NotHandled, ParallelConfig, ParallelProcessor, Pinning, Place, each, each_async, in_runs,
};
use super::{A, B, PATIENCE, alone, door};

/// An item: who submitted it, its lane, and its number among those of its submitter.
type Item = (usize, u32, usize);

const LANES: u32 = 8;

#[derive(Default)]
struct Witness {
    at_work: [AtomicBool; LANES as usize],
    seen: [Mutex<Vec<Item>>; LANES as usize],
}

impl Witness {
    fn see(&self, item: Item) -> usize {
        let lane = item.1 as usize;
        assert!(!self.at_work[lane].swap(true, Ordering::AcqRel), "two of lane {lane} at once");
        self.seen[lane].lock().unwrap().push(item);
        self.at_work[lane].store(false, Ordering::Release);
        item.2
    }

    /// Everything once, and in each lane the items of each submitter in the order in which it submitted them.
    fn confirms(&self, submitted: usize) {
        let mut last = HashMap::new();
        let seen: Vec<Item> = self.seen.iter().flat_map(|lane| lane.lock().unwrap().clone()).collect();
        for (submitter, lane, number) in &seen {
            let before = last.insert((submitter, lane), *number);
            assert!(before.is_none_or(|before| before < *number), "lane {lane}: {number} after {before:?}");
        }
        assert_eq!(seen.len(), submitted);
    }
}

fn submit_all(processor: &ParallelProcessor<Item, usize>, loads: &[Vec<u32>]) {
    std::thread::scope(|scope| {
        for (submitter, lanes) in loads.iter().enumerate() {
            scope.spawn(move || submit(processor, submitter, lanes));
        }
    });
}

/// One by one and in batches, in turn.
fn submit(processor: &ParallelProcessor<Item, usize>, submitter: usize, lanes: &[u32]) {
    let mut tickets = Vec::new();
    let items: Vec<_> = lanes
        .iter()
        .enumerate()
        .map(|(number, lane)| (Lane::new(*lane), (submitter, *lane, number)))
        .collect();
    for (piece, items) in items.chunks(7).enumerate() {
        if piece % 2 == 0 {
            tickets.extend(processor.submit_batch_blocking(items.to_vec()).unwrap());
        } else {
            tickets.extend(items.iter().map(|(lane, item)| processor.submit_blocking(*lane, *item).unwrap()));
        }
    }
    for (number, ticket) in tickets.into_iter().enumerate() {
        assert_eq!(ticket.wait(), Ok(number));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn threads_keep_the_order_of_each_lane_and_handle_everything_once(
        workers in 1..5_usize,
        turn in 1..20_usize,
        pending_max in 1..60_usize,
        loads in vec(vec(0..LANES, 0..300), 1..4),
    ) {
        let config = ParallelConfig { turn, pending_max, ..ParallelConfig::new(workers) };
        let witness = Arc::new(Witness::default());
        let sees = Arc::clone(&witness);
        let processor = ParallelProcessor::on_threads(&config, each(move |item| sees.see(item))).unwrap();
        submit_all(&processor, &loads);
        prop_assert_eq!(processor.stop_blocking(PATIENCE).unfinished, 0);
        witness.confirms(loads.iter().map(Vec::len).sum());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_of_tokio_keep_the_order_of_each_lane_while_many_lanes_are_under_way() {
    let witness = Arc::new(Witness::default());
    let sees = Arc::clone(&witness);
    let handler = each_async(move |item: Item| {
        let sees = Arc::clone(&sees);
        async move {
            tokio::task::yield_now().await;
            sees.see(item)
        }
    });
    let config = ParallelConfig { pending_max: 100, ..ParallelConfig::new(64) };
    let processor = ParallelProcessor::on_tokio(&config, &Handle::current(), handler).unwrap();
    let items = (0..5000).map(|number| {
        let lane = u32::try_from(number * 7 % 13 % 8).unwrap();
        (Lane::new(lane), (0, lane, number))
    });
    let tickets = processor.submit_batch(items.collect()).await.unwrap();
    for (number, ticket) in tickets.into_iter().enumerate() {
        assert_eq!(ticket.await, Ok(number));
    }
    witness.confirms(5000);
    assert_eq!(processor.stop(PATIENCE).await.unfinished, 0);
}

#[test]
fn a_handler_that_does_not_end_holds_no_other_lane() {
    let (stand_before, door) = door();
    let handler = each(move |item: Item| {
        if item.1 == 0 {
            stand_before()
        }
    });
    let processor = ParallelProcessor::on_threads(&ParallelConfig::new(2), handler).unwrap();
    let stuck = processor.submit_blocking(A, (0, 0, 0)).unwrap();
    door.until_one_stands_there();
    let others = (1..100).map(|lane| (Lane::new(lane), (0, lane, 0))).collect();
    for ticket in processor.submit_batch_blocking(others).unwrap() {
        assert_eq!(ticket.wait(), Ok(()));
    }
    door.open_once();
    assert_eq!(stuck.wait(), Ok(()));
}

#[tokio::test]
async fn as_many_lanes_wait_at_once_as_there_are_workers() {
    let all_there = Arc::new(tokio::sync::Barrier::new(100));
    let handler = each_async(move |(): ()| {
        let all_there = Arc::clone(&all_there);
        async move { all_there.wait().await.is_leader() }
    });
    let processor =
        ParallelProcessor::on_tokio(&ParallelConfig::new(100), &Handle::current(), handler).unwrap();
    let items = (0..100).map(|lane| (Lane::new(lane), ())).collect();
    let mut leaders = 0;
    for ticket in processor.submit_batch(items).await.unwrap() {
        leaders += u32::from(ticket.await.unwrap());
    }
    assert_eq!(leaders, 1);
}

#[test]
fn a_handler_may_take_the_items_of_a_lane_as_a_batch() {
    let (stand_before, door) = door();
    let first = AtomicBool::new(true);
    let handler = in_runs(10, move |items: Vec<u32>| {
        if first.swap(false, Ordering::SeqCst) {
            stand_before();
        }
        let size = items.len();
        items.into_iter().map(|item| (item, size)).collect()
    });
    let processor = ParallelProcessor::on_threads(&alone(), handler).unwrap();
    let mut tickets = vec![processor.submit_blocking(A, 0).unwrap()];
    door.until_one_stands_there();
    tickets.extend((1..13).map(|item| processor.submit_blocking(A, item).unwrap()));
    door.open_once();
    let answers: Vec<_> = tickets.into_iter().map(|ticket| ticket.wait().unwrap()).collect();
    let sizes = [1, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 2, 2];
    assert_eq!(answers, (0..13).zip(sizes).collect::<Vec<_>>());
}

#[test]
fn the_numbers_tell_what_was_done_and_where() {
    let processor =
        ParallelProcessor::on_threads(&alone(), each(|even: u32| assert_eq!(even % 2, 0))).unwrap();
    let items = vec![(A, 0), (B, 1), (A, 2)];
    let answers: Vec<_> =
        processor.submit_batch_blocking(items).unwrap().into_iter().map(super::super::Ticket::wait).collect();
    assert!(matches!(&answers[..], [Ok(()), Err(NotHandled::Panicked(_)), Ok(())]));
    assert_eq!(processor.stop_blocking(PATIENCE).unfinished, 0);
    let statistics = processor.statistics();
    assert_eq!((statistics.handled(), statistics.failed(), statistics.pending), (2, 1, 0));
    let lanes = serde_json::to_value(&statistics.lanes).unwrap();
    let expected = serde_json::json!([
        { "lane": 0, "pending": 0, "handled": 2, "failed": 0 },
        { "lane": 1, "pending": 0, "handled": 0, "failed": 1 },
    ]);
    assert_eq!(lanes, expected);
}

#[test]
fn a_lane_is_found_by_key_and_folded_where_there_are_fewer() {
    let handled = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&handled);
    let handler = each(move |(): ()| counts.fetch_add(1, Ordering::SeqCst));
    let processor = ParallelProcessor::on_threads(&alone(), handler).unwrap();
    assert_eq!(processor.lane(&Place::key(b"k")), processor.lane(&Place::key(b"k")));
    assert_eq!(processor.submit_blocking(Lane::new(u32::MAX), ()).unwrap().wait(), Ok(0));
    assert_eq!(processor.stop_blocking(PATIENCE).unfinished, 0);
    assert_eq!(processor.statistics().lanes[0].lane, Lane::new(63));
}

#[test]
fn pinning_is_told() {
    let asked = ParallelConfig { pin: true, ..ParallelConfig::new(3) };
    for (config, pinned) in [(asked, true), (ParallelConfig::new(3), false)] {
        let processor = ParallelProcessor::on_threads(&config, each(|(): ()| ())).unwrap();
        assert_eq!(processor.pinning().len(), 3);
        for told in processor.pinning() {
            assert_eq!(matches!(told, Pinning::NotAsked), !pinned);
            assert!(cfg!(feature = "affinity") || !matches!(told, Pinning::Core(_)));
        }
    }
}
