//! What the suite cannot see: damage, other layouts, several instances at once.
#![expect(clippy::unwrap_used, reason = "a test without its server fails")]

mod common;

use std::collections::HashSet;
use std::time::Duration;

use dlq_core::record::{DlqStatus, RecordId, WorkerId};
use dlq_core::storage::{
    BulkOutcome, ClaimRequest, ClaimSelect, DlqStorage, DlqStorageExt, Order, PageRequest, QueryCriteria,
    Save, SaveOutcome, StorageErrorKind,
};
use dlq_storage_redis::RedisStorage;
use dlq_testkit::conformance::audit;
use dlq_testkit::fixture;

use common::UnderPrefix;

/// Stores two records, the first of which is damaged afterwards.
async fn one_of_two_is_damaged(place: &UnderPrefix, storage: &RedisStorage) {
    for number in [1, 2] {
        storage.save(fixture::record(number)).await.unwrap();
    }
    let id = fixture::record(1).id.to_bytes();
    let content = place.key("content");
    let fields: Vec<Vec<u8>> = place.ask(redis::cmd("HKEYS").arg(&content)).await;
    let field = fields.iter().find(|field| field.starts_with(&id)).unwrap();
    let mut value: Vec<u8> = place.ask(redis::cmd("HGET").arg(&content).arg(field)).await;
    value[0] ^= 1;
    place.ask::<()>(redis::cmd("HSET").arg(&content).arg(field).arg(value)).await;
}

#[tokio::test]
async fn damaged_content_is_never_read_as_if_it_were_whole() {
    let place = UnderPrefix::new();
    let storage = RedisStorage::connect(&place.config()).await.unwrap();
    one_of_two_is_damaged(&place, &storage).await;
    let criteria = QueryCriteria::builder().order(Order::OldestFirst).build();
    let page = storage.page(&PageRequest { content: true, ..PageRequest::new(criteria) }).await.unwrap();
    assert_eq!(page.records.len(), 2);
    for record in page.records {
        let damaged = record.id == fixture::record(1).id;
        let warned = record.captured.provenance.warnings.iter().any(|warning| warning.contains("checksum"));
        assert_eq!((record.captured.content.is_none(), warned), (damaged, damaged));
        let number = if damaged { 1 } else { 2 };
        assert_eq!(record.failure(), fixture::record(number).failure());
    }
    place.clear().await;
}

#[tokio::test]
async fn damaged_content_is_put_on_hold_instead_of_claimed() {
    let place = UnderPrefix::new();
    let storage = RedisStorage::connect(&place.config()).await.unwrap();
    one_of_two_is_damaged(&place, &storage).await;
    let [damaged, whole] = [1, 2].map(|number| fixture::record(number).id);
    let select = ClaimSelect::Ids(vec![damaged, whole]);
    let request = ClaimRequest { select, ..ClaimRequest::due(WorkerId("w".to_owned())) };
    assert_eq!(storage.claim(&request).await.unwrap(), [fixture::record(2)]);
    let history = storage.history(damaged).await.unwrap();
    assert_eq!(history.last().map(|entry| entry.to), Some(DlqStatus::OnHold));
    place.clear().await;
}

#[tokio::test]
async fn several_instances_may_start_at_once_and_another_layout_is_left_alone() {
    let place = UnderPrefix::new();
    let starts: Vec<_> = (0..6)
        .map(|_| {
            let config = place.config();
            tokio::spawn(async move { RedisStorage::connect(&config).await })
        })
        .collect();
    for start in starts {
        start.await.unwrap().unwrap();
    }
    for (field, number) in [("shards", 4), ("layout", 99)] {
        place.ask::<()>(redis::cmd("HSET").arg(place.key("meta")).arg(field).arg(number)).await;
        let error = RedisStorage::connect(&place.config()).await.unwrap_err();
        assert_eq!(*error.kind(), StorageErrorKind::Validation);
        assert!(error.to_string().contains(&format!("{field} {number}")), "{error}");
    }
    place.clear().await;
}

#[tokio::test]
async fn shards_are_fixed_when_a_store_is_made_and_need_not_be_named_again() {
    let place = UnderPrefix::of_shards(4);
    RedisStorage::connect(&place.config()).await.unwrap().save(fixture::record(1)).await.unwrap();
    let error = RedisStorage::connect(&place.config().shards(8)).await.unwrap_err();
    assert_eq!((error.kind(), error.is_temporary()), (&StorageErrorKind::Validation, false));
    assert!(error.to_string().contains("shards 8") && error.to_string().contains("shards 4"), "{error}");
    let unnamed = RedisStorage::connect(&place.unnamed()).await.unwrap();
    assert!(unnamed.find_by_id(fixture::record(1).id).await.unwrap().is_some());
    place.clear().await;
}

/// The last of all keys that a record is written to.
const LAST: &str = "lanes";

#[tokio::test]
async fn a_key_that_holds_something_else_is_told_and_nothing_is_written() {
    let place = UnderPrefix::new();
    let storage = RedisStorage::connect(&place.config()).await.unwrap();
    place.ask::<()>(redis::cmd("SET").arg(place.key(LAST)).arg("x")).await;
    let error = storage.save(fixture::Draft::new(1).in_lane("a", 1).record()).await.unwrap_err();
    assert_eq!((error.kind(), error.is_temporary()), (&StorageErrorKind::Corrupt, false), "{error}");
    assert!(error.to_string().contains(&place.key(LAST)), "{error}");
    let mut keys: Vec<String> = place.ask(redis::cmd("KEYS").arg(place.key("*"))).await;
    keys.sort();
    assert_eq!(keys, [LAST, "meta"].map(|name| place.key(name)));
    place.clear().await;
}

