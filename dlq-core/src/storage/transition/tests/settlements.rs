use super::*;
use crate::record::Action;
use crate::storage::transition::settled_before;

#[test]
fn delivery_is_success_and_tells_where() {
    let record = delivered(7);
    let progress = &record.progress;
    let attempt = progress.attempt.as_ref().unwrap();
    assert_eq!((progress.status, progress.due_at, &progress.lease), (DlqStatus::Success, None, &None));
    assert_eq!((progress.retry_count, progress.last_retry_at, progress.unsettled_claims), (1, Some(NOW), 0));
    assert_eq!((attempt.open, attempt.delivered), (false, Some(Delivered { partition: 0, offset: 7 })));
}

#[test]
fn failure_goes_on_as_it_was_told() {
    for (then, due_at) in [
        (DlqStatus::Failed, Some(NOW.plus(LEASE))),
        (DlqStatus::Expired, None),
        (DlqStatus::Skipped, None),
        (DlqStatus::OnHold, None),
    ] {
        let mut record = claimed();
        let settled = complete(&mut record, failed(then, Some(LEASE)), NOW).unwrap();
        assert_eq!((settled.status, settled.returned, settled.version), (then, false, 3));
        assert_eq!((record.progress.due_at, record.progress.retry_count), (due_at, 1), "{then}");
        assert_eq!(record.progress.failure, Some(failure("refused")));
    }
}

#[test]
fn a_hold_takes_its_reason_from_the_change() {
    let mut record = claimed();
    let mut settlement = settlement(&record, Settle::Complete(failed(DlqStatus::OnHold, None)));
    settlement.change = settlement.change.because("3 attempts failed");
    settle(&mut record, &settlement, NOW).unwrap();
    assert_eq!(record.progress.notes.hold_reason.as_deref(), Some("3 attempts failed"));
}

#[test]
fn release_leaves_the_attempt_open_and_its_claim_unsettled() {
    let mut record = claimed();
    let settled = apply(&mut record, Settle::Release(Some(LEASE)), NOW).unwrap();
    assert_eq!((settled.status, record.progress.due_at), (DlqStatus::Pending, Some(NOW.plus(LEASE))));
    assert!(record.progress.attempt.as_ref().unwrap().open && record.progress.lease.is_none());
    assert_eq!((record.progress.retry_count, record.progress.unsettled_claims), (0, 1));
}

#[test]
fn renewal_counts_from_now_even_after_the_lease_ran_out() {
    let mut record = claimed();
    let late = NOW.plus(LEASE * 2);
    apply(&mut record, Settle::Renew(LEASE), late).unwrap();
    assert_eq!(record.progress.lease.as_ref().unwrap().until, late.plus(LEASE));
    assert_eq!((record.progress.due_at, record.progress.fence), (Some(late.plus(LEASE)), 1));
}

#[test]
fn a_lease_that_ran_out_still_settles_until_another_claims() {
    let mut record = claimed();
    let late = settlement(&record, Settle::Complete(Outcome::Delivered(None)));
    assert!(settle(&mut record.clone(), &late, NOW.plus(LEASE * 2)).is_ok());
    claim(&mut record, &request(), NOW.plus(LEASE)).unwrap();
    let kind = refused(&mut record, |record| settle(record, &late, NOW.plus(LEASE)));
    assert_eq!(kind, StorageErrorKind::Fenced { token: 1, current: 2 });
}

#[test]
fn what_is_not_out_does_not_settle() {
    let mut record = delivered(7);
    let again = settlement(&record, Settle::Complete(failed(DlqStatus::Skipped, None)));
    let kind = refused(&mut record, |record| settle(record, &again, NOW));
    assert_eq!(kind, StorageErrorKind::IllegalMove { from: DlqStatus::Success, to: DlqStatus::Skipped });
}

#[test]
fn settlements_that_make_no_sense_are_refused() {
    use DlqStatus::{Pending, Retrying, Success};
    for then in [Pending, Retrying, Success] {
        let kind = refused(&mut claimed(), |record| complete(record, failed(then, None), NOW));
        assert_eq!(kind, StorageErrorKind::Validation, "{then}");
    }
    let kind = refused(&mut claimed(), |record| apply(record, Settle::Renew(Duration::ZERO), NOW));
    assert_eq!(kind, StorageErrorKind::Validation);
}

#[test]
fn what_came_back_while_it_was_out_keeps_the_returns_failure() {
    for (outcome, at) in [
        (failed(DlqStatus::Skipped, None), None),
        (Outcome::Delivered(Some(Delivered { partition: 0, offset: 7 })), Some(7)),
    ] {
        let mut record = claimed();
        come_back(&mut record, 1);
        let returned_failure = record.progress.failure.clone();
        assert_eq!(record.progress.status, DlqStatus::Failed);

        assert!(apply(&mut record, Settle::Renew(LEASE), NOW).unwrap().returned);
        let settled = complete(&mut record, outcome, NOW).unwrap();
        assert!(settled.returned);
        assert_eq!(settled.status, DlqStatus::Failed);
        assert_eq!((&record.progress.failure, record.progress.retry_count), (&returned_failure, 1));
        assert_eq!(record.progress.attempt.as_ref().unwrap().delivered.map(|at| at.offset), at);
        assert!(record.progress.lease.is_none());

        let kind = kind(complete(&mut record, Outcome::Delivered(None), NOW));
        assert!(matches!(kind, StorageErrorKind::IllegalMove { .. }), "{kind:?}");
    }
}

#[test]
fn the_same_settlement_is_answered_from_history() {
    let mut record = claimed();
    let first = settlement(&record, Settle::Complete(failed(DlqStatus::Failed, None)));
    let (settled, entry) = settle(&mut record, &first, NOW).unwrap();
    let history = [entry];
    assert_eq!(settled_before(&history, &first), Some(settled));
    let other = settlement(&record, first.settle.clone());
    assert_eq!(settled_before(&history, &other), None);
}

#[test]
fn history_remembers_that_it_had_come_back() {
    let mut record = claimed();
    come_back(&mut record, 1);
    let settlement = settlement(&record, Settle::Complete(Outcome::Delivered(None)));
    let (settled, entry) = settle(&mut record, &settlement, NOW).unwrap();
    assert_eq!(entry.action, Action::Completed);
    assert_eq!(settled_before(&[entry], &settlement), Some(settled));
    assert!(settled.returned);
}

#[test]
fn a_claim_and_its_settlement_may_share_an_operation() {
    let mut record = record();
    let request = request();
    let claimed = claim(&mut record, &request, NOW).unwrap();
    let settlement = Settlement {
        change: request.change,
        ..settlement(&record, Settle::Complete(Outcome::Delivered(None)))
    };
    assert_eq!(settled_before(&[claimed], &settlement), None);
}
