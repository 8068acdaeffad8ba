use dlq_core::DlqStatus;
use dlq_core::storage::{DlqStorageExt, Expect, Save, SaveOutcome};

use super::StoreUnderTest;
use super::prepare::{change, ids};
use super::verify::{assert_all_same, assert_same};
use crate::fixture::{self, Dice, Draft, distinct_records};

pub async fn a_new_record_reads_back_as_it_was_written(store: &StoreUnderTest) {
    let record = fixture::record(1);
    assert_eq!(store.save(record.clone()).await.unwrap(), SaveOutcome::Stored { version: 1 });
    assert_same(&store.read(record.id).await, &record);
    assert_same(&store.another_handle().await.find_by_id(record.id).await.unwrap().unwrap(), &record);
}

pub async fn random_records_read_back_as_they_were_written(store: &StoreUnderTest) {
    let records = Dice::new().throw(distinct_records(60));
    store.put_all(&records).await;
    let read = store.find_batch(&ids(&records)).await.unwrap();
    assert_all_same(&read.into_iter().map(Option::unwrap).collect::<Vec<_>>(), &records);
}

pub async fn a_stored_record_starts_at_version_1(store: &StoreUnderTest) {
    let mut record = fixture::record(1);
    record.version = 17;
    assert_eq!(store.save(record.clone()).await.unwrap(), SaveOutcome::Stored { version: 1 });
    assert_eq!(store.read(record.id).await.version, 1);
}

pub async fn a_batch_is_answered_one_by_one_in_order(store: &StoreUnderTest) {
    store.put_all(&fixture::records([2, 4])).await;
    let saves = fixture::records([1, 2, 3, 4, 5]).into_iter().map(Save::New).collect();
    let stored = SaveOutcome::Stored { version: 1 };
    let expected = [stored, SaveOutcome::AlreadyThere, stored, SaveOutcome::AlreadyThere, stored];
    assert_eq!(outcomes(store, saves).await, expected);
}

pub async fn an_empty_batch_has_no_answers(store: &StoreUnderTest) {
    assert!(store.save_batch(Vec::new()).await.unwrap().is_empty());
}

pub async fn a_batch_written_again_finds_everything_there(store: &StoreUnderTest) {
    let batch: Vec<_> = fixture::records(0..20).into_iter().map(Save::New).collect();
    outcomes(store, batch.clone()).await;
    assert_eq!(outcomes(store, batch).await, [SaveOutcome::AlreadyThere; 20]);
    assert_eq!(store.account().await.unwrap().stored, 20);
}

pub async fn a_batch_written_again_in_another_order_finds_everything_there(store: &StoreUnderTest) {
    let batch: Vec<_> = fixture::records(0..20).into_iter().map(Save::New).collect();
    outcomes(store, batch.clone()).await;
    assert_eq!(outcomes(store, batch.into_iter().rev().collect()).await, [SaveOutcome::AlreadyThere; 20]);
    assert_eq!(store.account().await.unwrap().stored, 20);
}

pub async fn half_a_batch_written_again_stores_the_other_half_once(store: &StoreUnderTest) {
    outcomes(store, fixture::records(0..10).into_iter().map(Save::New).collect()).await;
    let answers = outcomes(store, fixture::records(5..15).into_iter().map(Save::New).collect()).await;
    assert_eq!(answers[..5], [SaveOutcome::AlreadyThere; 5]);
    assert_eq!(answers[5..], [SaveOutcome::Stored { version: 1 }; 5]);
    assert_eq!(store.account().await.unwrap().stored, 15);
}

pub async fn an_existing_record_is_left_exactly_as_it_is(store: &StoreUnderTest) {
    let before = store.bring_to(1, DlqStatus::OnHold).await;
    let mut other = Draft::new(1);
    other.payload = Draft::new(2).payload;
    other.progress.status = DlqStatus::Skipped;
    assert_eq!(store.save(other.record()).await.unwrap(), SaveOutcome::AlreadyThere);
    store.assert_unchanged(&before).await;
}

pub async fn the_second_of_two_saves_of_one_id_finds_the_first_there(store: &StoreUnderTest) {
    let (first, mut second) = (Draft::new(1), Draft::new(1));
    second.payload = Draft::new(2).payload;
    let answers = outcomes(store, vec![Save::New(first.clone().record()), Save::New(second.record())]).await;
    assert_eq!(answers, [SaveOutcome::Stored { version: 1 }, SaveOutcome::AlreadyThere]);
    assert_same(&store.read(first.clone().record().id).await, &first.record());
}

pub async fn an_arrival_that_is_no_return_is_stored_like_a_new_record(store: &StoreUnderTest) {
    let record = fixture::record(1);
    let arrival = || vec![Save::Arrival { record: fixture::record(1), claim: None }];
    assert_eq!(outcomes(store, arrival()).await, [SaveOutcome::Stored { version: 1 }]);
    assert_eq!(outcomes(store, arrival()).await, [SaveOutcome::AlreadyThere]);
    assert_same(&store.read(record.id).await, &record);
}

pub async fn one_refused_record_refuses_no_other(store: &StoreUnderTest) {
    let missing = fixture::record(9);
    let replace = Save::Replace {
        id: missing.id,
        progress: Box::new(missing.progress.clone().into_inner()),
        expected: Expect::Any,
        change: Box::new(change()),
    };
    let saves = vec![Save::New(fixture::record(1)), replace, Save::New(fixture::record(2))];
    let answers = store.save_batch(saves).await.unwrap();
    assert!(answers[0].is_ok() && answers[1].is_err() && answers[2].is_ok(), "{answers:?}");
    assert_eq!(store.account().await.unwrap().stored, 2);
}

async fn outcomes(store: &StoreUnderTest, saves: Vec<Save>) -> Vec<SaveOutcome> {
    store.save_batch(saves).await.unwrap().into_iter().map(Result::unwrap).collect()
}
