//! What happens to both ends while one is copied into the other: in memory, where a test says what and when.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use dlq::copy::{Ends, Shown, copy};
use dlq_core::record::{Change, WorkerId};
use dlq_core::storage::layer::{Call, Layers, StorageLayer};
use dlq_core::storage::{
    ClaimRequest, ClaimSelect, Expect, Patch, QueryCriteria, StorageError, StorageErrorKind, StorageResult,
};
use dlq_core::{DlqStorage, DlqStorageExt, MemoryStorage};
use dlq_testkit::fault::Faulty;
use dlq_testkit::fixture::{self, live};
use serde_json::json;

async fn lived() -> Arc<dyn DlqStorage> {
    let storage = Arc::new(MemoryStorage::new());
    live(&*storage, 700).await;
    storage
}

fn empty() -> Arc<dyn DlqStorage> {
    Arc::new(MemoryStorage::new())
}

async fn copied(
    source: &Arc<dyn DlqStorage>,
    target: &Arc<dyn DlqStorage>,
) -> anyhow::Result<dlq::copy::Proof> {
    let ends = Ends::new(Arc::clone(source), Arc::clone(target), "test:".to_owned())?;
    copy(&ends, &Shown::new()).await
}

/// Something happens to the source each time it is asked for its books, so often.
#[derive(Debug)]
struct Restless {
    source: Arc<dyn DlqStorage>,
    left: AtomicU32,
}

#[async_trait]
impl StorageLayer for Restless {
    async fn carry<A: Clone + Send + Sync + 'static, T: Send + 'static>(
        &self,
        call: Call<A, T>,
    ) -> StorageResult<T> {
        let once_more = |left: u32| left.checked_sub(1);
        if call.operation == "account"
            && let Ok(left) = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, once_more)
        {
            happens(&*self.source, left).await;
        }
        call.ask_once().await
    }
}

/// A record arrives, others change, one is purged; a document changes, and a watermark moves.
async fn happens(source: &dyn DlqStorage, number: u32) {
    source.save(fixture::record(50_000 + number)).await.unwrap();
    let limit = |limit| QueryCriteria { limit: Some(limit), ..QueryCriteria::default() };
    let tag = Patch { add_tags: [format!("t{number}")].into(), ..Patch::default() };
    source.bulk_update(&limit(300), &tag, &Change::by("user:anna")).await.unwrap();
    source.delete(&limit(1), &Change::by("user:anna")).await.unwrap();
    source.documents().put("job", "1", &json!(number), Expect::Any).await.unwrap();
    source.documents().delete("view", "größe").await.unwrap();
    let from = i64::from(number);
    source.advance(&fixture::advance(2, from, from + 1)).await.unwrap();
}

fn restless(source: &Arc<dyn DlqStorage>, times: u32) -> Arc<dyn DlqStorage> {
    let layer = Restless { source: Arc::clone(source), left: AtomicU32::new(times) };
    Layers::around(Arc::clone(source)).with(layer).build()
}

#[tokio::test]
async fn what_changes_meanwhile_is_gone_over_until_nothing_does() {
    let (source, target) = (lived().await, empty());
    let proof = copied(&restless(&source, 4), &target).await.unwrap();
    assert!(proof.same, "{proof:?}");
    assert_eq!(target.account().await.unwrap(), source.account().await.unwrap());
}

#[tokio::test]
async fn a_source_that_is_never_at_rest_is_told_and_the_copy_goes_on_later() {
    let (source, target) = (lived().await, empty());
    let error = copied(&restless(&source, 1_000), &target).await.unwrap_err();
    assert!(error.to_string().contains("the source is not at rest"), "{error:#}");
    assert!(copied(&source, &target).await.unwrap().same);
}

#[tokio::test]
async fn a_record_that_a_worker_holds_is_refused() {
    let (source, target) = (lived().await, empty());
    let select = ClaimSelect::Ids(vec![fixture::record(7).id]);
    let request = ClaimRequest { select, ..ClaimRequest::due(WorkerId("w".to_owned())) };
    let held = source.claim(&request).await.unwrap().pop().unwrap();
    let error = copied(&source, &target).await.unwrap_err();
    assert!(error.to_string().contains("1 records of the source are held by workers"), "{error:#}");
    source.give_back(&held, None, Change::by("worker:w")).await.unwrap();
    assert!(copied(&source, &target).await.unwrap().same);
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_lost_on_the_way_are_asked_for_again() {
    let (source, target) = (lived().await, empty());
    let calls = Arc::new(AtomicU32::new(0));
    let every_third = move |method| {
        let third = calls.fetch_add(1, Ordering::SeqCst) % 3 == 2;
        let single = method == "document_delete";
        (third && !single).then(|| StorageError::new(StorageErrorKind::Connection, method, "lost"))
    };
    let lossy: Arc<dyn DlqStorage> = Arc::new(Faulty::new(Arc::clone(&target)).losing(every_third));
    assert!(copied(&source, &lossy).await.unwrap().same);
    assert_eq!(target.account().await.unwrap(), source.account().await.unwrap());
}

#[tokio::test]
async fn wherever_it_is_broken_off_it_goes_on_and_nothing_is_there_twice() {
    let source = lived().await;
    for call in 0_u32.. {
        let target = empty();
        let calls = AtomicU32::new(0);
        let from_then_on = move |method| {
            let broken = calls.fetch_add(1, Ordering::SeqCst) >= call;
            broken.then(|| StorageError::new(StorageErrorKind::Unexpected, method, "broken off"))
        };
        let breaking: Arc<dyn DlqStorage> = Arc::new(Faulty::new(Arc::clone(&target)).losing(from_then_on));
        let first = copied(&source, &breaking).await;
        assert!(copied(&source, &target).await.unwrap().same, "broken off at call {call}");
        assert_eq!(target.account().await.unwrap(), source.account().await.unwrap());
        if first.is_ok() {
            assert!(call > 20, "{call} calls");
            return;
        }
    }
}
