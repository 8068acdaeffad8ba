//! So many records and no more, so long and no longer; who makes room, and who never does.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use dlq_core::record::{Change, WorkerId};
use dlq_core::storage::memory::{Eviction, MemoryConfig};
use dlq_core::storage::{
    ClaimRequest, ClaimSelect, DlqStorageExt, LaneOrder, Order, Outcome, PageRequest, Patch, QueryCriteria,
    Save, StorageErrorKind,
};
use dlq_core::{DlqRecord, DlqStatus, DlqStorage, ManualClock, MemoryStorage, RecordId};
use dlq_testkit::conformance::audit;
use dlq_testkit::fixture::{self, Dice, START};
use futures_util::TryStreamExt;

const A_MINUTE: Duration = Duration::from_secs(60);

/// A store for three records, and its clock.
fn three(eviction: Eviction) -> (MemoryStorage, Arc<ManualClock>) {
    with(MemoryConfig { records_max: Some(3), eviction, ..MemoryConfig::default() })
}

fn with(config: MemoryConfig) -> (MemoryStorage, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(START));
    (MemoryStorage::with_config(config, Arc::clone(&clock) as _).unwrap(), clock)
}

fn change() -> Change {
    Change::by("user:examiner")
}

fn id(number: u32) -> RecordId {
    fixture::record(number).id
}

fn only(number: u32) -> QueryCriteria {
    QueryCriteria::builder().ids([id(number)]).build()
}

async fn put(storage: &MemoryStorage, numbers: impl IntoIterator<Item = u32>) {
    for record in fixture::records(numbers) {
        storage.save(record).await.unwrap();
    }
}

/// Which of the first ten are there; found in a way that does not count as reading them.
async fn there(storage: &MemoryStorage) -> Vec<u32> {
    let all = QueryCriteria::builder().build();
    let found: Vec<DlqRecord> = storage.stream(all, false).try_collect().await.unwrap();
    let found: BTreeSet<_> = found.iter().map(|record| record.id).collect();
    (0..10).filter(|number| found.contains(&id(*number))).collect()
}

async fn skip(storage: &MemoryStorage, number: u32) {
    let patch = Patch::to(DlqStatus::Skipped);
    assert_eq!(storage.bulk_update(&only(number), &patch, &change()).await.unwrap().changed, 1);
}

async fn take(storage: &MemoryStorage, numbers: impl IntoIterator<Item = u32>) -> Vec<DlqRecord> {
    let select = ClaimSelect::Ids(numbers.into_iter().map(id).collect());
    let due = ClaimRequest::due(WorkerId("w1".to_owned()));
    storage.claim(&ClaimRequest { select, lease: A_MINUTE, ..due }).await.unwrap()
}

#[tokio::test]
async fn a_full_store_refuses_what_is_new_alone_and_takes_it_once_something_is_purged() {
    let (storage, _) = three(Eviction::Refuse);
    put(&storage, [0, 1]).await;
    let saves = || fixture::records([2, 3, 1]).into_iter().map(Save::New).collect::<Vec<_>>();
    let [stored, refused, known] = storage.save_batch(saves()).await.unwrap().try_into().unwrap();
    assert!(stored.is_ok() && known.is_ok(), "{stored:?} {known:?}");
    let error = refused.unwrap_err();
    assert_eq!((error.kind(), error.is_temporary()), (&StorageErrorKind::Capacity, true));
    assert_eq!(error.to_string(), "save: the store is full; purge some, and writing goes on, records_max: 3");
    assert!(storage.health().await.unwrap().iter().any(|told| told.contains("3 records are there")));
    storage.delete_one(id(0), &change()).await.unwrap();
    assert!(storage.save_batch(saves()).await.unwrap().iter().all(Result::is_ok));
    assert_eq!(there(&storage).await, [1, 2, 3]);
    assert!(!storage.capability().evicts);
    audit(&storage).await;
}

#[tokio::test]
async fn first_in_first_out_whatever_was_read_or_changed() {
    let (storage, _) = three(Eviction::Fifo);
    put(&storage, [0, 1, 2]).await;
    storage.find_by_id(id(0)).await.unwrap();
    let tag = Patch { add_tags: ["vip".to_owned()].into(), ..Patch::default() };
    storage.bulk_update(&only(0), &tag, &change()).await.unwrap();
    put(&storage, [3, 4]).await;
    assert_eq!(there(&storage).await, [2, 3, 4]);
    let account = storage.account().await.unwrap();
    assert_eq!((account.stored, account.evicted, account.purged), (5, 2, 0));
    assert!(storage.capability().evicts);
    audit(&storage).await;
}

#[tokio::test]
async fn what_was_read_by_its_id_changed_or_claimed_stays_longer() {
    let (storage, clock) = three(Eviction::Lru);
    put(&storage, [0, 1, 2]).await;
    storage.find_by_id(id(0)).await.unwrap();
    put(&storage, [3]).await;
    assert_eq!(there(&storage).await, [0, 2, 3], "1 was used longest ago");
    let tag = Patch { add_tags: ["vip".to_owned()].into(), ..Patch::default() };
    storage.bulk_update(&only(2), &tag, &change()).await.unwrap();
    put(&storage, [4]).await;
    assert_eq!(there(&storage).await, [2, 3, 4]);
    take(&storage, [3]).await;
    clock.advance(A_MINUTE);
    put(&storage, [5, 6]).await;
    assert_eq!(there(&storage).await, [3, 5, 6]);
    audit(&storage).await;
}

