//! What the suite cannot see: damage, other layouts, several instances and several stores at once.
#![expect(clippy::unwrap_used, reason = "a test without its server fails")]

mod common;

use std::collections::HashSet;
use std::time::Duration;

use dlq_core::record::{Change, DlqRecord, DlqStatus, RecordId, WorkerId};
use dlq_core::storage::{
    BulkOutcome, ClaimRequest, ClaimSelect, DlqStorage, DlqStorageExt, Order, Outcome, PageRequest,
    QueryCriteria, Save, Settle, Settlement, StorageErrorKind,
};
use dlq_storage_cassandra::{CassandraConfig, CassandraStorage};
use dlq_storage_keyed::Space;
use dlq_testkit::fixture::{self, Draft, DraftBody};

use common::{KEYSPACE, OwnStore};

async fn open(place: &OwnStore) -> CassandraStorage {
    CassandraStorage::connect(&place.config()).await.unwrap()
}

fn code(space: Space) -> i8 {
    space.code().cast_signed()
}

/// Turns one bit of a record's stored content.
async fn damage(place: &OwnStore, id: RecordId) {
    let session = place.session().await;
    let all =
        format!("SELECT bucket, key, part, value FROM {KEYSPACE}.dlq_plain WHERE store = ? ALLOW FILTERING");
    let rows = session.query_unpaged(all, (&place.store,)).await.unwrap().into_rows_result().unwrap();
    let rows = rows.rows::<(i64, Vec<u8>, i32, Vec<u8>)>().unwrap().map(Result::unwrap);
    let (bucket, key, part, mut value) = { rows }.find(|row| row.1.starts_with(&id.to_bytes())).unwrap();
    *value.last_mut().unwrap() ^= 1;
    let row = "store = ? AND shard = 0 AND space = ? AND bucket = ? AND key = ? AND part = ?";
    let update = format!("UPDATE {KEYSPACE}.dlq_plain SET value = ? WHERE {row}");
    let values = (value, &place.store, code(Space::Content), bucket, key, part);
    session.query_unpaged(update, values).await.unwrap();
}

#[tokio::test]
async fn damaged_content_is_never_read_as_if_it_were_whole_and_never_claimed() {
    let place = OwnStore::new();
    let storage = open(&place).await;
    let [damaged, whole] = [1, 2].map(|number| fixture::record(number).id);
    for number in [1, 2] {
        storage.save(fixture::record(number)).await.unwrap();
    }
    damage(&place, damaged).await;
    let criteria = QueryCriteria::builder().order(Order::OldestFirst).build();
    let page = storage.page(&PageRequest { content: true, ..PageRequest::new(criteria) }).await.unwrap();
    assert_eq!(page.records.len(), 2);
    for record in page.records {
        let warned = !record.captured.provenance.warnings.is_empty();
        assert_eq!(
            (record.captured.content.is_none(), warned),
            [(false, false), (true, true)][usize::from(record.id == damaged)]
        );
    }
    let select = ClaimSelect::Ids(vec![damaged, whole]);
    let request = ClaimRequest { select, ..ClaimRequest::due(WorkerId("w".to_owned())) };
    assert_eq!(storage.claim(&request).await.unwrap(), [fixture::record(2)]);
    let history = storage.history(damaged).await.unwrap();
    assert_eq!(history.last().map(|entry| entry.to), Some(DlqStatus::OnHold));
    place.clear().await;
}

#[tokio::test]
async fn a_record_without_a_readable_head_is_listed_and_stays_as_it_is() {
    let place = OwnStore::new();
    let storage = open(&place).await;
    let id = fixture::record(1).id;
    storage.save(fixture::record(1)).await.unwrap();
    let row = "store = ? AND shard = 0 AND space = ? AND key = ?";
    let update = format!("UPDATE {KEYSPACE}.dlq_rows SET head = 0x00 WHERE {row} IF EXISTS");
    let values = (&place.store, code(Space::State), id.to_bytes().to_vec());
    place.session().await.query_unpaged(update, values).await.unwrap();
    let listed = storage.page(&PageRequest::new(QueryCriteria::default())).await.unwrap().records;
    assert!(listed.len() == 1 && !listed[0].captured.provenance.warnings.is_empty());
    let change = Change::by("user:anna");
    let refused = BulkOutcome { refused: 1, ..BulkOutcome::default() };
    assert_eq!(storage.hold(&QueryCriteria::default(), &change).await.unwrap(), refused);
    assert_eq!(storage.clear(&change).await.unwrap(), refused);
    place.clear().await;
}

#[tokio::test]
async fn a_content_of_many_megabytes_comes_back_and_leaves_nothing_behind() {
    let place = OwnStore::new();
    let storage = open(&place).await;
    let payload = (0..20 << 20).map(|place: usize| u8::try_from(place % 251).unwrap()).collect();
    let record = Draft { payload: DraftBody::Present(payload), ..Draft::new(1) }.record();
    storage.save(record.clone()).await.unwrap();
    assert!(storage.find_by_id(record.id).await.unwrap() == Some(record));
    storage.clear(&Change::by("user:anna")).await.unwrap();
    assert!(rows(&place, "dlq_plain", 0).await.is_empty());
    place.clear().await;
}

/// Of which spaces a store holds rows.
async fn rows(place: &OwnStore, table: &str, shards: i32) -> Vec<i8> {
    let shard = if shards > 0 { "AND shard = 0" } else { "ALLOW FILTERING" };
    let select = format!("SELECT space FROM {KEYSPACE}.{table} WHERE store = ? {shard}");
    let rows = place.session().await.query_unpaged(select, (&place.store,)).await.unwrap();
    let rows = rows.into_rows_result().unwrap();
    let spaces: HashSet<_> = rows.rows::<(i8,)>().unwrap().map(|row| row.unwrap().0).collect();
    let mut spaces: Vec<_> = spaces.into_iter().collect();
    spaces.sort_unstable();
    spaces
}

