use super::StoreUnderTest;

pub async fn a_store_that_is_there_is_healthy(store: &StoreUnderTest) {
    store.health().await.unwrap();
    store.another_handle().await.health().await.unwrap();
}

pub async fn asking_leaves_nothing_behind(store: &StoreUnderTest) {
    store.health().await.unwrap();
    assert_eq!(store.account().await.unwrap(), Default::default());
    assert!(store.all_watermarks().await.unwrap().is_empty());
}
