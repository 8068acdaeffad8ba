use dlq_core::DlqStatus;
use dlq_core::record::{Change, DlqRecord, Notes, Progress, WorkerId};
use dlq_core::storage::{DlqStorageExt, Expect, Patch, Save, SaveOutcome, StorageErrorKind, StorageResult};

use super::StoreUnderTest;
use super::prepare::{A_MINUTE, LEASE, change};
use super::verify::{assert_same, refusal};
use crate::fixture::{self, Dice, any_progress};

pub async fn a_replace_changes_progress_and_raises_the_version(store: &StoreUnderTest) {
    let before = store.put(fixture::record(1)).await;
    store.pass(A_MINUTE);
    let change = change();
    let wanted = Progress { retry_count: 3, notes: noted("vip"), ..Progress::clone(&before.progress) };
    let answer = replace(store, &before, wanted.clone(), Expect::Version(1), &change).await;
    assert_eq!(answer.unwrap(), SaveOutcome::Stored { version: 2 });
    let progress = Progress { updated_at: store.now(), operation: Some(change.operation), ..wanted };
    assert_same(&store.read(before.id).await, &DlqRecord { version: 2, progress: progress.into(), ..before });
}

pub async fn random_progress_reads_back_as_it_was_written(store: &StoreUnderTest) {
    let mut dice = Dice::new();
    for number in 0..20 {
        let before = store.put(fixture::record(number)).await;
        let wanted = Progress { status: DlqStatus::Pending, ..dice.throw(any_progress()) };
        let change = change();
        replace(store, &before, wanted.clone(), Expect::Version(1), &change).await.unwrap();
        let Progress { created_at, .. } = *before.progress;
        let progress =
            Progress { created_at, updated_at: store.now(), operation: Some(change.operation), ..wanted };
        assert_same(&store.read(before.id).await, &DlqRecord { version: 2, progress: progress.into(), ..before });
    }
}

pub async fn what_was_captured_and_what_is_the_stores_stays(store: &StoreUnderTest) {
    let before = store.bring_to(1, DlqStatus::Failed).await;
    let wanted = Progress { notes: noted("vip"), ..Progress::default() };
    let wanted = Progress { status: DlqStatus::OnHold, ..wanted };
    replace(store, &before, wanted, Expect::Any, &change()).await.unwrap();
    let after = store.read(before.id).await;
    assert_eq!(after.captured, before.captured);
    let stores_own = |progress: &Progress| {
        let Progress { lease, fence, attempt, created_at, .. } = progress.clone();
        (lease, fence, attempt, created_at)
    };
    assert_eq!(stores_own(&after.progress), stores_own(&before.progress));
    assert_eq!(after.progress.updated_at, store.now());
}

pub async fn a_stale_version_is_told_both_versions(store: &StoreUnderTest) {
    let stale = store.put(fixture::record(1)).await;
    store.patch(stale.id, &Patch::to(DlqStatus::OnHold)).await;
    let before = store.read(stale.id).await;
    let answer = replace(store, &stale, stale.progress.clone().into_inner(), Expect::Version(1), &change()).await;
    assert_eq!(refusal(answer), StorageErrorKind::Conflict { expected: 1, actual: 2 });
    store.assert_unchanged(&before).await;
}

pub async fn expecting_anything_replaces_whatever_stands(store: &StoreUnderTest) {
    let stale = store.put(fixture::record(1)).await;
    store.patch(stale.id, &Patch::to(DlqStatus::OnHold)).await;
    let wanted = Progress { status: DlqStatus::Skipped, ..Progress::clone(&stale.progress) };
    let answer = replace(store, &stale, wanted, Expect::Any, &change()).await;
    assert_eq!(answer.unwrap(), SaveOutcome::Stored { version: 3 });
}

pub async fn expecting_nothing_conflicts_with_what_stands(store: &StoreUnderTest) {
    let before = store.put(fixture::record(1)).await;
    let answer = replace(store, &before, before.progress.clone().into_inner(), Expect::Absent, &change()).await;
    assert_eq!(refusal(answer), StorageErrorKind::Conflict { expected: 0, actual: 1 });
    store.assert_unchanged(&before).await;
}

