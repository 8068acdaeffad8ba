use dlq_core::DlqStatus;
use dlq_core::record::{Action, Delivered, DlqRecord, Origin, Position, RedriveId};
use dlq_core::storage::{DlqStorageExt, ReturnClaim, Save, SaveOutcome, Settled};

use super::StoreUnderTest;
use super::prepare::{all, change, delivered, failed, failure, ids, settlement};
use super::verify::assert_same;
use crate::fixture::{self, Draft, origin_at, position};

const THERE: Delivered = Delivered { partition: 1, offset: 500 };
const ELSEWHERE: Delivered = Delivered { partition: 1, offset: 501 };
const STORED: SaveOutcome = SaveOutcome::Stored { version: 1 };

pub async fn a_claim_that_names_its_position_is_a_return(store: &StoreUnderTest) {
    let sent = sent(store, Some(THERE)).await;
    let outcome = arrive(store, dead_letter(2, at(THERE)), Some(claim_on(&sent))).await;
    assert_eq!(outcome, SaveOutcome::Returned { record: sent.id, attempt: 1 });
}

pub async fn a_position_alone_is_a_return(store: &StoreUnderTest) {
    let sent = sent(store, Some(THERE)).await;
    let outcome = arrive(store, dead_letter(2, at(THERE)), None).await;
    assert_eq!(outcome, SaveOutcome::Returned { record: sent.id, attempt: 1 });
}

pub async fn the_same_record_fails_again(store: &StoreUnderTest) {
    let sent = sent(store, Some(THERE)).await;
    let arrival = dead_letter(2, at(THERE));
    arrive(store, arrival.clone(), Some(claim_on(&sent))).await;
    let after = store.read(sent.id).await;
    assert_eq!((after.progress.status, after.version), (DlqStatus::Failed, sent.version + 1));
    assert_eq!(after.failure(), arrival.failure());
    assert_eq!((after.progress.retry_count, &after.progress.lease), (1, &None));
    assert!(!after.progress.attempt.clone().unwrap().open);
    assert_eq!(after.captured, sent.captured);
    assert!(store.find_by_id(arrival.id).await.unwrap().is_none(), "no second record");
}

pub async fn a_return_stands_in_the_books_and_in_the_history(store: &StoreUnderTest) {
    let sent = sent(store, Some(THERE)).await;
    arrive(store, dead_letter(2, at(THERE)), Some(claim_on(&sent))).await;
    let account = store.account().await.unwrap();
    assert_eq!((account.stored, account.returned), (1, 1));
    let entry = store.history(sent.id).await.unwrap().pop().unwrap();
    assert_eq!(entry.action, Action::Returned);
    assert_eq!((entry.from, entry.to, entry.attempt), (DlqStatus::Success, DlqStatus::Failed, Some(1)));
}

pub async fn a_returned_record_goes_out_one_attempt_older(store: &StoreUnderTest) {
    let sent = sent(store, Some(THERE)).await;
    arrive(store, dead_letter(2, at(THERE)), None).await;
    let again = store.take(sent.id).await.progress.attempt.clone().unwrap();
    assert_eq!((again.number, again.delivered), (2, None));
    assert_ne!(again.redrive_id, sent.progress.attempt.clone().unwrap().redrive_id);
}

pub async fn a_claim_with_another_position_is_a_new_record(store: &StoreUnderTest) {
    let sent = sent(store, Some(THERE)).await;
    let arrival = dead_letter(2, at(ELSEWHERE));
    assert_eq!(arrive(store, arrival.clone(), Some(claim_on(&sent))).await, STORED);
    assert_eq!(store.read(arrival.id).await.progress.notes.related, [sent.id]);
    store.assert_unchanged(&sent).await;
}

pub async fn a_claim_of_an_unknown_attempt_is_a_new_record(store: &StoreUnderTest) {
    let sent = sent(store, Some(THERE)).await;
    let arrival = dead_letter(2, Origin::default());
    let forged = ReturnClaim { redrive_id: RedriveId::random(), ..claim_on(&sent) };
    assert_eq!(arrive(store, arrival.clone(), Some(forged)).await, STORED);
    assert_eq!(store.read(arrival.id).await.progress.notes.related, [sent.id]);
    store.assert_unchanged(&sent).await;
}

pub async fn a_claim_on_a_record_that_never_was_is_a_new_record(store: &StoreUnderTest) {
    let never = ReturnClaim { record: fixture::record(9).id, redrive_id: RedriveId::random() };
    assert_eq!(arrive(store, dead_letter(2, at(THERE)), Some(never)).await, STORED);
    assert_eq!(store.read(dead_letter(2, at(THERE)).id).await.progress.notes.related, [never.record]);
}

