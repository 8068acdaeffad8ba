use super::*;
use crate::record::{Action, RecordId};
use crate::storage::ReturnClaim;
use crate::storage::transition::{Delivery, Known, admit, recognise, returned};

fn from_origin(topic_name: Option<&str>, offset: Option<i64>, payload: &[u8]) -> Captured {
    let origin =
        Origin { topic: topic_name.map(topic), partition: offset.map(|_| 0), offset, ..Origin::default() };
    Captured { origin, ..captured(payload) }
}

fn claim_of(record: &DlqRecord) -> ReturnClaim {
    ReturnClaim { record: record.id, redrive_id: redrive_id(record) }
}

fn recognised(arrival: &Captured, claim: Option<ReturnClaim>, named: &DlqRecord) -> Option<(RecordId, u32)> {
    let deliveries: Vec<_> = Delivery::latest(named).into_iter().collect();
    let origin = arrival.origin.position();
    let there = deliveries.iter().find(|delivery| Some(&delivery.position) == origin.as_ref());
    recognise(arrival, claim.as_ref(), Known { there, named: Some(named), deliveries: &deliveries })
}

#[test]
fn a_claim_holds_where_the_origin_is_the_attempts_position() {
    let sent = delivered(7);
    let claim = Some(claim_of(&sent));
    let home = |offset| from_origin(Some("orders"), Some(offset), b"whatever became of the payload");
    assert_eq!(recognised(&home(7), claim, &sent), Some((sent.id, 1)));
    assert_eq!(recognised(&home(8), claim, &sent), None);
}

#[test]
fn without_a_position_to_compare_topic_and_body_decide() {
    let (sent, out) = (delivered(7), claimed());
    for (named, topic_name, offset, payload, holds) in [
        (&sent, None, None, b"{}", true),
        (&sent, Some("orders"), None, b"{}", true),
        (&sent, Some("orders"), None, b"[]", false),
        (&sent, Some("other"), None, b"{}", false),
        (&out, Some("orders"), Some(7), b"{}", true),
        (&out, Some("orders"), Some(7), b"[]", false),
        (&out, Some("other"), Some(7), b"{}", false),
        (&out, None, None, b"{}", true),
    ] {
        let arrival = from_origin(topic_name, offset, payload);
        let answer = recognised(&arrival, Some(claim_of(named)), named);
        assert_eq!(answer.is_some(), holds, "{topic_name:?} {offset:?} {payload:?}");
    }
}

#[test]
fn a_body_that_is_missing_proves_nothing() {
    let pointer = Content::pack([], Body::Null, Body::Missing).unwrap();
    let pointer = Captured { content: Some(pointer), ..captured(b"") };
    let mut out = DlqRecord::new(pointer.clone(), NOW);
    claim(&mut out, &request(), NOW).unwrap();
    assert_eq!(recognised(&pointer, Some(claim_of(&out)), &out), None);
}

#[test]
fn claims_of_unknown_records_and_attempts_do_not_hold() {
    let out = claimed();
    let home = from_origin(None, None, b"{}");
    let another_attempt = ReturnClaim { redrive_id: RedriveId::random(), ..claim_of(&out) };
    assert_eq!(recognised(&home, Some(another_attempt), &out), None);
    assert_eq!(recognise(&home, Some(&claim_of(&out)), Known::default()), None);
}

#[test]
fn without_a_claim_the_position_tells() {
    let sent = delivered(7);
    assert_eq!(recognised(&from_origin(Some("orders"), Some(7), b"x"), None, &sent), Some((sent.id, 1)));
    assert_eq!(recognised(&from_origin(Some("orders"), Some(8), b"{}"), None, &sent), None);
    assert_eq!(recognised(&from_origin(None, None, b"{}"), None, &sent), None);
}

#[test]
fn an_earlier_attempt_is_known_by_its_delivery() {
    let mut record = delivered(7);
    let first = Delivery::latest(&record).unwrap();
    assert_eq!(first.position, at("orders", 7));
    let claim_of_first = claim_of(&record);
    come_back(&mut record, 1);
    claim(&mut record, &request(), NOW).unwrap();
    let known = Known { named: Some(&record), deliveries: &[first], there: None };
    let home = from_origin(Some("orders"), Some(7), b"{}");
    assert_eq!(recognise(&home, Some(&claim_of_first), known), Some((record.id, 1)));
}

#[test]
fn the_return_of_the_latest_attempt_fails_the_record_and_closes_the_attempt() {
    for (mut record, retries) in [(delivered(7), 1), (claimed(), 1)] {
        let before = record.version;
        let arrival = DlqRecord::new(captured(b"{}"), NOW);
        let entry = returned(&mut record, 1, &arrival, NOW.plus(LEASE));
        let progress = &record.progress;
        assert_eq!((progress.status, progress.due_at, &progress.lease), (DlqStatus::Failed, None, &None));
        assert_eq!((progress.retry_count, progress.attempt.as_ref().unwrap().open), (retries, false));
        assert_eq!(progress.failure, Some(arrival.failure().into_owned()));
        assert_eq!((entry.action, entry.attempt, entry.version), (Action::Returned, Some(1), before + 1));
        assert_eq!(entry.change.operation.0, arrival.id.as_uuid());
    }
}

#[test]
fn the_return_of_an_earlier_attempt_is_only_noted() {
    let mut record = claimed();
    complete(&mut record, failed(DlqStatus::Failed, None), NOW).unwrap();
    claim(&mut record, &request(), NOW).unwrap();
    let before = record.clone();
    let entry = come_back(&mut record, 1);
    assert_eq!((entry.attempt, entry.from, entry.to), (Some(1), DlqStatus::Retrying, DlqStatus::Retrying));
    assert_eq!(record.version, before.version + 1);
    assert_eq!(
        (&record.progress.lease, &record.progress.attempt),
        (&before.progress.lease, &before.progress.attempt)
    );
    assert_eq!(record.progress.failure, Some(failure("refused")));
}

#[test]
fn a_return_moves_only_what_may_fail() {
    for status in DlqStatus::ALL {
        let mut record = delivered(7);
        record.progress.status = status;
        come_back(&mut record, 1);
        let moves = matches!(status, DlqStatus::Success | DlqStatus::Retrying);
        assert_eq!(record.progress.status, if moves { DlqStatus::Failed } else { status });
    }
}

#[test]
fn a_claim_in_vain_relates_the_records() {
    let named = claimed();
    let mut arrival = record();
    arrival.version = 9;
    for _ in 0..2 {
        admit(&mut arrival, Some(&claim_of(&named))).unwrap();
        assert_eq!((arrival.version, &arrival.progress.notes.related), (1, &vec![named.id]));
    }
}

#[test]
fn what_was_read_without_content_is_not_stored() {
    let mut bare = DlqRecord::new(Captured::default(), NOW);
    assert_eq!(kind(admit(&mut bare, None)), StorageErrorKind::Validation);
}