#[tokio::test]
async fn what_is_purged_leaves_nothing_behind() {
    let place = OwnStore::new();
    let storage = open(&place).await;
    for number in 0..20 {
        storage.save(fixture::record(number)).await.unwrap();
    }
    // One that is there leaves no second content.
    storage.save(fixture::record(1)).await.unwrap();
    storage.hold(&QueryCriteria::default(), &Change::by("user:anna")).await.unwrap();
    storage.clear(&Change::by("user:anna")).await.unwrap();
    // The trail, what the bulk changes took, for a while, and what is counted for ever.
    let left = [-1, code(Space::Bulk), code(Space::Books), code(Space::Noted)];
    assert_eq!(rows(&place, "dlq_rows", 1).await, left);
    assert!(rows(&place, "dlq_plain", 0).await.is_empty());
    place.clear().await;
}

#[tokio::test]
async fn several_instances_may_start_at_once_and_another_layout_is_left_alone() {
    let place = OwnStore::of_shards(4);
    let starts: Vec<_> = (0..6)
        .map(|_| {
            let config = place.config();
            tokio::spawn(async move { CassandraStorage::connect(&config).await })
        })
        .collect();
    for start in starts {
        start.await.unwrap().unwrap();
    }
    let error = CassandraStorage::connect(&place.config().shards(8)).await.unwrap_err();
    assert_eq!((error.kind(), error.is_temporary()), (&StorageErrorKind::Validation, false));
    assert!(error.to_string().contains("4 shards, and not 8"), "{error}");
    let update =
        format!("UPDATE {KEYSPACE}.dlq_meta SET value = 99 WHERE store = ? AND name = 'layout' IF EXISTS");
    place.session().await.query_unpaged(update, (&place.store,)).await.unwrap();
    let error = CassandraStorage::connect(&place.config()).await.unwrap_err();
    assert_eq!(*error.kind(), StorageErrorKind::Validation);
    assert!(error.to_string().contains("layout 99"), "{error}");
    place.clear().await;
}

#[tokio::test]
async fn a_keyspace_of_ones_own_is_made_and_dropped() {
    let place = OwnStore::new();
    let keyspace = format!("dlq_{}", place.store.replace("test-", "t"));
    let config: CassandraConfig = place.config().keyspace(&keyspace);
    let storage = CassandraStorage::connect(&config).await.unwrap();
    storage.save(fixture::record(1)).await.unwrap();
    let warnings = storage.health().await.unwrap();
    assert!(warnings.iter().any(|warning| warning.contains("on 1 of the nodes")), "{warnings:?}");
    place.session().await.query_unpaged(format!("DROP KEYSPACE {keyspace}"), ()).await.unwrap();
    let error = storage.save(fixture::record(2)).await.unwrap_err();
    assert!(!error.is_temporary(), "{error}");
}

#[tokio::test]
async fn stores_in_one_keyspace_see_nothing_of_each_other() {
    let places = [OwnStore::new(), OwnStore::new()];
    for place in &places {
        let storage = open(place).await;
        assert!(storage.find_by_id(fixture::record(1).id).await.unwrap().is_none());
        storage.save(fixture::record(1)).await.unwrap();
        assert_eq!(storage.account().await.unwrap().stored, 1);
    }
    for place in places {
        place.clear().await;
    }
}

/// Twenty thousand in one shard leave twice as many rows behind that are gone but not forgotten.
#[tokio::test(flavor = "multi_thread")]
async fn twenty_thousand_due_records_are_worked_off() {
    const RECORDS: u32 = 20_000;
    let place = OwnStore::new();
    let storage = open(&place).await;
    for first in (0..RECORDS).step_by(1000) {
        let due = |number| Draft { from: None, ..Draft::new(number) }.due(Duration::ZERO).record();
        let saves = (first..first + 1000).map(|number| Save::New(due(number))).collect();
        assert!(storage.save_batch(saves).await.unwrap().iter().all(Result::is_ok));
    }
    let mut workers = Vec::new();
    for worker in 0..4 {
        workers.push(tokio::spawn(work_all_off(storage.clone(), WorkerId(worker.to_string()))));
    }
    let (mut claimed, mut once) = (0, HashSet::new());
    for worker in workers {
        let of_one = worker.await.unwrap();
        claimed += of_one.len();
        once.extend(of_one);
    }
    assert_eq!((claimed, once.len()), (RECORDS as usize, RECORDS as usize));
    let account = storage.account().await.unwrap();
    assert!(account.balances(), "{account:?}");
    place.clear().await;
}

async fn work_all_off(storage: CassandraStorage, worker: WorkerId) -> Vec<RecordId> {
    let lease = Duration::from_secs(600);
    let request = ClaimRequest { limit: 500, lease, ..ClaimRequest::due(worker) };
    let mut done = Vec::new();
    loop {
        let claimed = storage.claim(&request).await.unwrap();
        if claimed.is_empty() {
            return done;
        }
        let settlement = |record: &DlqRecord| Settlement {
            id: record.id,
            token: record.progress.fence,
            settle: Settle::Complete(Outcome::Delivered(None)),
            change: Change::by("test"),
        };
        let settled = storage.settle(claimed.iter().map(settlement).collect()).await.unwrap();
        assert!(settled.iter().all(Result::is_ok));
        done.extend(claimed.iter().map(|record| record.id));
    }
}