#[tokio::test]
async fn what_is_done_goes_before_what_is_open() {
    for eviction in [Eviction::Fifo, Eviction::Lru] {
        let (storage, _) = three(eviction);
        put(&storage, [0, 1, 2]).await;
        skip(&storage, 2).await;
        put(&storage, [3]).await;
        assert_eq!(there(&storage).await, [0, 1, 3], "{eviction:?}");
        skip(&storage, 3).await;
        storage.bulk_update(&only(3), &Patch::reopen(), &change()).await.unwrap();
        put(&storage, [4]).await;
        assert_eq!(there(&storage).await, [1, 3, 4], "{eviction:?}: 3 is open again");
        audit(&storage).await;
    }
}

#[tokio::test]
async fn what_somebody_holds_does_not_go_and_where_all_are_held_the_new_one_is_refused() {
    for eviction in [Eviction::Fifo, Eviction::Lru] {
        let (storage, clock) = three(eviction);
        put(&storage, [0, 1, 2]).await;
        let held = take(&storage, [0]).await.pop().unwrap();
        put(&storage, [3]).await;
        assert_eq!(there(&storage).await, [0, 2, 3], "{eviction:?}");
        take(&storage, [2, 3]).await;
        let refused = storage.save(fixture::record(4)).await.unwrap_err();
        assert_eq!((refused.kind(), refused.is_temporary()), (&StorageErrorKind::Capacity, true));
        storage.complete(&held, Outcome::Delivered(None), change()).await.unwrap();
        put(&storage, [4]).await;
        assert_eq!(there(&storage).await, [2, 3, 4], "{eviction:?}: it is done");
        clock.advance(A_MINUTE);
        put(&storage, [5]).await;
        assert_eq!(there(&storage).await, [3, 4, 5], "{eviction:?}: nobody holds it any more");
        audit(&storage).await;
    }
}

#[tokio::test]
async fn what_is_done_is_gone_after_its_time_and_what_is_open_never() {
    let config = MemoryConfig { terminal_ttl: Some(A_MINUTE), ..MemoryConfig::default() };
    let (storage, clock) = with(config);
    put(&storage, 0..4).await;
    skip(&storage, 0).await;
    skip(&storage, 1).await;
    clock.advance(A_MINUTE / 2);
    storage.bulk_update(&only(1), &Patch::reopen(), &change()).await.unwrap();
    skip(&storage, 2).await;
    clock.advance(A_MINUTE / 2 - Duration::from_millis(1));
    assert_eq!(there(&storage).await, [0, 1, 2, 3]);
    clock.advance(Duration::from_millis(1));
    assert_eq!(storage.find_by_id(id(0)).await.unwrap(), None);
    assert_eq!(there(&storage).await, [1, 2, 3]);
    clock.advance(A_MINUTE * 60);
    let account = storage.account().await.unwrap();
    assert_eq!((account.stored, account.open(), account.evicted), (4, 2, 2));
    assert_eq!(there(&storage).await, [1, 3]);
    assert!(!storage.capability().evicts, "nothing open is dropped");
    audit(&storage).await;
}

#[tokio::test]
async fn who_follows_an_evicted_record_leads_its_lane() {
    let (storage, _) = three(Eviction::Fifo);
    let in_lane = |n: u32| fixture::Draft::new(n).in_lane("lane", i64::from(n)).due(Duration::ZERO).record();
    let keyed =
        ClaimRequest { order: LaneOrder::Keyed, limit: 1, ..ClaimRequest::due(WorkerId("w1".to_owned())) };
    for n in 0..3 {
        storage.save(in_lane(n)).await.unwrap();
    }
    storage.claim(&ClaimRequest { select: ClaimSelect::Ids(Vec::new()), ..keyed.clone() }).await.unwrap();
    storage.save(in_lane(3)).await.unwrap();
    let claimed = storage.claim(&keyed).await.unwrap();
    assert_eq!(claimed.first().map(|record| record.id), Some(in_lane(1).id));
}

#[tokio::test]
async fn however_records_come_change_and_go_the_books_and_every_order_are_in_step() {
    for eviction in [Eviction::Refuse, Eviction::Fifo, Eviction::Lru] {
        let config = MemoryConfig { records_max: Some(20), eviction, terminal_ttl: Some(A_MINUTE) };
        let ((storage, clock), mut dice) = (with(config), Dice::new());
        for _ in 0..300 {
            step(&storage, &mut dice).await;
            clock.advance(Duration::from_millis(dice.throw(0..5_000_u64)));
        }
        audit(&storage).await;
        let account = storage.account().await.unwrap();
        let most = account.by_status.iter().sum::<u64>();
        assert!(most <= 20 && account.evicted > 0, "{eviction:?}: {account:?}");
        for order in [Order::OldestFirst, Order::NewestFirst, Order::DueFirst, Order::ChangedFirst] {
            let all = QueryCriteria::builder().order(order).build();
            let found = storage.page(&PageRequest::new(all)).await.unwrap().records.len();
            assert_eq!(found as u64, most, "{eviction:?} {order:?}");
        }
    }
}

/// Something happens to one of a hundred records.
async fn step(storage: &MemoryStorage, dice: &mut Dice) {
    let number = dice.throw(0..100u32);
    match dice.throw(0..10u8) {
        0..5 => drop(storage.save(fixture::record(number)).await),
        5 => drop(storage.find_by_id(id(number)).await.unwrap()),
        6 => drop(storage.delete_one(id(number), &change()).await.unwrap()),
        7 => {
            let statuses = [DlqStatus::Skipped, DlqStatus::OnHold, DlqStatus::Pending];
            let patch = Patch::to(*dice.pick(&statuses));
            storage
                .bulk_update(&QueryCriteria { limit: Some(3), ..QueryCriteria::default() }, &patch, &change())
                .await
                .unwrap();
        }
        _ => {
            for held in take(storage, number..number + 5).await.into_iter().take(2) {
                storage.complete(&held, Outcome::Delivered(None), change()).await.unwrap();
            }
        }
    }
}
