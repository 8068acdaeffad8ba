use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use dlq_core::DlqStatus;
use dlq_core::storage::{Expect, Patch, Save, Settle};
use serde_json::json;

use super::StoreUnderTest;
use super::audit::audit;
use super::prepare::{A_MINUTE, all, change, claim_of, delivered, ids, only, settlement};
use super::verify::assert_all_same;
use super::walk::Walk;
use crate::fixture::{self, Dice, advance};

/// At how many places of a call it is dropped.
const DROPS: u32 = 12;

pub async fn a_store_says_what_it_can_promise(store: &StoreUnderTest) {
    let capability = store.capability();
    assert!(!capability.name.is_empty() && capability.largest_batch >= 1, "{capability:?}");
}

pub async fn what_was_acknowledged_is_seen_from_everywhere(store: &StoreUnderTest) {
    let elsewhere = store.another_handle().await;
    for status in [DlqStatus::Failed, DlqStatus::OnHold, DlqStatus::Retrying] {
        store.bring_to(u32::from(status.code()), status).await;
    }
    store.documents().put("job", "1", &json!(1), Expect::Any).await.unwrap();
    store.advance(&advance(0, 0, 3)).await.unwrap();
    let seen: Vec<_> = elsewhere.find_batch(&ids(&store.read_all(&all()).await)).await.unwrap();
    assert_all_same(&seen.into_iter().map(Option::unwrap).collect::<Vec<_>>(), &store.read_all(&all()).await);
    assert_eq!(elsewhere.account().await.unwrap(), store.account().await.unwrap());
    assert_eq!(elsewhere.all_watermarks().await.unwrap(), store.all_watermarks().await.unwrap());
    audit(&*elsewhere).await;
}

pub async fn a_refusal_says_whether_trying_again_can_help(store: &StoreUnderTest) {
    let stored = store.put(fixture::record(1)).await;
    store.take(stored.id).await;
    let replace = async |expected| {
        let progress = Box::new(stored.progress.clone().into_inner());
        let save = Save::Replace { id: stored.id, progress, expected, change: Box::new(change()) };
        store.save_batch(vec![save]).await.unwrap().pop().unwrap().unwrap_err()
    };
    assert!(replace(Expect::Any).await.is_temporary(), "a lease ends");
    store.pass(A_MINUTE);
    assert!(!replace(Expect::Version(1)).await.is_temporary(), "a version never comes back");
}

pub async fn a_dropped_save_leaves_all_or_nothing(store: &StoreUnderTest) {
    let elsewhere = store.another_handle().await;
    for polls in 0..DROPS {
        let batch = fixture::records(polls * 10..polls * 10 + 10);
        let saves: Vec<_> = batch.iter().cloned().map(Save::New).collect();
        poll_and_drop(store.save_batch(saves.clone()), polls).await;
        let found = elsewhere.count(&only(ids(&batch)), 100).await.unwrap().records;
        assert!(found == 0 || found == 10, "{found} of 10 after {polls} polls");
        assert!(store.save_batch(saves).await.unwrap().iter().all(Result::is_ok));
        let found = elsewhere.find_batch(&ids(&batch)).await.unwrap();
        assert!(found.iter().all(Option::is_some), "acknowledged, and seen from elsewhere");
    }
    audit(&*elsewhere).await;
}

pub async fn a_dropped_change_is_made_once_when_repeated(store: &StoreUnderTest) {
    let elsewhere = store.another_handle().await;
    for polls in 0..DROPS {
        let records = fixture::records(polls * 5..polls * 5 + 5);
        store.put_all(&records).await;
        let (criteria, hold, change) = (only(ids(&records)), Patch::to(DlqStatus::OnHold), change());
        poll_and_drop(store.bulk_update(&criteria, &hold, &change), polls).await;
        assert_eq!(store.bulk_update(&criteria, &hold, &change).await.unwrap().changed, 5);
        assert!(elsewhere.find_batch(&ids(&records)).await.unwrap().iter().flatten().all(|r| r.version == 2));
    }
    audit(&*elsewhere).await;
}

pub async fn a_dropped_settlement_counts_once_when_repeated(store: &StoreUnderTest) {
    for polls in 0..DROPS {
        let id = store.put(fixture::record(polls)).await.id;
        let settlement = settlement(&store.take(id).await, delivered(None));
        poll_and_drop(store.settle(vec![settlement.clone()]), polls).await;
        assert_eq!(store.settle_one(&settlement).await.unwrap().version, 3);
        assert_eq!(store.read(id).await.progress.retry_count, 1);
    }
    audit(&**store).await;
}

pub async fn a_dropped_claim_comes_due_again(store: &StoreUnderTest) {
    for polls in 0..DROPS {
        let id = store.put(fixture::record(polls)).await.id;
        poll_and_drop(store.claim(&claim_of([id])), polls).await;
        store.pass(A_MINUTE);
        let claimed = store.take(id).await;
        store.end(&claimed, Settle::Release(None)).await;
    }
    audit(&**store).await;
}

pub async fn whatever_happens_in_whatever_order_the_books_are_right(store: &StoreUnderTest) {
    let mut walk = Walk::through(store, Dice::new());
    for _ in 0..6 {
        for _ in 0..20 {
            walk.step().await;
        }
        walk.audit().await;
    }
}

/// Polls a future as often as it asks to be, but no more than `polls` times, and drops it.
async fn poll_and_drop<T>(future: impl Future<Output = T>, polls: u32) {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| match left {
        0 => Poll::Ready(()),
        _ => {
            left -= 1;
            future.as_mut().poll(context).map(drop)
        }
    })
    .await;
}
