use std::time::Duration;

use dlq_core::DlqStatus;
use dlq_core::record::{Attempt, Delivered, DlqRecord, Progress};
use dlq_core::storage::{DlqStorageExt, Outcome, Patch, Settle, Settled, StorageErrorKind};

use super::StoreUnderTest;
use super::prepare::{A_MINUTE, LEASE, change, claim_of, delivered, failed, failure, ids, settlement};
use super::verify::{assert_same, refusal};
use crate::fixture;

const THERE: Delivered = Delivered { partition: 1, offset: 500 };

pub async fn a_delivery_ends_in_success(store: &StoreUnderTest) {
    let claimed = claimed(store).await;
    store.pass(Duration::from_secs(5));
    let settlement = settlement(&claimed, delivered(Some(THERE)));
    let settled = store.settle_one(&settlement).await.unwrap();
    assert_eq!(settled, Settled { version: 3, status: DlqStatus::Success, returned: false });
    let attempt = claimed.progress.attempt.clone().unwrap();
    let progress = Progress {
        status: DlqStatus::Success,
        due_at: None,
        retry_count: 1,
        last_retry_at: Some(store.now()),
        attempt: Some(Attempt { delivered: Some(THERE), open: false, ..attempt }),
        lease: None,
        unsettled_claims: 0,
        operation: Some(settlement.change.operation),
        updated_at: store.now(),
        ..Progress::clone(&claimed.progress)
    };
    assert_same(&store.read(claimed.id).await, &DlqRecord { version: 3, progress: progress.into(), ..claimed });
}

pub async fn a_failure_waits_for_its_next_attempt(store: &StoreUnderTest) {
    let claimed = claimed(store).await;
    let after = store.end(&claimed, failed(DlqStatus::Failed, Some(A_MINUTE))).await;
    assert_eq!(after.progress.status, DlqStatus::Failed);
    assert_eq!(after.progress.due_at, Some(store.now().plus(A_MINUTE)));
    assert_eq!(after.progress.failure, Some(failure()));
    assert_eq!((after.progress.retry_count, after.progress.unsettled_claims), (1, 0));
    assert_eq!(after.progress.lease, None);
    assert!(!after.progress.attempt.clone().unwrap().open);
}

pub async fn a_failure_may_give_up_expire_skip_or_hold(store: &StoreUnderTest) {
    use DlqStatus::{Expired, Failed, OnHold, Skipped};
    for (number, then) in (0..).zip([Failed, Expired, Skipped, OnHold]) {
        let id = store.put(fixture::record(number)).await.id;
        let after = store.end(&store.take(id).await, failed(then, None)).await;
        assert_eq!((after.progress.status, after.progress.due_at), (then, None));
        assert_eq!(after.failure(), failure());
    }
}

pub async fn a_failure_cannot_end_otherwise(store: &StoreUnderTest) {
    use DlqStatus::{Pending, Retrying, Success};
    let claimed = claimed(store).await;
    for then in [Pending, Retrying, Success] {
        let answer = store.settle_one(&settlement(&claimed, failed(then, None))).await;
        let kind = refusal(answer);
        let named = matches!(kind, StorageErrorKind::Validation | StorageErrorKind::IllegalMove { .. });
        assert!(named, "{then}: {kind:?}");
        store.assert_unchanged(&claimed).await;
    }
}

pub async fn the_failure_of_an_attempt_is_capped(store: &StoreUnderTest) {
    let claimed = claimed(store).await;
    let mut long = failure();
    long.message = Some("x\0".repeat(20_000).into());
    let outcome = Outcome::Failed {
        failure: long.clone(),
        then: DlqStatus::Failed,
        retry_in: None,
    };
    let after = store.end(&claimed, Settle::Complete(outcome)).await;
    assert_eq!(after.progress.failure, Some(long.into_owned()));
}

pub async fn renewing_moves_the_leases_end(store: &StoreUnderTest) {
    let claimed = claimed(store).await;
    store.pass(Duration::from_secs(20));
    let settled = store.settle_one(&settlement(&claimed, Settle::Renew(LEASE))).await.unwrap();
    assert_eq!(settled, Settled { version: 3, status: DlqStatus::Retrying, returned: false });
    let after = store.read(claimed.id).await;
    let until = store.now().plus(LEASE);
    assert_eq!(after.progress.lease.as_ref().unwrap().until, until);
    assert_eq!(after.progress.due_at, Some(until));
    assert_eq!(after.progress.fence, claimed.progress.fence);
    store.pass(Duration::from_secs(20));
    assert_eq!(ids(&store.claim(&claim_of([claimed.id])).await.unwrap()), [], "the renewed lease is live");
}

pub async fn releasing_keeps_the_attempt_open(store: &StoreUnderTest) {
    let claimed = claimed(store).await;
    let after = store.end(&claimed, Settle::Release(Some(A_MINUTE))).await;
    assert_eq!((after.progress.status, &after.progress.lease), (DlqStatus::Pending, &None));
    assert_eq!(after.progress.due_at, Some(store.now().plus(A_MINUTE)));
    assert_eq!(after.progress.attempt, claimed.progress.attempt);
    assert_eq!((after.progress.retry_count, after.progress.unsettled_claims), (0, 1));
}

