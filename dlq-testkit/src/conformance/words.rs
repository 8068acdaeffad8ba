use dlq_core::DlqStatus;
use dlq_core::record::{Change, DlqRecord, Progress, RecordView};
use dlq_core::storage::{BulkOutcome, Decision, DlqStorageExt, QueryCriteria, SaveOutcome};

use super::StoreUnderTest;
use super::audit::audit;
use super::prepare::{all, change, ids, only};
use crate::fixture;

const fn changed(changed: u64) -> BulkOutcome {
    BulkOutcome { changed, leased: 0, refused: 0 }
}

pub async fn what_is_held_has_its_reason_and_loses_it_when_released(store: &StoreUnderTest) {
    let pending = store.put(fixture::record(1)).await;
    let failed = store.bring_to(2, DlqStatus::Failed).await;
    let because = Change::by("user:anna").because("the supplier is away");
    assert_eq!(store.hold(&only([pending.id]), &because).await.unwrap(), changed(1));
    let held = store.read(pending.id).await.progress;
    assert_eq!(held.status, DlqStatus::OnHold);
    assert_eq!(held.notes.hold_reason.as_deref(), Some("the supplier is away"));
    assert_eq!(store.release(&all(), &Change::by("user:ben")).await.unwrap(), changed(1));
    let released = store.read(pending.id).await.progress;
    assert_eq!((released.status, &released.notes.hold_reason), (DlqStatus::Pending, &None));
    store.assert_unchanged(&failed).await;
    let history = store.history(pending.id).await.unwrap();
    let told: Vec<_> = history.iter().map(|entry| (&*entry.change.actor, entry.to)).collect();
    assert_eq!(told, [("user:anna", DlqStatus::OnHold), ("user:ben", DlqStatus::Pending)]);
}

pub async fn a_word_takes_what_it_can_change_and_a_limit_counts_that_alone(store: &StoreUnderTest) {
    for (number, status) in (0..).zip([DlqStatus::Success, DlqStatus::Failed, DlqStatus::Skipped]) {
        store.bring_to(number, status).await;
    }
    let one = QueryCriteria { limit: Some(1), ..all() };
    assert_eq!(store.skip(&one, &change()).await.unwrap(), changed(1));
    assert_eq!(store.skip(&all(), &change()).await.unwrap(), changed(0));
    assert_eq!(store.reopen(&all(), &change()).await.unwrap(), changed(3));
    assert_eq!(store.purge(&one, &change()).await.unwrap(), changed(1));
    let statuses: Vec<_> = store.read_all(&all()).await.iter().map(|record| record.progress.status).collect();
    assert_eq!(statuses, [DlqStatus::Pending; 2]);
}

pub async fn a_preview_tells_what_a_decision_then_does(store: &StoreUnderTest) {
    for decision in [Decision::Hold, Decision::Release, Decision::Skip, Decision::Reopen, Decision::Purge] {
        store.clear(&change()).await.unwrap();
        for (number, status) in (0..).zip(DlqStatus::ALL) {
            store.bring_to(number, status).await;
        }
        let held = store.put(fixture::record(7)).await;
        store.take(held.id).await;
        let looked = decision.preview(&**store, &all(), store.now()).await.unwrap();
        let outcome = store.decide(decision, &all(), &change()).await.unwrap();
        assert_eq!((outcome.changed, outcome.leased), (looked.records(), looked.leased), "{decision}");
        let refused: u64 = looked.refused.values().sum();
        assert_eq!(looked.records() + looked.leased + refused, 8, "{decision}: {looked:?}");
        assert_eq!(looked.by_topic.values().sum::<u64>(), looked.records());
        store.pass(super::prepare::A_MINUTE);
    }
}

pub async fn a_decision_repeated_answers_the_same(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..3)).await;
    for decision in [Decision::Hold, Decision::Release, Decision::Skip, Decision::Reopen, Decision::Purge] {
        let change = change();
        for _ in 0..2 {
            let outcome = store.decide(decision, &all(), &change).await.unwrap();
            assert_eq!(outcome, changed(3), "{decision}");
        }
    }
    audit(&**store).await;
}

pub async fn what_was_exported_and_purged_is_imported_as_it_was(store: &StoreUnderTest) {
    for (number, status) in (0..).zip(DlqStatus::ALL) {
        store.bring_to(number, status).await;
    }
    let before = store.read_all(&all()).await;
    let exported: Vec<_> = before.iter().map(to_json).collect();
    let read = |line: &String| DlqRecord::from_json(line).unwrap();
    let there = store.import(exported.iter().map(read).collect()).await.unwrap();
    assert!(there.into_iter().all(|answer| answer.unwrap() == SaveOutcome::AlreadyThere));
    store.purge(&all(), &change()).await.unwrap();
    let again = store.import(exported.iter().map(read).collect()).await.unwrap();
    assert!(again.into_iter().all(|answer| answer.unwrap() == SaveOutcome::Stored { version: 1 }));
    for (before, after) in before.iter().zip(store.read_all(&all()).await) {
        assert_eq!((before.id, &before.captured), (after.id, &after.captured));
        let expected = match before.progress.status {
            DlqStatus::Retrying => DlqStatus::Pending,
            status => status,
        };
        let unheld = dlq_core::record::Progress {
            status: expected,
            due_at: if expected == before.progress.status { before.progress.due_at } else { None },
            lease: None,
            operation: None,
            ..Progress::clone(&before.progress)
        };
        assert_eq!(*after.progress, unheld);
    }
    let books = store.account().await.unwrap();
    assert_eq!((books.imported, books.purged), (7, 7));
    audit(&**store).await;
}

fn to_json(record: &DlqRecord) -> String {
    serde_json::to_string(&RecordView::to_restore(record)).unwrap()
}

pub async fn groups_tell_counts_and_a_sample_that_is_there(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..12)).await;
    store.skip(&only([fixture::record(2).id]), &change()).await.unwrap();
    store.purge(&only([fixture::record(0).id]), &change()).await.unwrap();
    let refailed = store.take(fixture::record(1).id).await;
    store.end(&refailed, super::prepare::failed(DlqStatus::Failed, None)).await;
    let groups = store.groups().await.unwrap();
    let told: Vec<_> = groups
        .iter()
        .map(|group| (group.fingerprint.as_u64(), group.open(), group.tally.total()))
        .collect();
    let mut by_fingerprint = told.clone();
    by_fingerprint.sort_unstable();
    assert_eq!(by_fingerprint, [(0, 2, 2), (1, 2, 2), (2, 1, 2), (3, 2, 2), (4, 2, 2), (99, 1, 1)]);
    assert!(told.is_sorted_by_key(|(_, open, _)| std::cmp::Reverse(*open)));
    for group in groups {
        let sample = group.sample.unwrap();
        assert!(!ids(&fixture::records(0..1)).contains(&sample.id), "it is gone");
        assert_eq!(sample.failure().fingerprint, group.fingerprint);
        assert!(sample.failure().message.is_some());
    }
}
