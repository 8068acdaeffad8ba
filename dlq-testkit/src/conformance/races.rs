use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use dlq_core::record::{Change, DlqRecord, Progress, WorkerId};
use dlq_core::storage::{
    Advance, Advanced, ClaimRequest, DlqStorageExt, LaneOrder, Patch, QueryCriteria, Save, SaveOutcome, Settle,
    StorageErrorKind, StorageResult,
};
use dlq_core::{DlqStatus, DlqStorage, RecordId};

use super::StoreUnderTest;
use super::audit::audit;
use super::prepare::{all, change, claim_of, claim_of_due, delivered, failed, ids, settlement};
use crate::fixture::{self, Draft, advance, source};

const TASKS: usize = 8;

pub async fn of_many_claims_each_record_goes_to_one(store: &StoreUnderTest) {
    let due: Vec<_> = (0..1_000).map(|number| Draft::new(number).due(Duration::ZERO).record()).collect();
    store.put_all(&due).await;
    let mut claimed: Vec<RecordId> = at_once(store, claim_until_nothing_is_due).await.concat();
    claimed.extend(claim_until_nothing_is_due(store.handle(), TASKS).await);
    let once: BTreeSet<_> = claimed.iter().copied().collect();
    assert_eq!((claimed.len(), once.len()), (1_000, 1_000));
}

pub async fn of_many_saves_of_the_same_records_each_is_stored_once(store: &StoreUnderTest) {
    let stored: Vec<usize> = at_once(store, |storage, task| async move {
        let mut numbers: Vec<u32> = (0..100).collect();
        numbers.rotate_left(task * 13);
        if task % 2 == 1 {
            numbers.reverse();
        }
        let mut stored = 0;
        for batch in numbers.chunks(25) {
            let saves = fixture::records(batch.iter().copied()).into_iter().map(Save::New).collect();
            let answers = storage.save_batch(saves).await.unwrap();
            let is_new = |answer: StorageResult<_>| matches!(answer.unwrap(), SaveOutcome::Stored { .. });
            stored += answers.into_iter().map(is_new).filter(|&new| new).count();
        }
        stored
    })
    .await;
    assert_eq!(stored.iter().sum::<usize>(), 100);
    assert_eq!(store.account().await.unwrap().stored, 100);
    audit(&**store).await;
}

pub async fn of_many_replaces_of_one_version_one_wins(store: &StoreUnderTest) {
    let record = store.put(fixture::record(1)).await;
    let wins: Vec<bool> = at_once(store, |storage, task| async move {
        let record = storage.find_batch(&[fixture::record(1).id]).await.unwrap().pop().unwrap().unwrap();
        let mut progress = Progress::clone(&record.progress);
        progress.notes.add_tag(&format!("task-{task}"));
        let read = DlqRecord { version: 1, ..record };
        match storage.update(&read, progress, change()).await {
            Ok(outcome) => outcome == SaveOutcome::Stored { version: 2 },
            Err(error) => {
                assert_eq!(*error.kind(), StorageErrorKind::Conflict { expected: 1, actual: 2 });
                false
            }
        }
    })
    .await;
    assert_eq!(wins.into_iter().filter(|&won| won).count(), 1);
    assert_eq!(store.read(record.id).await.version, 2);
    audit(&**store).await;
}

pub async fn edits_on_optimistic_versions_lose_none(store: &StoreUnderTest) {
    let id = store.put(fixture::record(1)).await.id;
    at_once(store, |storage, task| async move {
        let edit = move |record: &DlqRecord| {
            let mut progress = Progress::clone(&record.progress);
            progress.notes.add_tag(&format!("task-{task}"));
            Some(progress)
        };
        storage.bulk_update_with(all(), &change(), &edit).await.unwrap();
    })
    .await;
    assert_eq!(store.read(id).await.progress.notes.tags.len(), TASKS);
    audit(&**store).await;
}

pub async fn of_many_advances_from_one_place_one_moves(store: &StoreUnderTest) {
    store.advance(&advance(0, 0, 10)).await.unwrap();
    let moved: Vec<Option<i64>> = at_once(store, |storage, task| async move {
        let to = 11 + i64::try_from(task).unwrap();
        let answer = storage.advance(&advance(0, 10, to)).await.unwrap();
        (answer == Advanced::Moved).then_some(to)
    })
    .await;
    let moved: Vec<_> = moved.into_iter().flatten().collect();
    let stands = store.watermarks(&[source(0)]).await.unwrap().pop().unwrap().unwrap();
    assert_eq!(moved, [stands.next]);
    assert_eq!(stands.captured, u64::try_from(stands.next).unwrap());
    assert_eq!(store.account().await.unwrap().captured, stands.captured);
}

