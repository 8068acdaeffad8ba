use super::StoreUnderTest;
use super::prepare::ids;
use crate::fixture;

pub async fn records_come_in_the_order_asked(store: &StoreUnderTest) {
    let records = fixture::records(0..10);
    store.put_all(&records).await;
    let asked = ids(records.iter().rev());
    let found = store.find_batch(&asked).await.unwrap();
    assert_eq!(ids(found.iter().flatten()), asked);
}

pub async fn what_is_not_there_is_none(store: &StoreUnderTest) {
    store.put_all(&fixture::records([1, 3])).await;
    let asked = ids(&fixture::records([1, 2, 3]));
    let found = store.find_batch(&asked).await.unwrap();
    assert_eq!(found.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true]);
}

pub async fn an_id_asked_twice_is_answered_twice(store: &StoreUnderTest) {
    let id = store.put(fixture::record(1)).await.id;
    let found = store.find_batch(&[id, id]).await.unwrap();
    assert_eq!(ids(found.iter().flatten()), [id, id]);
}

pub async fn nothing_asked_is_nothing_answered(store: &StoreUnderTest) {
    assert!(store.find_batch(&[]).await.unwrap().is_empty());
}

pub async fn records_come_with_content(store: &StoreUnderTest) {
    let record = fixture::record(1);
    let read = store.put(record.clone()).await;
    assert_eq!(read.captured.content, record.captured.content);
}
