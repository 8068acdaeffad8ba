//! Any schedule: what is submitted, who runs and which handler ends, in any order.

use futures_util::FutureExt;
use proptest::collection::vec;
use proptest::prelude::*;

use super::super::{NotHandled, ParallelConfig};
use super::by_hand::ByHand;

#[derive(Clone, Debug)]
enum Step {
    Submit(u32),
    /// Polls one of the woken workers.
    Poll(prop::sample::Index),
    /// Ends one of the handlers under way, well or by a panic.
    End(prop::sample::Index, bool),
    /// Polls until all sleep or wait.
    Settle,
}

fn step() -> impl Strategy<Value = Step> {
    let end = (any::<prop::sample::Index>(), prop::bool::weighted(0.1));
    prop_oneof![
        4 => (0..6_u32).prop_map(Step::Submit),
        4 => any::<prop::sample::Index>().prop_map(Step::Poll),
        3 => end.prop_map(|(which, panics)| Step::End(which, panics)),
        1 => Just(Step::Settle),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn each_item_is_handled_once_and_in_order_and_no_worker_sleeps_while_a_lane_is_ready(
        workers in 1..5_usize,
        turn in 1..4_usize,
        steps in vec(step(), 0..120),
    ) {
        let mut machine = ByHand::new(&ParallelConfig { turn, ..ParallelConfig::new(workers) });
        let mut panicked = Vec::new();
        for step in steps {
            match step {
                Step::Submit(lane) => machine.submit(lane),
                Step::Poll(which) => {
                    let woken = machine.woken();
                    if !woken.is_empty() {
                        machine.poll(*which.get(&woken));
                    }
                }
                Step::End(which, panics) => {
                    let running = machine.running();
                    if !running.is_empty() {
                        let item = *which.get(&running);
                        machine.end(item, panics);
                        panicked.extend(panics.then_some(item.1));
                    }
                }
                Step::Settle => machine.settle(),
            }
        }
        drain(&mut machine);
        let statistics = machine.processor.statistics();
        for (number, ticket) in std::mem::take(&mut machine.tickets).into_iter().enumerate() {
            let expected = if panicked.contains(&number) {
                Err(NotHandled::Panicked("as a test".to_owned()))
            } else {
                Ok(number)
            };
            prop_assert_eq!(ticket.now_or_never(), Some(expected));
        }
        prop_assert_eq!(statistics.pending, 0);
        prop_assert_eq!(statistics.failed(), panicked.len() as u64);
        drop(machine.processor.stop_blocking(std::time::Duration::ZERO));
        machine.settle();
        prop_assert!(machine.all_have_left());
    }
}

fn drain(machine: &mut ByHand) {
    machine.settle();
    while let Some(item) = machine.running().first() {
        machine.end(*item, false);
        machine.settle();
    }
}

#[test]
fn a_worker_takes_several_lanes_at_once_and_another_robs_it_of_half() {
    let mut machine = ByHand::new(&ParallelConfig::new(2));
    (0..8).for_each(|lane| machine.submit(lane));
    machine.poll(0);
    assert_eq!(machine.running(), [(0, 0)], "worker 0 stands in the first lane, with others in its deque");
    for _ in 1..8 {
        machine.poll(1);
        let item = *machine.running().last().unwrap();
        machine.end(item, false);
    }
    drain(&mut machine);
    let [first, second] = &*machine.processor.statistics().workers else { panic!("two workers") };
    assert!(second.stolen > 0, "{second:?}");
    assert_eq!((first.handled, second.handled), (1, 7));
}

#[test]
fn a_long_lane_is_left_when_another_waits() {
    let mut machine = ByHand::new(&ParallelConfig { turn: 2, ..ParallelConfig::new(1) });
    (0..5).for_each(|_| machine.submit(0));
    machine.submit(1);
    let mut order = Vec::new();
    machine.settle();
    while let Some(item) = machine.running().first().copied() {
        order.push(item.0);
        machine.end(item, false);
        machine.settle();
    }
    assert_eq!(order, [0, 0, 1, 0, 0, 0]);
}
