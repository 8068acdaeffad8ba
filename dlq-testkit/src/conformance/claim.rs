use std::collections::BTreeSet;
use std::time::Duration;

use dlq_core::DlqStatus;
use dlq_core::record::{Attempt, DlqRecord, Lease, Progress, WorkerId};
use dlq_core::storage::{ClaimRequest, ClaimSelect, Order, Patch, QueryCriteria, Settle, StorageErrorKind};

use super::StoreUnderTest;
use super::prepare::{A_MINUTE, LEASE, all, change, claim_of, claim_of_due, delivered, failed, ids, settlement};
use super::verify::{assert_same, refusal};
use crate::fixture::{self, Draft};

const SECOND: Duration = Duration::from_secs(1);

pub async fn a_claim_fixes_lease_token_and_attempt(store: &StoreUnderTest) {
    let before = store.put(fixture::record(1)).await;
    store.pass(SECOND);
    let request = claim_of([before.id]);
    let claimed = store.claim(&request).await.unwrap().pop().unwrap();
    let until = store.now().plus(LEASE);
    let redrive_id = claimed.progress.attempt.as_ref().unwrap().redrive_id;
    let target = before.captured.origin.topic.clone();
    assert!(claimed.progress.fence > 0);
    let progress = Progress {
        status: DlqStatus::Retrying,
        due_at: Some(until),
        attempt: Some(Attempt { number: 1, redrive_id, target, delivered: None, open: true }),
        lease: Some(Lease { owner: request.worker.clone(), until, token: claimed.progress.fence }),
        fence: claimed.progress.fence,
        unsettled_claims: 1,
        operation: Some(request.change.operation),
        updated_at: store.now(),
        ..Progress::clone(&before.progress)
    };
    assert_same(&claimed, &DlqRecord { version: 2, progress: progress.into(), ..before });
    assert_same(&store.read(claimed.id).await, &claimed);
}

pub async fn what_is_due_is_claimed_the_longest_due_first(store: &StoreUnderTest) {
    for (number, due) in [(1, 30), (2, 10), (3, 20), (4, 40)] {
        store.put(Draft::new(number).due(SECOND * due).record()).await;
    }
    store.put(fixture::record(5)).await;
    store.pass(SECOND * 30);
    assert_eq!(ids(&store.claim(&claim_of_due()).await.unwrap()), ids(&fixture::records([2, 3, 1])));
}

pub async fn no_more_are_claimed_than_asked(store: &StoreUnderTest) {
    for number in 0..6 {
        store.put(Draft::new(number).due(SECOND * (number + 1)).record()).await;
    }
    store.pass(A_MINUTE);
    let request = ClaimRequest { limit: 4, ..claim_of_due() };
    assert_eq!(ids(&store.claim(&request).await.unwrap()), ids(&fixture::records(0..4)));
    assert_eq!(ids(&store.claim(&request).await.unwrap()), ids(&fixture::records(4..6)));
    assert_eq!(ids(&store.claim(&request).await.unwrap()), []);
}

pub async fn given_ids_are_claimed_due_or_not(store: &StoreUnderTest) {
    store.put(fixture::record(1)).await;
    store.put(Draft::new(2).due(A_MINUTE).record()).await;
    store.put(fixture::record(3)).await;
    let asked = ids(&fixture::records([1, 2, 9]));
    let claimed = store.claim(&claim_of(asked)).await.unwrap();
    let claimed: BTreeSet<_> = ids(&claimed).into_iter().collect();
    assert_eq!(claimed, ids(&fixture::records([1, 2])).into_iter().collect());
}

pub async fn of_many_given_ids_each_is_claimed_once_however_few_at_a_time(store: &StoreUnderTest) {
    let records = fixture::records(0..250);
    store.put_all(&records).await;
    let all = ids(&records);
    // Twice each, from the last to the first.
    let asked: Vec<_> = all.iter().rev().chain(&all).copied().collect();
    let request = ClaimRequest { limit: 120, ..claim_of(asked) };
    let mut claimed = Vec::new();
    for taken in [120, 120, 10, 0] {
        let some = ids(&store.claim(&request).await.unwrap());
        assert_eq!(some.len(), taken);
        claimed.extend(some);
    }
    claimed.sort_unstable();
    assert_eq!(claimed, all.into_iter().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>());
}

