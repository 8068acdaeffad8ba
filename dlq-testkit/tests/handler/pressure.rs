//! Who may come in while the storage is away, slow or full: who makes room, waits, or is turned away.

use std::num::NonZeroU32;
use std::time::Duration;

use dlq_core::engine::gate::{Backpressure, BreakerConfig, Rate, Rule, TripOn};
use dlq_core::handler::{Fate, Mode, NotTaken};

use super::{Rig, ended, handling, letter, small};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_storage_is_away_the_oldest_make_room_and_their_tickets_say_so() {
    for mode in Mode::ALL {
        let rig = Rig::new().away();
        let builder = handling(small(), mode).errors(|errors| errors.backpressure(Backpressure::DropOldest));
        let handler = builder.storage(rig.storage()).start().await.unwrap();
        let mut tickets = Vec::new();
        for n in 0..100 {
            tickets.push(handler.submit(letter(n)).await.unwrap());
        }
        let account = handler.account();
        assert_eq!(
            (account.dropped.get(&Rule::Pending), account.pending),
            (Some(&84), 16),
            "{mode}: {account:?}"
        );
        rig.back();
        ended(&handler).await;
        let (mut dropped, mut last) = (0, None);
        for ticket in tickets {
            let fate = ticket.await.unwrap();
            dropped += u32::from(matches!(fate, Fate::Dropped(Rule::Pending)));
            last = Some(fate);
        }
        assert_eq!((dropped, rig.stored().await), (84, 16), "{mode}");
        assert!(last.is_some_and(|fate| fate.is_stored()), "{mode}: the newest is kept");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_turned_away_comes_back_to_its_submitter() {
    let rig = Rig::new().away();
    let builder = small().errors(|errors| errors.backpressure(Backpressure::DropNewest));
    let handler = builder.storage(rig.storage()).start().await.unwrap();
    for n in 0..16 {
        handler.submit(letter(n)).await.unwrap();
    }
    let (one_more, id) = (letter(16), 16);
    let sent = one_more.id;
    let refused = handler.submit(one_more).await.unwrap_err();
    assert!(matches!(refused, NotTaken::TurnedAway { rule: Rule::Pending, .. }), "{id}: {refused:?}");
    assert_eq!(refused.into_record().id, sent);
    rig.back();
    ended(&handler).await;
    let late = handler.submit(letter(17)).await.unwrap_err();
    assert!(matches!(late, NotTaken::Stopped { .. }));
    let account = handler.account();
    assert!(account.balances() && account.stored == 16 && account.handed_back == 1, "{account:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_submitter_that_waits_goes_on_when_the_storage_is_back() {
    for mode in Mode::ALL {
        let rig = Rig::new().away();
        let handler = handling(small(), mode).storage(rig.storage()).start().await.unwrap();
        let submitter = tokio::spawn({
            let handler = handler.clone();
            async move { handler.submit_batch((0..40).map(letter).collect()).await.len() }
        });
        while handler.account().pending < 16 {
            tokio::task::yield_now().await;
        }
        assert!(!submitter.is_finished());
        rig.back();
        assert_eq!(submitter.await.unwrap(), 40);
        ended(&handler).await;
        assert_eq!(rig.stored().await, 40, "{mode}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_submission_that_is_broken_off_loses_no_place() {
    let rig = Rig::new().away();
    let handler = small().storage(rig.storage()).start().await.unwrap();
    for n in 0..16 {
        handler.submit(letter(n)).await.unwrap();
    }
    for n in 16..20 {
        let waits = tokio::time::timeout(Duration::from_millis(5), handler.submit(letter(n)));
        assert!(waits.await.is_err());
    }
    rig.back();
    for n in 20..52 {
        handler.submit(letter(n)).await.unwrap();
    }
    ended(&handler).await;
    let account = handler.account();
    assert!(account.balances() && account.submitted == 48 && account.stored == 48, "{account:?}");
}

#[tokio::test]
async fn what_is_stored_gives_its_place_back_whether_or_not_another_batch_follows() {
    let handler = small().storage(Rig::new().storage()).start().await.unwrap();
    for ticket in handler.submit_batch((0..3).map(letter).collect()).await {
        ticket.unwrap().await.unwrap();
    }
    let metrics = handler.metrics();
    assert_eq!((metrics.pending, metrics.bytes), (0, 0));
    ended(&handler).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_breaker_is_open_records_are_turned_away_and_the_writes_find_out_when_it_is_over() {
    let rig = Rig::new().away();
    let breaker = BreakerConfig {
        trip_on: TripOn::ConsecutiveFailures(3),
        open_for: Duration::from_millis(20),
        ..BreakerConfig::default()
    };
    let handler =
        small().errors(|errors| errors.breaker(breaker)).storage(rig.storage()).start().await.unwrap();
    handler.submit(letter(0)).await.unwrap();
    while handler.metrics().breaker != Some("open") {
        tokio::task::yield_now().await;
    }
    let refused = handler.submit(letter(1)).await.unwrap_err();
    assert!(matches!(refused, NotTaken::TurnedAway { rule: Rule::Breaker, .. }), "{refused:?}");
    rig.back();
    while handler.submit(letter(2)).await.is_err() {
        tokio::task::yield_now().await;
    }
    ended(&handler).await;
    assert!(handler.account().balances());
}

#[tokio::test]
async fn a_rate_holds_submitters_up_and_can_be_changed() {
    let hourly = Rate { permits: NonZeroU32::MIN, per: Duration::from_secs(3600) };
    let rig = Rig::new();
    let builder = small().errors(|errors| errors.rate(hourly, NonZeroU32::MIN));
    let handler = builder.storage(rig.storage()).start().await.unwrap();
    handler.submit(letter(0)).await.unwrap();
    let waits = tokio::time::timeout(Duration::from_millis(1), handler.submit(letter(1)));
    assert!(waits.await.is_err());
    handler.set_rate(Rate::per_second(NonZeroU32::MAX)).unwrap();
    handler.submit(letter(2)).await.unwrap();
    ended(&handler).await;
    assert_eq!(rig.stored().await, 2);
}
