//! Handlers that panic, forget or take nothing.

use std::fmt::Debug;

use super::super::{LaneHandler, NotHandled, ParallelProcessor, Run, Ticket, each, each_async, in_runs};
use super::{A, alone};

type Answers<R> = Vec<Result<R, NotHandled<u32>>>;

fn answers<R: Debug + Send + 'static>(handler: impl LaneHandler<u32, R>, items: u32) -> Answers<R> {
    let processor = ParallelProcessor::on_threads(&alone(), handler).unwrap();
    let items = (0..items).map(|item| (A, item)).collect();
    processor.submit_batch_blocking(items).unwrap().into_iter().map(Ticket::wait).collect()
}

fn panicked<R>(with: &str) -> Result<R, NotHandled<u32>> {
    Err(NotHandled::Panicked(with.to_owned()))
}

#[test]
fn a_panic_fails_its_item_and_no_other() {
    let twice = |item| if item == 1 { panic!("item {item}") } else { item * 2 };
    assert_eq!(answers(each(twice), 3), [Ok(0), panicked("item 1"), Ok(4)]);
}

#[test]
fn a_panic_between_call_and_future_fails_its_item_and_no_other() {
    let handler = each_async(|item| {
        assert_ne!(item, 0, "at the call");
        async move { if item == 1 { panic!("in the future") } else { item } }
    });
    let told = answers(handler, 3);
    assert!(matches!(&told[0], Err(NotHandled::Panicked(told)) if told.contains("at the call")));
    assert_eq!(told[1..], [panicked("in the future"), Ok(2)]);
}

#[test]
fn a_panic_in_a_run_fails_the_run_and_the_lane_goes_on() {
    let handler = in_runs(2, |items: Vec<u32>| {
        assert!(!items.contains(&1));
        items
    });
    let told = answers(handler, 5);
    let failed: Vec<bool> = told.iter().map(Result::is_err).collect();
    assert!(failed[1] && !failed[3] && !failed[4], "{told:?}");
}

#[test]
fn an_answer_that_is_missing_is_told() {
    let handler = in_runs(1, |_: Vec<u32>| Vec::<u32>::new());
    assert_eq!(answers(handler, 2), [Err(NotHandled::Unanswered), Err(NotHandled::Unanswered)]);
}

#[test]
fn answers_beyond_the_items_are_ignored() {
    let handler = in_runs(1, |items: Vec<u32>| [items.clone(), items].concat());
    assert_eq!(answers(handler, 2), [Ok(0), Ok(1)]);
}

#[test]
fn a_handler_that_takes_nothing_fails_the_items_one_by_one() {
    struct Idler;
    impl LaneHandler<u32, ()> for Idler {
        async fn handle(&self, _: &mut Run<'_, u32, ()>) {}
    }
    assert_eq!(answers(Idler, 2), [Err(NotHandled::Unanswered), Err(NotHandled::Unanswered)]);
}