pub async fn what_matches_is_claimed_in_order_beyond_the_cursor(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..10)).await;
    let records = store.read_all(&all()).await;
    let mut after = Some(Order::OldestFirst.cursor(&records[2]));
    for wanted in [&records[3..7], &records[7..]] {
        let select = ClaimSelect::Matching { criteria: Box::new(all()), after };
        let claimed = store.claim(&ClaimRequest { select, limit: 4, ..claim_of_due() }).await.unwrap();
        assert_eq!(ids(&claimed), ids(wanted));
        after = claimed.last().map(|record| Order::OldestFirst.cursor(record));
    }
}

pub async fn only_what_matches_is_claimed(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..6)).await;
    let key = Draft::new(3).key;
    let criteria = QueryCriteria::builder().key_is(key.body().bytes().unwrap().to_vec()).build();
    let select = ClaimSelect::Matching { criteria: Box::new(criteria), after: None };
    let claimed = store.claim(&ClaimRequest { select, ..claim_of_due() }).await.unwrap();
    assert_eq!(claimed, [fixture::record(3)]);
}

pub async fn a_cursor_of_another_order_is_refused(store: &StoreUnderTest) {
    let record = store.put(fixture::record(1)).await;
    let after = Some(Order::DueFirst.cursor(&record));
    let select = ClaimSelect::Matching { criteria: Box::new(all()), after };
    let answer = store.claim(&ClaimRequest { select, ..claim_of_due() }).await;
    assert_eq!(refusal(answer), StorageErrorKind::Validation);
    store.assert_unchanged(&record).await;
}

pub async fn what_is_held_back_or_done_is_never_claimed(store: &StoreUnderTest) {
    for (number, status) in (0..).zip(DlqStatus::ALL) {
        let before = store.bring_to(number, status).await;
        let due = Patch { due_at: Some(Some(store.now())), ..Patch::default() };
        store.patch(before.id, &due).await;
        let claimable = matches!(status, DlqStatus::Pending | DlqStatus::Failed | DlqStatus::Retrying);
        for request in [claim_of_due(), claim_of([before.id])] {
            let claimed = store.claim(&request).await.unwrap();
            assert!(claimable || !claimed.contains(&before), "{status} was claimed");
        }
        let after = store.read(before.id).await;
        assert_eq!(after.progress.status == DlqStatus::Retrying, claimable, "{status}");
    }
}

pub async fn a_live_lease_is_never_claimed(store: &StoreUnderTest) {
    let id = store.put(fixture::record(1)).await.id;
    let held = store.take(id).await;
    store.pass(LEASE - Duration::from_millis(1));
    for request in [claim_of([id]), claim_of_due()] {
        assert_eq!(ids(&store.claim(&request).await.unwrap()), []);
    }
    store.assert_unchanged(&held).await;
}

pub async fn an_expired_lease_is_due_again(store: &StoreUnderTest) {
    let id = store.put(fixture::record(1)).await.id;
    let first = store.take(id).await;
    store.pass(LEASE + Duration::from_millis(1));
    let again = store.claim(&claim_of_due()).await.unwrap().pop().unwrap();
    assert_eq!(again.progress.attempt, first.progress.attempt, "number and redrive id are kept");
    assert!(again.progress.fence > first.progress.fence);
    assert_eq!(again.progress.unsettled_claims, 2);
    assert_eq!(again.version, first.version + 1);
}

pub async fn a_released_attempt_goes_on_under_its_name(store: &StoreUnderTest) {
    let id = store.put(fixture::record(1)).await.id;
    let first = store.take(id).await;
    store.end(&first, Settle::Release(None)).await;
    let again = store.take(id).await;
    assert_eq!(again.progress.attempt, first.progress.attempt);
    assert!(again.progress.fence > first.progress.fence);
}