pub async fn an_untold_origin_with_the_same_body_is_a_return(store: &StoreUnderTest) {
    let sent = sent(store, Some(THERE)).await;
    let outcome = arrive(store, dead_letter(2, Origin::default()), Some(claim_on(&sent))).await;
    assert_eq!(outcome, SaveOutcome::Returned { record: sent.id, attempt: 1 });
}

pub async fn an_untold_origin_with_another_body_is_a_new_record(store: &StoreUnderTest) {
    let sent = sent(store, Some(THERE)).await;
    let arrival = Draft { origin: Origin::default(), ..Draft::new(2) }.record();
    assert_eq!(arrive(store, arrival, Some(claim_on(&sent))).await, STORED);
    store.assert_unchanged(&sent).await;
}

pub async fn an_untold_origin_without_a_claim_is_a_new_record(store: &StoreUnderTest) {
    let sent = sent(store, Some(THERE)).await;
    assert_eq!(arrive(store, dead_letter(2, Origin::default()), None).await, STORED);
    store.assert_unchanged(&sent).await;
}

pub async fn a_told_topic_must_be_the_attempts_target(store: &StoreUnderTest) {
    let sent = sent(store, Some(THERE)).await;
    let topic = |name| Origin { topic: Some(fixture::topic(name)), ..Origin::default() };
    assert_eq!(arrive(store, dead_letter(2, topic("payments")), Some(claim_on(&sent))).await, STORED);
    let outcome = arrive(store, dead_letter(3, topic("orders")), Some(claim_on(&sent))).await;
    assert_eq!(outcome, SaveOutcome::Returned { record: sent.id, attempt: 1 });
}

pub async fn an_unknown_delivery_is_recognised_by_topic_and_body(store: &StoreUnderTest) {
    let sent = sent(store, None).await;
    let other_body = Draft { origin: at(THERE), ..Draft::new(2) }.record();
    assert_eq!(arrive(store, other_body, Some(claim_on(&sent))).await, STORED);
    let outcome = arrive(store, dead_letter(3, at(THERE)), Some(claim_on(&sent))).await;
    assert_eq!(outcome, SaveOutcome::Returned { record: sent.id, attempt: 1 });
}

pub async fn a_return_may_come_before_the_settlement(store: &StoreUnderTest) {
    for (number, settle) in [(10, delivered(Some(THERE))), (20, failed(DlqStatus::Failed, None))] {
        let stored = store.put(fixture::record(number)).await;
        let out = store.take(stored.id).await;
        let arrival = dead_letter_of(number, number + 1, at(THERE));
        let outcome = arrive(store, arrival.clone(), Some(claim_on(&out))).await;
        assert_eq!(outcome, SaveOutcome::Returned { record: out.id, attempt: 1 });
        assert_eq!(store.read(out.id).await.progress.status, DlqStatus::Failed);
        let settled = store.settle_one(&settlement(&out, settle)).await.unwrap();
        let after = store.read(out.id).await;
        assert_eq!(settled, Settled { version: after.version, status: DlqStatus::Failed, returned: true });
        assert_eq!(after.failure(), arrival.failure(), "the return's failure, not {:?}", failure());
        assert_eq!((after.progress.status, after.progress.retry_count), (DlqStatus::Failed, 1));
    }
}

pub async fn the_return_of_a_purged_record_is_a_new_record(store: &StoreUnderTest) {
    let sent = sent(store, Some(THERE)).await;
    store.clear(&change()).await.unwrap();
    assert_eq!(arrive(store, dead_letter(2, at(THERE)), Some(claim_on(&sent))).await, STORED);
    assert_eq!(arrive(store, dead_letter(3, at(THERE)), None).await, STORED);
}

pub async fn the_return_of_an_earlier_attempt_is_only_noted(store: &StoreUnderTest) {
    let first = sent(store, Some(THERE)).await;
    arrive(store, dead_letter(2, at(THERE)), Some(claim_on(&first))).await;
    let second = store.take(first.id).await;
    let second = store.end(&second, delivered(Some(ELSEWHERE))).await;
    for (number, claim) in [(3, Some(claim_on(&first))), (4, None)] {
        let outcome = arrive(store, dead_letter(number, at(THERE)), claim).await;
        assert_eq!(outcome, SaveOutcome::Returned { record: first.id, attempt: 1 });
    }
    let after = store.read(first.id).await;
    assert_eq!(after.progress.status, DlqStatus::Success);
    assert_eq!(after.progress.attempt, second.progress.attempt);
    assert_eq!(after.failure(), second.failure());
    assert_eq!(store.account().await.unwrap().returned, 3);
}