pub async fn the_same_advance_at_once_counts_once(store: &StoreUnderTest) {
    let first: Vec<Advanced> =
        at_once(store, |storage, _| async move { storage.advance(&advance(0, 0, 10)).await.unwrap() }).await;
    assert!(first.iter().all(|answer| *answer == Advanced::Moved));
    let second: Vec<Advanced> = at_once(store, |storage, _| async move { storage.advance(&Advance { generation: 1, ..advance(0, 0, 5) }).await.unwrap() }).await;
    assert!(second.iter().all(|answer| *answer == Advanced::Moved));
    assert_eq!(store.account().await.unwrap().captured, 15);
}

pub async fn the_same_bulk_change_at_once_changes_once(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..50)).await;
    let change: Change = change();
    at_once(store, |storage, _| {
        let change = change.clone();
        async move { storage.bulk_update(&all(), &Patch::to(DlqStatus::OnHold), &change).await.unwrap() }
    })
    .await;
    assert!(store.read_all(&all()).await.iter().all(|record| record.version == 2));
    audit(&**store).await;
}

pub async fn the_same_settlement_at_once_counts_once(store: &StoreUnderTest) {
    let id = store.put(fixture::record(1)).await.id;
    let settlement = settlement(&store.take(id).await, delivered(None));
    let versions: Vec<u64> = at_once(store, |storage, _| {
        let settlements = vec![settlement.clone()];
        async move { storage.settle(settlements).await.unwrap().pop().unwrap().unwrap().version }
    })
    .await;
    assert_eq!(versions, [3; TASKS]);
    assert_eq!(store.read(id).await.progress.retry_count, 1);
}

pub async fn of_many_keyed_claims_a_lane_goes_to_one(store: &StoreUnderTest) {
    let lane: Vec<_> = (0..20).map(|n| Draft::new(n).in_lane("lane", i64::from(n)).record()).collect();
    store.put_all(&lane).await;
    let claimed: Vec<Vec<RecordId>> = at_once(store, |storage, task| {
        let request = ClaimRequest { order: LaneOrder::Keyed, worker: worker(task), ..claim_of(ids(&lane)) };
        async move { ids(&storage.claim(&request).await.unwrap()) }
    })
    .await;
    assert_eq!(claimed.concat(), [lane[0].id]);
}

pub async fn workers_and_operators_at_once_keep_the_books(store: &StoreUnderTest) {
    store.put_all(&(0..60).map(|n| Draft::new(n).due(Duration::ZERO).record()).collect::<Vec<_>>()).await;
    at_once(store, |storage, task| async move {
        for round in 0..6 {
            match (task + round) % 4 {
                0 => work(&*storage, task).await,
                1 => drop(storage.bulk_update(&all(), &Patch::to(DlqStatus::OnHold), &change()).await.unwrap()),
                2 => drop(storage.bulk_update(&all(), &Patch::to(DlqStatus::Pending), &change()).await.unwrap()),
                _ => {
                    let few = QueryCriteria { limit: Some(2), ..all() };
                    storage.delete(&few, &change()).await.unwrap();
                }
            }
        }
    })
    .await;
    audit(&**store).await;
}

/// Claims a few by id and settles them, one way or another.
async fn work(storage: &dyn DlqStorage, task: usize) {
    let wanted = ids(&fixture::records(0..60));
    let request = ClaimRequest { limit: 5, worker: worker(task), ..claim_of(wanted) };
    let claimed = storage.claim(&request).await.unwrap();
    let ways = [delivered(None), failed(DlqStatus::Failed, None), Settle::Release(None)];
    let settlements = claimed.iter().zip(ways.iter().cycle()).map(|(r, way)| settlement(r, way.clone())).collect();
    for answer in storage.settle(settlements).await.unwrap() {
        answer.unwrap();
    }
}

async fn claim_until_nothing_is_due(storage: Arc<dyn DlqStorage>, task: usize) -> Vec<RecordId> {
    let request = ClaimRequest { limit: 40, worker: worker(task), ..claim_of_due() };
    let mut claimed = Vec::new();
    loop {
        let batch = storage.claim(&request).await.unwrap();
        if batch.is_empty() {
            return claimed;
        }
        assert!(batch.iter().all(|r| r.progress.lease.as_ref().unwrap().owner == request.worker));
        claimed.extend(ids(&batch));
    }
}

fn worker(task: usize) -> WorkerId {
    WorkerId(format!("worker-{task}"))
}

/// Runs a piece of work in several tasks at once, on two handles, and answers what came of each, in order.
async fn at_once<T, W, F>(store: &StoreUnderTest, work: W) -> Vec<T>
where
    T: Send + 'static,
    W: Fn(Arc<dyn DlqStorage>, usize) -> F,
    F: Future<Output = T> + Send + 'static,
{
    let handles = [store.handle(), store.another_handle().await];
    let spawn = |task: usize| tokio::spawn(work(Arc::clone(&handles[task % 2]), task));
    let mut answers = Vec::new();
    for task in (0..TASKS).map(spawn).collect::<Vec<_>>() {
        answers.push(task.await.unwrap());
    }
    answers
}
