//! Every write is the last at times: what was begun is then repeated, and comes out as if nothing had happened.
#![expect(clippy::unwrap_used, reason = "a test whose store does not answer fails")]

mod shelf;

use std::sync::Arc;
use std::time::Duration;

use dlq_core::record::{Action, Change, Delivered, DlqRecord, OperationId, WorkerId};
use dlq_core::storage::{
    ClaimRequest, Outcome, QueryCriteria, Save, SaveOutcome, Settle, Settlement, StorageResult,
};
use dlq_core::{DlqStatus, DlqStorage, DlqStorageExt, ManualClock};
use dlq_storage_keyed::{KeyedStorage, Space};
use dlq_testkit::conformance::audit;
use dlq_testkit::fixture::{Draft, START, origin_at, position};

use shelf::Shelf;

type Storage = KeyedStorage<Shelf>;

const SHARDS: usize = 5;
/// More writes than any operation here makes.
const MANY: u64 = 40;

/// A store with some due records, of which none was sent yet.
async fn store() -> (Shelf, Storage) {
    let shelf = Shelf::of_shards(SHARDS).at(Arc::new(ManualClock::at(START)));
    let storage = Storage::connect(&shelf).await.unwrap();
    let saves = (0..12).map(|number| Save::New(Draft::new(number).due(Duration::ZERO).record())).collect();
    assert!(storage.save_batch(saves).await.unwrap().iter().all(Result::is_ok));
    (shelf, storage)
}

async fn claimed(storage: &Storage) -> Vec<DlqRecord> {
    let claimed = storage.claim(&ClaimRequest::due(WorkerId("w".to_owned()))).await.unwrap();
    assert_eq!(claimed.len(), 12);
    claimed
}

fn delivered(record: &DlqRecord, offset: i64) -> Settlement {
    let at = Delivered { partition: 0, offset };
    let settle = Settle::Complete(Outcome::Delivered(Some(at)));
    let change = Change { operation: OperationId(record.id.as_uuid()), ..Change::by("worker:w") };
    Settlement { id: record.id, token: record.progress.fence, settle, change }
}

/// The record's letter, as it comes back from where it was delivered.
fn letter(sent: &DlqRecord, number: u32, offset: i64) -> DlqRecord {
    let target = sent.captured.origin.topic.clone().unwrap();
    let origin = origin_at(position(&target, Delivered { partition: 0, offset }));
    Draft { origin, ..Draft::new(number) }.record()
}

/// Does something with every write as the last, done or not, and then again.
async fn cut_short<T, F, G>(
    mut prepare: impl FnMut() -> F,
    again: impl Fn(Storage, T) -> G,
    check: impl AsyncFn(Shelf, Storage),
) where
    T: Clone,
    F: Future<Output = (Shelf, Storage, T)>,
    G: Future<Output = StorageResult<()>>,
{
    for (writes, last_is_done) in (0..MANY).flat_map(|writes| [(writes, false), (writes, true)]) {
        let (shelf, storage, what) = prepare().await;
        shelf.stop_after(writes, last_is_done);
        let first = again(storage.clone(), what.clone()).await;
        if !shelf.go_on() {
            first.unwrap();
            assert!(writes > 0);
            check(shelf, storage).await;
            return;
        }
        again(storage.clone(), what).await.unwrap();
        audit(&storage).await;
        check(shelf, storage).await;
    }
    panic!("it never ends");
}

#[tokio::test]
async fn returns_are_counted_once_and_told_once() {
    let prepare = async || {
        let (shelf, storage) = store().await;
        let sent = claimed(&storage).await;
        let settlements = sent.iter().zip(0..).map(|(record, offset)| delivered(record, offset)).collect();
        assert!(storage.settle(settlements).await.unwrap().iter().all(Result::is_ok));
        let letters: Vec<_> = sent
            .iter()
            .zip(0..)
            .map(|(record, offset)| letter(record, 100 + u32::try_from(offset).unwrap(), offset))
            .collect();
        (shelf, storage, letters)
    };
    let arrive = async |storage: Storage, letters: Vec<DlqRecord>| {
        let saves = letters.into_iter().map(|record| Save::Arrival { record, claim: None }).collect();
        for outcome in storage.save_batch(saves).await? {
            assert!(matches!(outcome?, SaveOutcome::Returned { attempt: 1, .. }));
        }
        Ok(())
    };
    cut_short(prepare, arrive, async |_, storage| {
        let account = storage.account().await.unwrap();
        assert_eq!((account.stored, account.returned), (12, 12));
        assert_eq!(account.with_status(DlqStatus::Failed), 12);
        for number in 0..12 {
            let history = storage.history(Draft::new(number).record().id).await.unwrap();
            assert_eq!(history.iter().filter(|entry| entry.action == Action::Returned).count(), 1);
        }
    })
    .await;
}