pub async fn a_return_repeated_answers_the_same_and_counts_once(store: &StoreUnderTest) {
    let sent = sent(store, Some(THERE)).await;
    let claim = Some(claim_on(&sent));
    let first = arrive(store, dead_letter(2, at(THERE)), claim).await;
    let before = store.read(sent.id).await;
    assert_eq!(arrive(store, dead_letter(2, at(THERE)), claim).await, first);
    store.assert_unchanged(&before).await;
    let held = store.take(sent.id).await;
    assert_eq!(arrive(store, dead_letter(2, at(THERE)), claim).await, first);
    store.assert_unchanged(&held).await;
    assert_eq!(store.account().await.unwrap().returned, 1);
}

pub async fn a_return_twice_in_one_batch_counts_once(store: &StoreUnderTest) {
    let sent = sent(store, Some(THERE)).await;
    let arrival = Save::Arrival { record: dead_letter(2, at(THERE)), claim: Some(Box::new(claim_on(&sent))) };
    let answers = store.save_batch(vec![arrival.clone(), arrival]).await.unwrap();
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers, [SaveOutcome::Returned { record: sent.id, attempt: 1 }; 2]);
    assert_eq!(store.account().await.unwrap().returned, 1);
    assert_eq!(store.read(sent.id).await.version, sent.version + 1);
}

pub async fn a_return_and_others_share_a_batch(store: &StoreUnderTest) {
    let sent = sent(store, Some(THERE)).await;
    let arrival = |record| Save::Arrival { record, claim: None };
    let saves = vec![arrival(fixture::record(5)), arrival(dead_letter(2, at(THERE))), arrival(fixture::record(6))];
    let answers = store.save_batch(saves).await.unwrap();
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers, [STORED, SaveOutcome::Returned { record: sent.id, attempt: 1 }, STORED]);
    let mut expected = ids([&sent, &fixture::record(5), &fixture::record(6)]);
    expected.sort();
    assert_eq!(ids(&store.read_all(&all()).await), expected);
}

pub async fn a_new_record_is_never_taken_for_a_return(store: &StoreUnderTest) {
    let sent = sent(store, Some(THERE)).await;
    let new = dead_letter(2, at(THERE));
    assert_eq!(store.save(new.clone()).await.unwrap(), STORED);
    assert_same(&store.read(new.id).await, &new);
    store.assert_unchanged(&sent).await;
}

pub async fn an_arrival_that_was_stored_stays_a_record(store: &StoreUnderTest) {
    let arrival = dead_letter(2, at(THERE));
    assert_eq!(arrive(store, arrival.clone(), None).await, STORED);
    let before = store.read(arrival.id).await;
    let sent = sent(store, Some(THERE)).await;
    assert_eq!(arrive(store, arrival, None).await, SaveOutcome::AlreadyThere);
    store.assert_unchanged(&before).await;
    store.assert_unchanged(&sent).await;
}

/// Stores the plain record 1 and sends it home.
async fn sent(store: &StoreUnderTest, there: Option<Delivered>) -> DlqRecord {
    store.send_home(fixture::record(1), there).await
}

/// What the plain record 1 looks like when it dead-letters again.
fn dead_letter(number: u32, origin: Origin) -> DlqRecord {
    dead_letter_of(1, number, origin)
}

fn dead_letter_of(sent: u32, number: u32, origin: Origin) -> DlqRecord {
    let Draft { key, payload, .. } = Draft::new(sent);
    let mut draft = Draft { origin, key, payload, ..Draft::new(number) };
    draft.headers.push((b"dlq.redrive.attempt".to_vec(), Some(b"1".to_vec())));
    draft.failure.message = Some("failed again".to_owned());
    draft.record()
}

fn claim_on(sent: &DlqRecord) -> ReturnClaim {
    ReturnClaim { record: sent.id, redrive_id: sent.progress.attempt.as_ref().unwrap().redrive_id }
}

fn at(there: Delivered) -> Origin {
    let there: Position = position(&fixture::topic("orders"), there);
    origin_at(there)
}

async fn arrive(store: &StoreUnderTest, record: DlqRecord, claim: Option<ReturnClaim>) -> SaveOutcome {
    let claim = claim.map(Box::new);
    store.save_batch(vec![Save::Arrival { record, claim }]).await.unwrap().pop().unwrap().unwrap()
}