pub async fn a_record_that_is_not_there_cannot_be_replaced(store: &StoreUnderTest) {
    let missing = fixture::record(1);
    let answer = replace(store, &missing, missing.progress.clone().into_inner(), Expect::Any, &change()).await;
    assert_eq!(refusal(answer), StorageErrorKind::NotFound);
    assert!(store.find_by_id(missing.id).await.unwrap().is_none());
}

pub async fn whoever_would_replace_a_leased_record_is_told_who_holds_it(store: &StoreUnderTest) {
    let stored = store.put(fixture::record(1)).await;
    let held = store.take(stored.id).await;
    let answer = replace(store, &held, held.progress.clone().into_inner(), Expect::Version(held.version), &change()).await;
    let (owner, until) = (WorkerId("worker-1".to_owned()), store.now().plus(LEASE));
    assert_eq!(refusal(answer), StorageErrorKind::Leased { owner, until });
    store.assert_unchanged(&held).await;
}

/// All seven times seven. To Retrying only a claim leads; to stay is no move.
pub async fn every_move_follows_the_table(store: &StoreUnderTest) {
    let pairs = DlqStatus::ALL.into_iter().flat_map(|from| DlqStatus::ALL.map(|to| (from, to)));
    for (number, (from, to)) in (0..).zip(pairs) {
        let before = store.bring_to(number, from).await;
        let wanted = Progress { status: to, ..Progress::clone(&before.progress) };
        let answer = replace(store, &before, wanted, Expect::Version(before.version), &change()).await;
        if from == to || (from.may_become(to) && to != DlqStatus::Retrying) {
            let version = before.version + 1;
            assert_eq!(answer.unwrap(), SaveOutcome::Stored { version }, "{from} to {to}");
            assert_eq!(store.read(before.id).await.progress.status, to);
        } else {
            assert_eq!(refusal(answer), StorageErrorKind::IllegalMove { from, to });
            store.assert_unchanged(&before).await;
        }
    }
}

pub async fn a_replace_repeated_answers_the_same_and_changes_nothing(store: &StoreUnderTest) {
    let before = store.put(fixture::record(1)).await;
    let wanted = Progress { status: DlqStatus::OnHold, ..Progress::clone(&before.progress) };
    let change = change();
    for _ in 0..2 {
        let answer = replace(store, &before, wanted.clone(), Expect::Version(1), &change).await;
        assert_eq!(answer.unwrap(), SaveOutcome::Stored { version: 2 });
        assert_eq!(store.read(before.id).await.version, 2);
    }
    assert_eq!(store.history(before.id).await.unwrap().len(), 1);
}

pub async fn a_replace_repeated_after_later_changes_answers_the_same(store: &StoreUnderTest) {
    let first = store.put(fixture::record(1)).await;
    let wanted = Progress { status: DlqStatus::OnHold, ..Progress::clone(&first.progress) };
    let change = change();
    replace(store, &first, wanted.clone(), Expect::Version(1), &change).await.unwrap();
    store.patch(first.id, &Patch::to(DlqStatus::Skipped)).await;
    let before = store.read(first.id).await;
    let answer = replace(store, &first, wanted, Expect::Version(1), &change).await;
    assert_eq!(answer.unwrap(), SaveOutcome::Stored { version: 2 });
    store.assert_unchanged(&before).await;
}

fn noted(tag: &str) -> Notes {
    Notes { tags: vec![tag.to_owned()], ..Notes::default() }
}

async fn replace(
    store: &StoreUnderTest,
    record: &DlqRecord,
    progress: Progress,
    expected: Expect,
    change: &Change,
) -> StorageResult<SaveOutcome> {
    let (progress, change) = (Box::new(progress), Box::new(change.clone()));
    let save = Save::Replace { id: record.id, progress, expected, change };
    store.save_batch(vec![save]).await.unwrap().pop().unwrap()
}
