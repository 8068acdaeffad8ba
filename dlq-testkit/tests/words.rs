//! The words that library and command line share, on the in-memory storage.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use dlq_core::record::{Change, DlqRecord, DlqStatus, WorkerId};
use dlq_core::storage::{BulkOutcome, ClaimRequest, ClaimSelect, Decision, QueryCriteria, Save, SaveOutcome};
use dlq_core::{Clock, DlqStorage, DlqStorageExt, MemoryStorage, SystemClock};
use dlq_testkit::fixture::{Draft, record, records};

async fn stored(records: Vec<DlqRecord>) -> MemoryStorage {
    let storage = MemoryStorage::new();
    for saved in storage.save_batch(records.into_iter().map(Save::New).collect()).await.unwrap() {
        saved.unwrap();
    }
    storage
}

/// The plain record of this number, but in this status.
fn standing(number: u32, status: DlqStatus) -> DlqRecord {
    let mut draft = Draft::new(number);
    draft.progress.status = status;
    draft.record()
}

fn only(number: u32) -> QueryCriteria {
    QueryCriteria::builder().ids([record(number).id]).build()
}

fn change() -> Change {
    Change::by("user:anna").because("the supplier is away")
}

const fn changed(changed: u64) -> BulkOutcome {
    BulkOutcome { changed, leased: 0, refused: 0 }
}

#[tokio::test]
async fn what_is_held_has_its_reason_and_loses_it_when_released() {
    let storage = stored(records(0..3)).await;
    assert_eq!(storage.hold(&only(1), &change()).await.unwrap(), changed(1));
    let held = storage.find_by_id(record(1).id).await.unwrap().unwrap();
    assert_eq!(held.progress.status, DlqStatus::OnHold);
    assert_eq!(held.progress.notes.hold_reason.as_deref(), Some("the supplier is away"));
    assert_eq!(storage.release(&QueryCriteria::default(), &change()).await.unwrap(), changed(1));
    let released = storage.find_by_id(record(1).id).await.unwrap().unwrap();
    assert_eq!((released.progress.status, released.progress.notes.hold_reason), (DlqStatus::Pending, None));
    let history = storage.history(record(1).id).await.unwrap();
    let why: Vec<_> = history.iter().map(|entry| (entry.change.actor.as_str(), entry.to)).collect();
    assert_eq!(why, [("user:anna", DlqStatus::OnHold), ("user:anna", DlqStatus::Pending)]);
}

#[tokio::test]
async fn a_word_takes_only_what_it_can_change_and_a_limit_counts_that_alone() {
    let all = [DlqStatus::Success, DlqStatus::Failed, DlqStatus::Skipped, DlqStatus::Pending];
    let storage = stored((0..).zip(all).map(|(number, status)| standing(number, status)).collect()).await;
    let one = QueryCriteria::builder().limit(1).build();
    assert_eq!(storage.skip(&one, &change()).await.unwrap(), changed(1));
    assert_eq!(storage.release(&QueryCriteria::default(), &change()).await.unwrap(), changed(0));
    assert_eq!(storage.reopen(&QueryCriteria::default(), &change()).await.unwrap(), changed(3));
    let open = QueryCriteria::builder().statuses(DlqStatus::OPEN).build();
    assert_eq!(storage.count(&open, 9).await.unwrap().records, 4);
    assert_eq!(storage.purge(&one, &change()).await.unwrap(), changed(1));
}

#[tokio::test]
async fn the_same_decision_again_counts_what_it_did_before() {
    let storage = stored(records(0..3)).await;
    let change = change();
    for _ in 0..2 {
        assert_eq!(storage.skip(&QueryCriteria::default(), &change).await.unwrap(), changed(3));
    }
    for _ in 0..2 {
        let change = Change { actor: "user:ben".to_owned(), ..change.clone() };
        assert_eq!(storage.purge(&QueryCriteria::default(), &change).await.unwrap(), changed(3));
    }
}

#[tokio::test]
async fn a_preview_tells_what_a_decision_then_does() {
    let mut all = records(0..4);
    all.extend([standing(4, DlqStatus::Success), standing(5, DlqStatus::OnHold)]);
    let storage = stored(all).await;
    let claim = ClaimRequest {
        select: ClaimSelect::Ids(vec![record(0).id]),
        lease: Duration::from_secs(3_600),
        ..ClaimRequest::due(WorkerId("w".to_owned()))
    };
    assert_eq!(storage.claim(&claim).await.unwrap().len(), 1);
    for decision in [Decision::Hold, Decision::Release, Decision::Skip, Decision::Reopen, Decision::Purge] {
        for limit in [None, Some(2)] {
            let criteria = QueryCriteria::builder().limit(limit).build();
            let looked = decision.preview(&storage, &criteria, SystemClock.now()).await.unwrap();
            let copy = stored_like(&storage).await;
            let outcome = copy.decide(decision, &criteria, &change()).await.unwrap();
            assert_eq!(
                (outcome.changed, outcome.leased),
                (looked.records(), looked.leased),
                "{decision} {limit:?}"
            );
            assert_eq!(looked.by_topic.values().sum::<u64>(), looked.records());
        }
    }
    let looked =
        Decision::Hold.preview(&storage, &QueryCriteria::default(), SystemClock.now()).await.unwrap();
    assert_eq!(
        looked.refused.into_iter().collect::<Vec<_>>(),
        [(DlqStatus::Success, 1), (DlqStatus::OnHold, 1)]
    );
}

/// The same records in a storage of their own, one of them claimed.
async fn stored_like(other: &MemoryStorage) -> MemoryStorage {
    let ids: Vec<_> = (0..6).map(|number| record(number).id).collect();
    let found = other.find_batch(&ids).await.unwrap().into_iter().flatten().collect();
    let copy = MemoryStorage::new();
    copy.import(found).await.unwrap();
    let claim = ClaimRequest {
        select: ClaimSelect::Ids(vec![record(0).id]),
        lease: Duration::from_secs(3_600),
        ..ClaimRequest::due(WorkerId("w".to_owned()))
    };
    assert_eq!(copy.claim(&claim).await.unwrap().len(), 1);
    copy
}

#[tokio::test]
async fn what_is_imported_twice_is_one_and_counts_once() {
    let storage = MemoryStorage::new();
    let import = async || {
        storage.import(records(0..3)).await.unwrap().into_iter().map(Result::unwrap).collect::<Vec<_>>()
    };
    assert_eq!(import().await, [SaveOutcome::Stored { version: 1 }; 3]);
    assert_eq!(import().await, [SaveOutcome::AlreadyThere; 3]);
    let books = storage.account().await.unwrap();
    assert_eq!((books.imported, books.balances()), (3, true));
}

#[tokio::test]
async fn groups_tell_counts_times_and_a_sample_that_is_there() {
    let storage = stored(records(0..12)).await;
    storage.skip(&only(2), &change()).await.unwrap();
    storage.purge(&only(0), &change()).await.unwrap();
    let groups = storage.groups().await.unwrap();
    let told: Vec<_> =
        groups.iter().map(|group| (group.fingerprint.as_u64(), group.open(), group.tally.total())).collect();
    assert_eq!(told, [(1, 3, 3), (4, 2, 2), (3, 2, 2), (0, 2, 2), (2, 1, 2)]);
    for group in groups {
        let sample = group.sample.unwrap();
        assert_ne!(sample.id, record(0).id, "it is gone");
        assert_eq!(sample.failure().fingerprint, group.fingerprint);
        assert!(sample.failure().message.is_some());
    }
}