#[tokio::test]
async fn a_return_of_what_was_purged_before_it_was_told_is_stored() {
    for (writes, last_is_done) in (0..12).flat_map(|writes| [(writes, false), (writes, true)]) {
        let (shelf, storage) = store().await;
        let sent = claimed(&storage).await.swap_remove(0);
        storage.settle(vec![delivered(&sent, 0)]).await.unwrap().swap_remove(0).unwrap();
        let letter = letter(&sent, 100, 0);
        let arrive = async || {
            storage
                .save_batch(vec![Save::Arrival { record: letter.clone(), claim: None }])
                .await?
                .swap_remove(0)
        };
        shelf.stop_after(writes, last_is_done);
        let first = arrive().await;
        let stopped = shelf.go_on();
        storage
            .delete(&QueryCriteria::builder().ids([sent.id]).build(), &Change::by("user:anna"))
            .await
            .unwrap();
        let again = arrive().await.unwrap();
        let account = storage.account().await.unwrap();
        assert_eq!(account.stored + account.returned, 13, "each once: {account:?}");
        audit(&storage).await;
        match again {
            SaveOutcome::Stored { .. } => assert!(storage.find_by_id(letter.id).await.unwrap().is_some()),
            SaveOutcome::Returned { .. } => assert_eq!(account.returned, 1),
            SaveOutcome::AlreadyThere => panic!("it was never stored"),
        }
        if !stopped {
            assert!(matches!(first.unwrap(), SaveOutcome::Returned { .. }));
            assert!(matches!(again, SaveOutcome::Returned { .. }), "as it was answered first");
            return;
        }
    }
    panic!("it never ends");
}

#[tokio::test]
async fn settlements_are_made_once_and_what_was_delivered_is_recognised() {
    let prepare = async || {
        let (shelf, storage) = store().await;
        let sent = claimed(&storage).await;
        (shelf, storage, sent)
    };
    let settle = async |storage: Storage, sent: Vec<DlqRecord>| {
        let settlements = sent.iter().zip(0..).map(|(record, offset)| delivered(record, offset)).collect();
        for settled in storage.settle(settlements).await? {
            assert_eq!(settled?.status, DlqStatus::Success);
        }
        Ok(())
    };
    cut_short(prepare, settle, async |shelf, storage| {
        assert_eq!(storage.account().await.unwrap().with_status(DlqStatus::Success), 12);
        assert_eq!(shelf.count(Space::Positions), 12);
    })
    .await;
}

#[tokio::test]
async fn what_is_purged_is_gone_whatever_happened_meanwhile() {
    let prepare = async || {
        let (shelf, storage) = store().await;
        (shelf, storage, ())
    };
    let purge = async |storage: Storage, ()| {
        storage.delete(&QueryCriteria::default(), &Change::by("user:anna")).await.map(|_| ())
    };
    cut_short(prepare, purge, async |shelf, storage| {
        assert_eq!(storage.account().await.unwrap().purged, 12);
        for space in [Space::State, Space::Head, Space::Content, Space::History, Space::Tally, Space::Kinds] {
            assert_eq!(shelf.count(space), 0, "{space:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_change_of_many_counts_each_once() {
    let prepare = async || {
        let (shelf, storage) = store().await;
        let change = Change::by("user:anna");
        (shelf, storage, change)
    };
    let hold = async |storage: Storage, change: Change| {
        let held = storage.hold(&QueryCriteria::default(), &change).await?;
        assert_eq!(held.changed, 12);
        Ok(())
    };
    cut_short(prepare, hold, async |_, storage| {
        assert_eq!(storage.account().await.unwrap().with_status(DlqStatus::OnHold), 12);
    })
    .await;
}