#[tokio::test]
async fn a_damaged_counter_is_told_and_nothing_is_written() {
    let place = UnderPrefix::new();
    let storage = RedisStorage::connect(&place.config()).await.unwrap();
    place.ask::<()>(redis::cmd("HSET").arg(place.key("books")).arg("stored").arg("x")).await;
    let error = storage.save(fixture::record(1)).await.unwrap_err();
    assert_eq!((error.kind(), error.is_temporary()), (&StorageErrorKind::Corrupt, false), "{error}");
    assert!(storage.find_by_id(fixture::record(1).id).await.unwrap().is_none());
    assert_eq!(place.ask::<u64>(redis::cmd("HLEN").arg(place.key("tally"))).await, 0);
    place.clear().await;
}

#[tokio::test]
async fn of_a_batch_those_that_are_there_stay_and_the_others_are_written() {
    let place = UnderPrefix::new();
    let storage = RedisStorage::connect(&place.config()).await.unwrap();
    let save = async |numbers: Vec<u32>| {
        let saves = fixture::records(numbers).into_iter().map(Save::New).collect();
        storage.save_batch(saves).await.unwrap().into_iter().map(Result::unwrap).collect::<Vec<_>>()
    };
    save((0..5000).step_by(3).collect()).await;
    let answers = save((0..5000).collect()).await;
    for (number, answer) in answers.into_iter().enumerate() {
        let new = number % 3 != 0;
        let expected = if new { SaveOutcome::Stored { version: 1 } } else { SaveOutcome::AlreadyThere };
        assert_eq!(answer, expected, "{number}");
    }
    assert_eq!(storage.account().await.unwrap().stored, 5000);
    audit(&storage).await;
    place.clear().await;
}

#[tokio::test]
async fn what_is_purged_leaves_nothing_behind() {
    let place = UnderPrefix::new();
    let storage = RedisStorage::connect(&place.config()).await.unwrap();
    for number in 0..20 {
        storage.save(fixture::record(number)).await.unwrap();
    }
    let change = dlq_core::record::Change::by("user:anna");
    storage.hold(&QueryCriteria::default(), &change).await.unwrap();
    storage.clear(&dlq_core::record::Change::by("user:anna")).await.unwrap();
    let mut keys: Vec<String> = place.ask(redis::cmd("KEYS").arg(place.key("*"))).await;
    keys.sort();
    assert_eq!(keys, ["books", "bulk", "meta", "noted"].map(|name| place.key(name)));
    place.clear().await;
}

#[tokio::test]
async fn a_record_without_a_readable_head_is_listed_and_stays_as_it_is() {
    let place = UnderPrefix::new();
    let storage = RedisStorage::connect(&place.config()).await.unwrap();
    let id = storage_with_one(&storage).await;
    place.ask::<()>(redis::cmd("HSET").arg(place.key("head")).arg(&id.to_bytes()).arg("x")).await;
    let listed = storage.page(&PageRequest::new(QueryCriteria::default())).await.unwrap().records;
    assert_eq!(listed.len(), 1);
    assert!(!listed[0].captured.provenance.warnings.is_empty());
    let change = dlq_core::record::Change::by("user:anna");
    let refused = BulkOutcome { refused: 1, ..BulkOutcome::default() };
    assert_eq!(storage.hold(&QueryCriteria::default(), &change).await.unwrap(), refused);
    assert_eq!(storage.clear(&change).await.unwrap(), refused);
    let select = ClaimSelect::Ids(vec![id]);
    let request = ClaimRequest { select, ..ClaimRequest::due(WorkerId("w".to_owned())) };
    assert_eq!(storage.claim(&request).await.unwrap(), []);
    place.clear().await;
}

async fn storage_with_one(storage: &RedisStorage) -> RecordId {
    let record = fixture::record(1);
    storage.save(record.clone()).await.unwrap();
    record.id
}

/// Three instances, eight workers in each.
#[tokio::test(flavor = "multi_thread")]
async fn of_ten_thousand_due_records_each_goes_to_one_worker() {
    const RECORDS: u32 = 10_000;
    let place = UnderPrefix::new();
    let storage = RedisStorage::connect(&place.config()).await.unwrap();
    for first in (0..RECORDS).step_by(1000) {
        let due = |number| fixture::Draft::new(number).due(Duration::ZERO).record();
        let saves = (first..first + 1000).map(|number| Save::New(due(number))).collect();
        assert!(storage.save_batch(saves).await.unwrap().iter().all(Result::is_ok));
    }
    let mut workers = Vec::new();
    let mut instances = Vec::new();
    for _ in 0..3 {
        instances.push(RedisStorage::connect(&place.config()).await.unwrap());
    }
    for worker in 0..24 {
        let storage = instances[worker % 3].clone();
        workers.push(tokio::spawn(async move {
            let lease = Duration::from_secs(600);
            let request = ClaimRequest { lease, ..ClaimRequest::due(WorkerId(format!("worker-{worker}"))) };
            let mut claimed: Vec<RecordId> = Vec::new();
            loop {
                let some = storage.claim(&request).await.unwrap();
                if some.is_empty() {
                    return claimed;
                }
                claimed.extend(some.iter().map(|record| record.id));
            }
        }));
    }
    let (mut claimed, mut once) = (0, HashSet::new());
    for worker in workers {
        let of_one = worker.await.unwrap();
        claimed += of_one.len();
        once.extend(of_one);
    }
    assert_eq!((claimed, once.len()), (RECORDS as usize, RECORDS as usize));
    place.clear().await;
}