pub async fn a_completed_attempt_is_followed_by_a_new_one(store: &StoreUnderTest) {
    let id = store.put(fixture::record(1)).await.id;
    let first = store.take(id).await;
    store.end(&first, failed(DlqStatus::Failed, None)).await;
    let second = store.take(id).await;
    let (first, second) = (first.progress.attempt.as_ref().unwrap(), second.progress.attempt.as_ref().unwrap());
    assert_eq!((second.number, second.open, second.delivered), (2, true, None));
    assert_ne!(second.redrive_id, first.redrive_id);
}

pub async fn another_target_opens_a_new_attempt(store: &StoreUnderTest) {
    let id = store.put(fixture::record(1)).await.id;
    let first = store.take(id).await;
    store.end(&first, Settle::Release(None)).await;
    let target = Some(fixture::topic("orders-repaired"));
    let claimed = store.claim(&ClaimRequest { target: target.clone(), ..claim_of([id]) }).await.unwrap();
    let (first, second) = (first.progress.attempt.clone().unwrap(), claimed[0].progress.attempt.clone().unwrap());
    assert_eq!((second.number, &second.target), (2, &target));
    assert_ne!(second.redrive_id, first.redrive_id);
}

pub async fn an_unknown_origin_has_no_target_until_one_is_given(store: &StoreUnderTest) {
    let unknown = Draft { origin: Default::default(), ..Draft::new(1) }.record();
    store.put(unknown.clone()).await;
    assert_eq!(store.take(unknown.id).await.progress.attempt.clone().unwrap().target, None);
}

pub async fn too_many_claims_without_an_outcome_put_a_record_on_hold(store: &StoreUnderTest) {
    let id = store.put(fixture::record(1)).await.id;
    let request = ClaimRequest { max_unsettled: 2, ..claim_of([id]) };
    let first = store.claim(&request).await.unwrap().pop().unwrap();
    store.end(&first, Settle::Release(None)).await;
    assert_eq!(store.claim(&request).await.unwrap().len(), 1);
    store.pass(A_MINUTE);
    assert_eq!(ids(&store.claim(&request).await.unwrap()), []);
    let held = store.read(id).await;
    assert_eq!((held.progress.status, &held.progress.lease), (DlqStatus::OnHold, &None));
    store.patch(id, &Patch::to(DlqStatus::Pending)).await;
}

pub async fn an_outcome_forgives_earlier_claims(store: &StoreUnderTest) {
    let id = store.put(fixture::record(1)).await.id;
    let request = ClaimRequest { max_unsettled: 2, ..claim_of([id]) };
    for _ in 0..4 {
        let claimed = store.claim(&request).await.unwrap().pop().unwrap();
        assert_eq!(claimed.progress.unsettled_claims, 1);
        store.end(&claimed, failed(DlqStatus::Failed, None)).await;
    }
}

pub async fn claims_that_ask_for_nothing_are_refused(store: &StoreUnderTest) {
    let record = store.put(fixture::record(1)).await;
    let no_limit = ClaimRequest { limit: 0, ..claim_of([record.id]) };
    let no_lease = ClaimRequest { lease: Duration::ZERO, ..claim_of([record.id]) };
    for request in [no_limit, no_lease] {
        assert_eq!(refusal(store.claim(&request).await), StorageErrorKind::Validation);
    }
    store.assert_unchanged(&record).await;
}

pub async fn a_claim_names_its_worker_and_its_change(store: &StoreUnderTest) {
    let id = store.put(fixture::record(1)).await.id;
    let worker = WorkerId("worker-ä".to_owned());
    let request = ClaimRequest { worker: worker.clone(), change: change(), ..claim_of([id]) };
    let claimed = store.claim(&request).await.unwrap().pop().unwrap();
    assert_eq!(claimed.progress.lease.clone().unwrap().owner, worker);
    assert_eq!(store.history(id).await.unwrap()[0].change, request.change);
}

pub async fn what_was_delivered_is_not_claimed_again(store: &StoreUnderTest) {
    let sent = store.send_home(fixture::record(1), None).await;
    store.pass(A_MINUTE);
    for request in [claim_of([sent.id]), claim_of_due()] {
        assert_eq!(ids(&store.claim(&request).await.unwrap()), []);
    }
    let late = store.settle_one(&settlement(&sent, delivered(None))).await;
    assert!(late.is_err(), "there is nothing left to settle");
    store.assert_unchanged(&sent).await;
}
