use dlq_core::DlqStatus;
use dlq_core::storage::{BulkOutcome, DlqStorageExt, Order, QueryCriteria, SaveOutcome};

use super::StoreUnderTest;
use super::audit::audit;
use super::prepare::{all, change, ids, only};
use crate::fixture;

pub async fn what_matches_is_gone_with_its_history(store: &StoreUnderTest) {
    let gone = store.bring_to(1, DlqStatus::Skipped).await;
    let kept = store.bring_to(2, DlqStatus::OnHold).await;
    let skipped = QueryCriteria::builder().statuses([DlqStatus::Skipped]).build();
    let outcome = store.delete(&skipped, &change()).await.unwrap();
    assert_eq!(outcome, BulkOutcome { changed: 1, ..BulkOutcome::default() });
    assert!(store.find_by_id(gone.id).await.unwrap().is_none());
    assert!(store.history(gone.id).await.unwrap().is_empty());
    store.assert_unchanged(&kept).await;
}

pub async fn what_is_purged_is_counted_as_purged(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..5)).await;
    store.delete(&only(ids(&fixture::records(0..3))), &change()).await.unwrap();
    let account = store.account().await.unwrap();
    assert_eq!((account.stored, account.purged), (5, 3));
    audit(&**store).await;
}

pub async fn a_leased_record_is_left_alone_and_counted(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..3)).await;
    let held = store.take(fixture::record(1).id).await;
    let outcome = store.clear(&change()).await.unwrap();
    assert_eq!((outcome.changed, outcome.leased), (2, 1));
    store.assert_unchanged(&held).await;
}

pub async fn limit_and_order_are_honoured(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..6)).await;
    let oldest = QueryCriteria { order: Order::OldestFirst, limit: Some(2), ..QueryCriteria::default() };
    let left = ids(&store.read_all(&all()).await[2..]);
    assert_eq!(store.delete(&oldest, &change()).await.unwrap().changed, 2);
    assert_eq!(ids(&store.read_all(&all()).await), left);
}

pub async fn repeated_it_answers_the_same_and_counts_nothing_twice(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..5)).await;
    let change = change();
    for _ in 0..2 {
        let outcome = store.delete(&all(), &change).await.unwrap();
        assert_eq!(outcome, BulkOutcome { changed: 5, ..BulkOutcome::default() });
    }
    let account = store.account().await.unwrap();
    assert_eq!((account.stored, account.purged), (5, 5));
    audit(&**store).await;
}

pub async fn repeated_with_a_limit_it_goes_no_further(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..6)).await;
    let change = change();
    for _ in 0..2 {
        let outcome = store.delete(&QueryCriteria { limit: Some(2), ..all() }, &change).await.unwrap();
        assert_eq!(outcome.changed, 2);
        assert_eq!(store.count(&all(), 100).await.unwrap().records, 4);
    }
}

pub async fn one_record_is_purged_alone(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..2)).await;
    assert_eq!(store.delete_one(fixture::record(1).id, &change()).await.unwrap().changed, 1);
    assert_eq!(store.delete_one(fixture::record(7).id, &change()).await.unwrap().changed, 0);
    assert_eq!(ids(&store.read_all(&all()).await), [fixture::record(0).id]);
}

pub async fn what_was_purged_may_be_stored_anew(store: &StoreUnderTest) {
    store.bring_to(1, DlqStatus::OnHold).await;
    store.clear(&change()).await.unwrap();
    assert_eq!(store.save(fixture::record(1)).await.unwrap(), SaveOutcome::Stored { version: 1 });
    assert!(store.history(fixture::record(1).id).await.unwrap().is_empty());
    audit(&**store).await;
}