pub async fn releasing_may_leave_a_record_unscheduled(store: &StoreUnderTest) {
    let claimed = claimed(store).await;
    assert_eq!(store.end(&claimed, Settle::Release(None)).await.progress.due_at, None);
}

pub async fn settlements_are_answered_one_by_one_in_order(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..3)).await;
    let first = store.take(fixture::record(0).id).await;
    let third = store.take(fixture::record(2).id).await;
    let missing = fixture::record(9);
    let settlements = vec![
        settlement(&third, Settle::Release(None)),
        settlement(&missing, delivered(None)),
        settlement(&first, delivered(None)),
    ];
    let answers = store.settle(settlements).await.unwrap();
    assert_eq!(answers[0].as_ref().unwrap().status, DlqStatus::Pending);
    assert_eq!(*answers[1].as_ref().unwrap_err().kind(), StorageErrorKind::NotFound);
    assert_eq!(answers[2].as_ref().unwrap().status, DlqStatus::Success);
}

pub async fn nothing_to_settle_has_no_answers(store: &StoreUnderTest) {
    assert!(store.settle(Vec::new()).await.unwrap().is_empty());
}

pub async fn an_older_token_is_fenced_off(store: &StoreUnderTest) {
    let stale = claimed(store).await;
    store.pass(A_MINUTE);
    let held = store.take(stale.id).await;
    let (token, current) = (stale.progress.fence, held.progress.fence);
    for settle in [delivered(None), failed(DlqStatus::Failed, None), Settle::Renew(LEASE), Settle::Release(None)] {
        let answer = store.settle_one(&settlement(&stale, settle)).await;
        assert_eq!(refusal(answer), StorageErrorKind::Fenced { token, current });
    }
    store.assert_unchanged(&held).await;
}

pub async fn a_late_settlement_counts_until_another_claims(store: &StoreUnderTest) {
    let claimed = claimed(store).await;
    store.pass(A_MINUTE);
    let after = store.end(&claimed, delivered(Some(THERE))).await;
    assert_eq!(after.progress.status, DlqStatus::Success);
}

pub async fn a_late_settlement_of_a_record_that_was_moved_meanwhile_is_refused(store: &StoreUnderTest) {
    let claimed = claimed(store).await;
    store.pass(A_MINUTE);
    store.patch(claimed.id, &Patch::to(DlqStatus::Skipped)).await;
    let before = store.read(claimed.id).await;
    for settle in [delivered(Some(THERE)), Settle::Renew(LEASE), Settle::Release(None)] {
        assert!(store.settle_one(&settlement(&claimed, settle)).await.is_err());
        store.assert_unchanged(&before).await;
    }
}

pub async fn settled_twice_it_answers_the_same(store: &StoreUnderTest) {
    for (number, settle) in (0..).zip([delivered(Some(THERE)), Settle::Renew(LEASE), Settle::Release(None)]) {
        let id = store.put(fixture::record(number)).await.id;
        let settlement = settlement(&store.take(id).await, settle);
        let first = store.settle_one(&settlement).await.unwrap();
        let before = store.read(id).await;
        store.pass(Duration::from_secs(1));
        assert_eq!(store.settle_one(&settlement).await.unwrap(), first);
        store.assert_unchanged(&before).await;
    }
}

pub async fn settled_again_after_later_claims_it_answers_the_same(store: &StoreUnderTest) {
    let claimed = claimed(store).await;
    let settlement = settlement(&claimed, failed(DlqStatus::Failed, None));
    let first = store.settle_one(&settlement).await.unwrap();
    let held = store.take(claimed.id).await;
    assert_eq!(store.settle_one(&settlement).await.unwrap(), first);
    store.assert_unchanged(&held).await;
}

pub async fn settled_twice_in_one_call_it_counts_once(store: &StoreUnderTest) {
    let claimed = claimed(store).await;
    let settlement = settlement(&claimed, delivered(Some(THERE)));
    let answers = store.settle(vec![settlement.clone(), settlement]).await.unwrap();
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers[0], answers[1]);
    assert_eq!(store.read(claimed.id).await.version, 3);
}

pub async fn what_was_never_claimed_cannot_be_settled(store: &StoreUnderTest) {
    let before = store.put(fixture::record(1)).await;
    assert!(store.settle_one(&settlement(&before, delivered(None))).await.is_err());
    store.assert_unchanged(&before).await;
}

pub async fn callers_may_settle_one_by_one(store: &StoreUnderTest) {
    let claimed = claimed(store).await;
    store.renew(&claimed, LEASE, change()).await.unwrap();
    store.give_back(&claimed, None, change()).await.unwrap();
    let again = store.take(claimed.id).await;
    let outcome = Outcome::Delivered(None);
    assert_eq!(store.complete(&again, outcome, change()).await.unwrap().status, DlqStatus::Success);
}

async fn claimed(store: &StoreUnderTest) -> DlqRecord {
    let id = store.put(fixture::record(1)).await.id;
    store.take(id).await
}
