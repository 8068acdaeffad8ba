//! Nobody is forgotten, and nobody waits longer than said.

use std::cell::Cell;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{Instant, timeout};

use super::*;
use crate::engine::gate::Budget;

/// Takes one of these.
fn take(places: &Cell<usize>) -> Result<(), Wait> {
    let left = places.get().checked_sub(1).ok_or(Wait::UNTIL_GIVEN_BACK)?;
    places.set(left);
    Ok(())
}

/// Polls each once, in turn, and keeps those that still wait; answers the numbers of those that passed.
fn poll<F: Future + Unpin>(waiting: &mut Vec<(usize, F)>) -> Vec<usize> {
    let mut passed = Vec::new();
    waiting.retain_mut(|(number, future)| {
        let passes = future.now_or_never().is_some();
        passed.extend(passes.then_some(*number));
        !passes
    });
    passed
}

#[test]
fn all_are_served_in_the_order_in_which_they_came() {
    let (turnstile, places) = (Turnstile::default(), Cell::new(0));
    let come = |number| (number, Box::pin(turnstile.pass(|| take(&places))));
    let mut waiting: Vec<_> = (0..4).map(come).collect();
    assert!(poll(&mut waiting).is_empty());
    places.set(1);
    turnstile.given_back();
    assert_eq!(poll(&mut waiting), [0], "a place for one");
    places.set(2);
    waiting.push(come(4));
    assert!(waiting[3].1.as_mut().now_or_never().is_none(), "there is room, but others came before");
    turnstile.given_back();
    assert_eq!(poll(&mut waiting), [1, 2], "whoever passes calls the next one");
    assert_eq!(turnstile.waiting(), 2);
}

#[test]
fn whoever_gives_up_makes_way_for_the_next() {
    let (turnstile, places) = (Turnstile::default(), Cell::new(0));
    let mut waiting: Vec<_> =
        (0..3).map(|number| (number, Box::pin(turnstile.pass(|| take(&places))))).collect();
    assert!(poll(&mut waiting).is_empty());
    places.set(1);
    turnstile.given_back();
    drop(waiting.drain(..2));
    assert_eq!(poll(&mut waiting), [2]);
    assert_eq!(turnstile.waiting(), 0);
}

#[test]
fn what_is_given_back_while_one_asks_is_not_missed() {
    let (turnstile, asked) = (Turnstile::default(), Cell::new(0));
    let ask = || {
        asked.set(asked.get() + 1);
        if asked.get() == 2 {
            turnstile.given_back();
        }
        if asked.get() > 2 { Ok(()) } else { Err(Wait::UNTIL_GIVEN_BACK) }
    };
    assert!(turnstile.pass(ask).now_or_never().is_some());
}

#[test]
fn the_end_of_it_all_lets_everyone_go() {
    let (turnstile, over) = (Turnstile::default(), Cell::new(false));
    let ask = || if over.get() { Ok(()) } else { Err(Wait::UNTIL_GIVEN_BACK) };
    let mut waiting: Vec<_> = (0..3).map(|number| (number, Box::pin(turnstile.pass(ask)))).collect();
    assert!(poll(&mut waiting).is_empty());
    over.set(true);
    turnstile.given_back();
    assert_eq!(poll(&mut waiting), [0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_said() {
    let (begin, span) = (Instant::now(), Duration::from_millis(250));
    let ask = || if begin.elapsed() >= 2 * span { Ok(()) } else { Err(Wait::at_most(span)) };
    Turnstile::default().pass(ask).await;
    assert!((2 * span..3 * span).contains(&begin.elapsed()), "{:?}", begin.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_crowd_before_a_small_budget_gets_through_and_never_beyond_it() {
    let budget = Budget::new(100);
    let crowd = (0..32_usize).map(|number| {
        let budget = budget.clone();
        tokio::spawn(async move {
            for round in 0..200 {
                let gave_up = (number + round) % 7 == 0;
                if gave_up {
                    drop(budget.take_when_free(50).now_or_never());
                }
                let permit = budget.take_when_free(1 + (number * 31 + round * 17) % 99).await;
                assert!(budget.used() <= 100);
                tokio::task::yield_now().await;
                drop(permit);
            }
        })
    });
    let through = futures_util::future::join_all(crowd);
    for task in timeout(Duration::from_secs(60), through).await.expect("someone was forgotten") {
        task.unwrap();
    }
    assert_eq!(budget.used(), 0);
}
