//! A file that cannot grow: only from within can SQLite be told so.
#![expect(clippy::unwrap_used, reason = "a test that cannot open its database fails")]

use dlq_core::storage::{Save, SaveOutcome, StorageErrorKind};
use dlq_testkit::fixture;

use super::*;
use crate::config::SqlConfig;

#[tokio::test]
async fn a_full_disk_refuses_no_record_and_the_same_batch_is_stored_once_there_is_room() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", directory.path().join("dlq.db").display());
    let store = Arc::new(Store::connect(&SqlConfig::from_url(&url).unwrap()).await.unwrap());
    let saves = || fixture::records(0..300).into_iter().map(Save::New).collect();
    limit(&store, "PRAGMA max_page_count = 1").await;
    let error = batch(&store, saves()).await.unwrap_err();
    assert_eq!((error.kind(), error.is_temporary()), (&StorageErrorKind::Capacity, true), "{error}");
    assert!(error.to_string().contains("make room"), "{error}");
    limit(&store, "PRAGMA max_page_count = 1000000").await;
    let answers = batch(&store, saves()).await.unwrap();
    assert!(answers.iter().all(|answer| matches!(answer, Ok(SaveOutcome::Stored { version: 1 }))));
}

/// How many pages the file may have, as far as the one connection that writes is concerned; at least those it has.
async fn limit(store: &Store, pragma: &'static str) {
    let mut session = store.pools.begin("limit").await.unwrap();
    session.script(pragma).await.unwrap();
    session.commit().await.unwrap();
}
