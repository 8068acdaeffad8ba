use super::*;
use crate::record::{Action, Attempt, Lease, RecordId};
use crate::storage::transition::{check_claim, is_worn_out, may_claim};
use crate::storage::{ClaimSelect, Cursor, Order, QueryCriteria};

#[test]
fn a_claim_leases_the_record_and_fixes_the_attempt() {
    let mut record = record();
    let entry = claim(&mut record, &request(), NOW).unwrap();
    let progress = &record.progress;
    let until = NOW.plus(LEASE);
    assert_eq!(progress.status, DlqStatus::Retrying);
    assert_eq!(progress.lease, Some(Lease { owner: WorkerId("w1".to_owned()), until, token: 1 }));
    assert_eq!((progress.due_at, progress.fence, progress.unsettled_claims), (Some(until), 1, 1));
    let redrive_id = redrive_id(&record);
    let target = Some(topic("orders"));
    assert_eq!(
        progress.attempt,
        Some(Attempt { number: 1, redrive_id, target, delivered: None, open: true })
    );
    assert_eq!(
        (record.version, entry.version, entry.action, entry.attempt),
        (2, 2, Action::Claimed, Some(1))
    );
    assert_eq!((entry.from, entry.to), (DlqStatus::Pending, DlqStatus::Retrying));
    assert_eq!(entry.fields["owner"], "w1");
    assert_eq!(progress.operation, Some(entry.change.operation));
}

#[test]
fn only_what_is_retryable_or_ran_out_of_lease_is_claimed() {
    for status in DlqStatus::ALL {
        let mut record = with_status(status);
        let claimable = status.is_retryable() || status == DlqStatus::Retrying;
        assert_eq!(may_claim(&record.progress, NOW), claimable, "{status}");
        if !claimable {
            let to = DlqStatus::Retrying;
            let kind = refused(&mut record, |record| claim(record, &request(), NOW));
            assert_eq!(kind, StorageErrorKind::IllegalMove { from: status, to });
        }
    }
}

#[test]
fn a_live_lease_is_told_to_the_millisecond() {
    let mut record = claimed();
    let until = NOW.plus(LEASE);
    let just_before = NOW.plus(LEASE - Duration::from_millis(1));
    let kind = refused(&mut record, |record| claim(record, &request(), just_before));
    assert_eq!(kind, StorageErrorKind::Leased { owner: WorkerId("w1".to_owned()), until });
    claim(&mut record, &request(), until).unwrap();
    assert_eq!(record.progress.fence, 2);
}

#[test]
fn an_open_attempt_goes_on_unless_the_target_is_another() {
    let mut record = claimed();
    let first = redrive_id(&record);
    apply(&mut record, Settle::Release(None), NOW).unwrap();
    claim(&mut record, &request(), NOW).unwrap();
    assert_eq!((record.progress.attempt.as_ref().unwrap().number, redrive_id(&record)), (1, first));

    let elsewhere = ClaimRequest { target: Some(topic("orders-retry")), ..request() };
    claim(&mut record, &elsewhere, NOW.plus(LEASE)).unwrap();
    let attempt = record.progress.attempt.clone().unwrap();
    assert_eq!((attempt.number, attempt.target), (2, Some(topic("orders-retry"))));
    assert_ne!(attempt.redrive_id, first);
}

#[test]
fn a_closed_attempt_is_followed_by_the_next() {
    let mut record = claimed();
    complete(&mut record, failed(DlqStatus::Failed, None), NOW).unwrap();
    claim(&mut record, &request(), NOW).unwrap();
    assert_eq!(record.progress.attempt.as_ref().unwrap().number, 2);
}

#[test]
fn too_many_claims_without_an_outcome_put_the_record_on_hold() {
    let request = ClaimRequest { max_unsettled: 2, lease: Duration::from_millis(1), ..request() };
    let mut record = record();
    for claims in 1..=2 {
        assert!(!is_worn_out(&record.progress, &request));
        claim(&mut record, &request, NOW.plus(Duration::from_millis(claims))).unwrap();
    }
    assert!(is_worn_out(&record.progress, &request));
    let entry = claim(&mut record, &request, NOW.plus(LEASE)).unwrap();
    assert_eq!(
        (entry.action, entry.to, record.progress.status),
        (Action::Held, DlqStatus::OnHold, DlqStatus::OnHold)
    );
    assert_eq!((&record.progress.lease, record.progress.due_at, record.progress.fence), (&None, None, 2));
    assert_eq!(record.progress.notes.hold_reason.as_deref(), Some("2 claims without an outcome"));
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    let cursor = Cursor { order: Order::DueFirst, key: 0, id: RecordId::MIN };
    let select = ClaimSelect::Matching { criteria: Box::new(QueryCriteria::default()), after: Some(cursor) };
    for (request, field) in [
        (ClaimRequest { limit: 0, ..request() }, "limit"),
        (ClaimRequest { lease: Duration::from_micros(999), ..request() }, "lease"),
        (ClaimRequest { max_unsettled: 0, ..request() }, "max_unsettled"),
        (ClaimRequest { select, ..request() }, "cursor"),
    ] {
        let error = check_claim(&request).unwrap_err();
        assert_eq!(*error.kind(), StorageErrorKind::Validation);
        assert!(error.to_string().contains(field), "{error}");
    }
    assert!(check_claim(&request()).is_ok());
}
