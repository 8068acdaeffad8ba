use std::sync::Arc;

use dlq_core::storage::{Document, Expect, StorageErrorKind};
use serde_json::{Value, json};

use super::StoreUnderTest;
use super::verify::refusal;

pub async fn a_document_reads_back_as_it_was_written(store: &StoreUnderTest) {
    let json = json!({
        "text": "größer \"als\" \u{0} 'ß' \\", "nested": [{"a": null}, [], {}, true],
        "numbers": [u64::MAX, i64::MIN, 0.5], "": "",
    });
    let documents = store.documents();
    assert_eq!(documents.put("job", "j/1 ä", &json, Expect::Absent).await.unwrap(), 1);
    let expected = Document { id: "j/1 ä".to_owned(), version: 1, json };
    assert_eq!(documents.get("job", "j/1 ä").await.unwrap(), Some(expected.clone()));
    let elsewhere = store.another_handle().await;
    assert_eq!(elsewhere.documents().get("job", "j/1 ä").await.unwrap(), Some(expected));
}

pub async fn what_is_not_there_is_none(store: &StoreUnderTest) {
    assert_eq!(store.documents().get("job", "1").await.unwrap(), None);
}

pub async fn a_kind_knows_nothing_of_another(store: &StoreUnderTest) {
    let documents = store.documents();
    documents.put("job", "1", &json!("job"), Expect::Absent).await.unwrap();
    documents.put("view", "1", &json!("view"), Expect::Absent).await.unwrap();
    assert_eq!(documents.get("job", "1").await.unwrap().unwrap().json, "job");
    assert_eq!(documents.list("view", None, 10).await.unwrap().len(), 1);
    assert!(documents.delete("view", "1").await.unwrap());
    assert!(documents.get("job", "1").await.unwrap().is_some());
}

pub async fn every_put_raises_the_version(store: &StoreUnderTest) {
    let documents = store.documents();
    assert_eq!(documents.put("job", "1", &json!(1), Expect::Any).await.unwrap(), 1);
    assert_eq!(documents.put("job", "1", &json!(2), Expect::Version(1)).await.unwrap(), 2);
    assert_eq!(documents.put("job", "1", &json!(3), Expect::Any).await.unwrap(), 3);
    let document = documents.get("job", "1").await.unwrap().unwrap();
    assert_eq!((document.version, document.json), (3, json!(3)));
}

pub async fn a_conflict_tells_both_versions_none_being_0(store: &StoreUnderTest) {
    let documents = store.documents();
    let put = async |json: Value, expected| refusal(documents.put("job", "1", &json, expected).await);
    let conflict = |expected, actual| StorageErrorKind::Conflict { expected, actual };
    assert_eq!(put(json!(1), Expect::Version(3)).await, conflict(3, 0));
    documents.put("job", "1", &json!("stands"), Expect::Absent).await.unwrap();
    documents.put("job", "1", &json!("stands"), Expect::Any).await.unwrap();
    assert_eq!(put(json!(1), Expect::Absent).await, conflict(0, 2));
    assert_eq!(put(json!(1), Expect::Version(1)).await, conflict(1, 2));
    assert_eq!(put(json!(1), Expect::Version(3)).await, conflict(3, 2));
    assert_eq!(documents.get("job", "1").await.unwrap().unwrap().json, "stands");
}

pub async fn deleting_tells_whether_there_was_one(store: &StoreUnderTest) {
    let documents = store.documents();
    documents.put("job", "1", &json!(1), Expect::Any).await.unwrap();
    assert!(documents.delete("job", "1").await.unwrap());
    assert!(!documents.delete("job", "1").await.unwrap());
    assert_eq!(documents.get("job", "1").await.unwrap(), None);
    documents.put("job", "1", &json!(2), Expect::Absent).await.unwrap();
}

pub async fn a_kind_is_listed_by_id_beyond_a_place(store: &StoreUnderTest) {
    let documents = store.documents();
    for id in ["b", "a", "d", "B", "a-1"] {
        documents.put("job", id, &json!(id), Expect::Any).await.unwrap();
    }
    let list = async |after, limit| -> Vec<String> {
        let listed = documents.list("job", after, limit).await.unwrap();
        listed.into_iter().map(|document| document.id).collect()
    };
    assert_eq!(list(None, 10).await, ["B", "a", "a-1", "b", "d"]);
    assert_eq!(list(None, 2).await, ["B", "a"]);
    assert_eq!(list(Some("a"), 2).await, ["a-1", "b"]);
    assert_eq!(list(Some("c"), 10).await, ["d"]);
    assert_eq!(list(Some("d"), 10).await, Vec::<String>::new());
}

pub async fn of_many_that_expect_the_same_one_wins(store: &StoreUnderTest) {
    let handles = [store.handle(), store.another_handle().await];
    for expected in [Expect::Absent, Expect::Version(1)] {
        let tasks: Vec<_> = (0..8)
            .map(|task| {
                let storage = Arc::clone(&handles[task % 2]);
                tokio::spawn(async move { storage.documents().put("job", "1", &json!(task), expected).await })
            })
            .collect();
        let mut winners = Vec::new();
        for (task, handle) in tasks.into_iter().enumerate() {
            match handle.await.unwrap() {
                Ok(_) => winners.push(task),
                Err(error) => assert!(matches!(error.kind(), StorageErrorKind::Conflict { .. }), "{error}"),
            }
        }
        assert_eq!(winners.len(), 1, "{expected:?}");
        assert_eq!(store.documents().get("job", "1").await.unwrap().unwrap().json, winners[0]);
    }
}
