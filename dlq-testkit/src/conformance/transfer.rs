use std::collections::BTreeSet;
use std::time::Duration;

use dlq_core::record::{Captured, Delivered, DlqRecord, Provenance};
use dlq_core::storage::{
    Account, DlqStorage, DlqStorageExt, Expect, LaneOrder, Patch, Save, SaveOutcome, StorageErrorKind, Whole,
};
use dlq_core::{DlqStatus, MemoryStorage, RecordId};
use futures_util::TryStreamExt;
use serde_json::json;

use super::StoreUnderTest;
use super::audit::{account_without_statuses, audit};
use super::prepare::{LEASE, all, change, claim_of, delivered, ids};
use super::verify::{assert_same, refusal};
use super::walk::Walk;
use crate::fixture::{self, Dice, Draft, advance, live, origin_at, position, topic};

/// All that a store keeps, record by record.
async fn everything(store: &dyn DlqStorage) -> Vec<Whole> {
    let records: Vec<_> = store.stream(all(), false).try_collect().await.unwrap();
    let ids = ids(&records);
    store.wholes(&ids).await.unwrap().into_iter().map(Option::unwrap).collect()
}

async fn one(store: &dyn DlqStorage, id: RecordId) -> Whole {
    store.wholes(&[id]).await.unwrap().pop().unwrap().unwrap()
}

/// Restores one record.
async fn restore(store: &dyn DlqStorage, whole: &Whole) -> SaveOutcome {
    store.restore(vec![whole.clone()]).await.unwrap().pop().unwrap().unwrap()
}

/// Takes a store as a whole, and makes it empty, so that it can be restored into itself.
async fn taken_out(store: &StoreUnderTest) -> Vec<Whole> {
    let wholes = everything(&**store).await;
    let cleared = store.clear(&change()).await.unwrap();
    assert_eq!((cleared.changed, cleared.leased), (wholes.len() as u64, 0));
    wholes
}

/// A store in memory that has lived: every status, histories, deliveries and returns.
async fn another_that_has_lived() -> MemoryStorage {
    let other = MemoryStorage::new();
    live(&other, 120).await;
    other
}

pub async fn a_whole_record_stands_as_it_stood(store: &StoreUnderTest) {
    let at = Delivered { partition: 7, offset: 42 };
    let sent = store.send_home(fixture::record(1), Some(at)).await;
    store.patch(sent.id, &Patch { add_tags: ["vip".to_owned()].into(), ..Patch::default() }).await;
    let before = one(&**store, sent.id).await;
    assert_eq!(before.deliveries.len(), 1, "where it was sent");
    assert_eq!(before.history, store.history(sent.id).await.unwrap());
    assert_same(&before.record, &store.read(sent.id).await);
    let wholes = taken_out(store).await;
    assert_eq!(restore(&**store, &wholes[0]).await, SaveOutcome::Stored { version: before.record.version });
    let after = one(&*store.another_handle().await, sent.id).await;
    assert_same(&after.record, &before.record);
    assert_eq!((after.checksum(), after.history.len()), (before.checksum(), before.history.len()));
    audit(&**store).await;
}

pub async fn whatever_happened_to_it_a_store_moves_as_a_whole(store: &StoreUnderTest) {
    let other = another_that_has_lived().await;
    let wholes = everything(&other).await;
    assert!(wholes.iter().any(|whole| !whole.returns.is_empty() && !whole.deliveries.is_empty()));
    for answer in store.restore(wholes.clone()).await.unwrap() {
        assert!(matches!(answer.unwrap(), SaveOutcome::Stored { .. }));
    }
    let account = other.account().await.unwrap();
    store.open_books(&account, &other.all_watermarks().await.unwrap()).await.unwrap();
    assert_eq!(store.account().await.unwrap(), account);
    assert_eq!(store.all_watermarks().await.unwrap(), other.all_watermarks().await.unwrap());
    for (moved, stood) in everything(&**store).await.iter().zip(&wholes) {
        assert_same(&moved.record, &stood.record);
        assert_eq!(moved.history, stood.history);
        assert_eq!((&moved.deliveries, &moved.returns), (&stood.deliveries, &stood.returns));
        assert_eq!(moved.checksum(), stood.checksum());
    }
    audit(&**store).await;
    // And it lives on.
    let mut walk = Walk::from(store, Dice::new()).await;
    for _ in 0..40 {
        walk.step().await;
    }
    walk.audit().await;
}

pub async fn restored_again_it_is_left_as_it_is_and_counts_once(store: &StoreUnderTest) {
    let wholes = everything(&another_that_has_lived().await).await;
    store.restore(wholes.clone()).await.unwrap();
    let before = everything(&**store).await;
    let account = store.account().await.unwrap();
    for answer in store.restore(wholes).await.unwrap() {
        assert_eq!(answer.unwrap(), SaveOutcome::AlreadyThere);
    }
    assert_eq!(store.account().await.unwrap(), account);
    let sums = |wholes: &[Whole]| wholes.iter().map(Whole::checksum).collect::<Vec<_>>();
    assert_eq!(sums(&everything(&**store).await), sums(&before));
}

pub async fn an_older_version_is_brought_up_to_a_later_one(store: &StoreUnderTest) {
    let stored = store.put(fixture::record(1)).await;
    let early = one(&**store, stored.id).await;
    let claimed = store.take(stored.id).await;
    store.end(&claimed, delivered(Some(Delivered { partition: 1, offset: 5 }))).await;
    let middle = one(&**store, stored.id).await;
    let arrival = Draft {
        origin: origin_at(position(&topic("orders"), Delivered { partition: 1, offset: 5 })),
        ..Draft::new(2)
    };
    store.save_batch(vec![Save::Arrival { record: arrival.record(), claim: None }]).await.unwrap();
    let late = taken_out(store).await.pop().unwrap();
    let stored = store.account().await.unwrap().stored;
    for (whole, status) in [(&early, DlqStatus::Pending), (&middle, DlqStatus::Success), (&late, DlqStatus::Failed)] {
        assert_eq!(restore(&**store, whole).await, SaveOutcome::Stored { version: whole.record.version });
        let stands = one(&**store, whole.record.id).await;
        assert_same(&stands.record, &whole.record);
        assert_eq!((stands.record.progress.status, &stands.history), (status, &whole.history));
        assert_eq!(stands.deliveries, whole.deliveries);
        audit(&**store).await;
    }
    assert_eq!(one(&**store, late.record.id).await.checksum(), late.checksum());
    assert_eq!(store.account().await.unwrap().stored, stored + 1);
}

pub async fn a_later_version_is_refused(store: &StoreUnderTest) {
    let stored = store.put(fixture::record(1)).await;
    let early = one(&**store, stored.id).await;
    store.patch(stored.id, &Patch::to(DlqStatus::OnHold)).await;
    let before = store.read(stored.id).await;
    let other = Whole { record: fixture::record(2), ..early.clone() };
    let mut answers = store.restore(vec![early, other]).await.unwrap();
    assert_eq!(answers.pop().unwrap().unwrap(), SaveOutcome::Stored { version: 1 });
    let conflict = StorageErrorKind::Conflict { expected: 1, actual: 2 };
    assert_eq!(refusal(answers.pop().unwrap()), conflict);
    store.assert_unchanged(&before).await;
}

pub async fn two_of_one_id_in_one_batch_meet(store: &StoreUnderTest) {
    let stored = store.put(fixture::record(1)).await;
    let early = one(&**store, stored.id).await;
    store.patch(stored.id, &Patch::to(DlqStatus::OnHold)).await;
    let late = taken_out(store).await.pop().unwrap();
    let batch = vec![early.clone(), late.clone(), late.clone(), early];
    let answers: Vec<_> = store.restore(batch).await.unwrap().into_iter().map(Result::ok).collect();
    let stored = |version| Some(SaveOutcome::Stored { version });
    assert_eq!(answers, [stored(1), stored(2), Some(SaveOutcome::AlreadyThere), None]);
    assert_eq!(one(&**store, late.record.id).await.checksum(), late.checksum());
    audit(&**store).await;
}

pub async fn without_content_a_record_is_refused_alone(store: &StoreUnderTest) {
    let whole = |record: DlqRecord| Whole { record, history: vec![], deliveries: vec![], returns: vec![] };
    let mut empty = fixture::record(1);
    empty.captured = Captured { content: None, ..Captured::clone(&empty.captured) }.into();
    let mut answers = store.restore(vec![whole(empty), whole(fixture::record(2))]).await.unwrap();
    assert_eq!(answers.pop().unwrap().unwrap(), SaveOutcome::Stored { version: 1 });
    assert_eq!(refusal(answers.pop().unwrap()), StorageErrorKind::Validation);
    assert_eq!(store.read_all(&all()).await.len(), 1);
}

pub async fn wholes_come_in_the_order_asked(store: &StoreUnderTest) {
    store.put_all(&fixture::records([1, 2])).await;
    let [one, two, none] = [1, 2, 3].map(|number| fixture::record(number).id);
    let wholes = store.wholes(&[two, none, one, two]).await.unwrap();
    let found: Vec<_> = wholes.into_iter().map(|whole| whole.map(|whole| whole.record.id)).collect();
    assert_eq!(found, [Some(two), None, Some(one), Some(two)]);
    assert!(store.wholes(&[]).await.unwrap().is_empty() && store.restore(vec![]).await.unwrap().is_empty());
}

pub async fn a_return_is_recognised_after_the_move(store: &StoreUnderTest) {
    let there = Delivered { partition: 3, offset: 17 };
    let sent = store.send_home(fixture::record(1), Some(there)).await;
    let whole = taken_out(store).await.pop().unwrap();
    restore(&**store, &whole).await;
    let arrival = Draft { origin: origin_at(position(&topic("orders"), there)), ..Draft::new(2) }.record();
    let answer = store.save_batch(vec![Save::Arrival { record: arrival, claim: None }]).await.unwrap().pop();
    assert_eq!(answer.unwrap().unwrap(), SaveOutcome::Returned { record: sent.id, attempt: 1 });
    assert_eq!(store.read(sent.id).await.progress.status, DlqStatus::Failed);
}

pub async fn a_return_that_was_noted_counts_no_more(store: &StoreUnderTest) {
    let there = Delivered { partition: 3, offset: 17 };
    let sent = store.send_home(fixture::record(1), Some(there)).await;
    let record = Draft { origin: origin_at(position(&topic("orders"), there)), ..Draft::new(2) }.record();
    let arrival = Save::Arrival { record, claim: None };
    let returned = SaveOutcome::Returned { record: sent.id, attempt: 1 };
    let answer = store.save_batch(vec![arrival.clone()]).await.unwrap().pop().unwrap().unwrap();
    assert_eq!(answer, returned);
    let whole = taken_out(store).await.pop().unwrap();
    restore(&**store, &whole).await;
    let before = (store.read(sent.id).await, account_without_statuses(&**store).await);
    let again = store.save_batch(vec![arrival]).await.unwrap().pop().unwrap().unwrap();
    assert_eq!(again, returned);
    store.assert_unchanged(&before.0).await;
    assert_eq!(account_without_statuses(&**store).await, before.1);
}

pub async fn a_restored_bulk_change_repeated_changes_nothing(store: &StoreUnderTest) {
    let other = MemoryStorage::new();
    for record in fixture::records(0..5) {
        other.save(record).await.unwrap();
    }
    let (hold, change) = (Patch::to(DlqStatus::OnHold), change());
    let first = other.bulk_update(&all(), &hold, &change).await.unwrap();
    let wholes = everything(&other).await;
    store.restore(wholes.clone()).await.unwrap();
    assert_eq!(store.bulk_update(&all(), &hold, &change).await.unwrap(), first);
    for whole in wholes {
        store.assert_unchanged(&whole.record).await;
    }
}

pub async fn a_restored_lease_keeps_its_holder_and_its_token(store: &StoreUnderTest) {
    let stored = store.put(fixture::record(1)).await;
    let held = store.take(stored.id).await;
    let whole = one(&**store, stored.id).await;
    store.pass(LEASE);
    store.clear(&change()).await.unwrap();
    restore(&**store, &whole).await;
    let settled = store.end(&held, delivered(None)).await;
    assert_eq!((settled.progress.status, settled.progress.fence), (DlqStatus::Success, held.progress.fence));
    audit(&**store).await;
}

pub async fn a_restored_lane_keeps_its_order(store: &StoreUnderTest) {
    for place in 0..3 {
        store.put(Draft::new(place).in_lane("lane", i64::from(place)).due(Duration::ZERO).record()).await;
    }
    let first = Draft::new(0).in_lane("lane", 0).record().id;
    let held = store.take(first).await;
    store.end(&held, delivered(None)).await;
    let wholes = taken_out(store).await;
    store.restore(wholes.into_iter().rev().collect()).await.unwrap();
    let keyed = claim_of(ids(&store.read_all(&all()).await));
    let keyed = dlq_core::storage::ClaimRequest { order: LaneOrder::Keyed, ..keyed };
    let second = Draft::new(1).in_lane("lane", 1).record().id;
    assert_eq!(ids(&store.claim(&keyed).await.unwrap()), [second]);
}

pub async fn the_books_are_opened_as_they_stood(store: &StoreUnderTest) {
    let account = Account { submitted: 5, imported: 4, stored: 9, returned: 3, purged: 6, evicted: 2, ..Account::default() };
    let wholes = [1, 2].map(|number| Whole {
        record: fixture::record(number),
        history: vec![],
        deliveries: vec![],
        returns: vec![],
    });
    store.restore(wholes.to_vec()).await.unwrap();
    store.advance(&advance(0, 0, 7)).await.unwrap();
    let other = MemoryStorage::new();
    other.advance(&advance(1, 0, 5)).await.unwrap();
    let watermarks = other.all_watermarks().await.unwrap();
    store.open_books(&account, &watermarks).await.unwrap();
    let elsewhere = store.another_handle().await;
    assert_eq!(elsewhere.all_watermarks().await.unwrap(), watermarks, "those that stood are gone");
    let stands = elsewhere.account().await.unwrap();
    let by_status = Account { captured: 5, by_status: [2, 0, 0, 0, 0, 0, 0], ..account };
    assert_eq!(stands, by_status);
    store.put(fixture::record(3)).await;
    store.delete_one(fixture::record(1).id, &change()).await.unwrap();
    let stands = store.account().await.unwrap();
    assert_eq!((stands.stored, stands.purged, stands.submitted), (10, 7, 5), "and they are kept from there");
}

pub async fn opened_again_they_stand_the_same(store: &StoreUnderTest) {
    let account = Account { submitted: 5, stored: 9, purged: 9, returned: 3, ..Account::default() };
    for _ in 0..3 {
        store.open_books(&account, &[]).await.unwrap();
        assert_eq!(store.account().await.unwrap(), account);
    }
}

pub async fn books_that_are_ahead_are_refused(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..3)).await;
    let before = store.account().await.unwrap();
    let behind = Account { stored: 2, ..Account::default() };
    assert_eq!(refusal(store.open_books(&behind, &[]).await), StorageErrorKind::Validation);
    assert_eq!(store.account().await.unwrap(), before);
}

pub async fn kinds_of_documents_are_told_sorted(store: &StoreUnderTest) {
    assert!(store.document_kinds().await.unwrap().is_empty());
    for (kind, id) in [("view", "1"), ("job", "2"), ("job", "1"), ("Job", "1")] {
        store.documents().put(kind, id, &json!(1), Expect::Absent).await.unwrap();
    }
    assert_eq!(store.document_kinds().await.unwrap(), ["Job", "job", "view"]);
    store.documents().delete("view", "1").await.unwrap();
    assert_eq!(store.document_kinds().await.unwrap(), ["Job", "job"]);
}

/// Two records that differ in anything do not have the same checksum.
pub async fn a_checksum_tells_every_difference(store: &StoreUnderTest) {
    let sent = store.send_home(fixture::record(1), Some(Delivered { partition: 1, offset: 2 })).await;
    let whole = one(&**store, sent.id).await;
    let changed = |change: &dyn Fn(&mut Whole)| {
        let mut other = whole.clone();
        change(&mut other);
        other.checksum()
    };
    let content = Draft { payload: crate::fixture::DraftBody::Null, ..Draft::new(1) }.captured().content;
    let captured = Captured::clone(&whole.record.captured);
    let sums = [
        whole.checksum(),
        changed(&|whole| whole.record.version += 1),
        changed(&|whole| whole.record.progress.fence += 1),
        changed(&|whole| whole.record.captured = Captured { content: content.clone(), ..captured.clone() }.into()),
        changed(&|whole| {
            let provenance = Provenance { unreadable: true, ..Provenance::default() };
            whole.record.captured = Captured { provenance: provenance.into(), ..captured.clone() }.into();
        }),
        changed(&|whole| whole.history[0].change.actor = "user:eve".into()),
        changed(&|whole| whole.deliveries.clear()),
        changed(&|whole| whole.returns.push((whole.record.id, 1))),
    ];
    assert_eq!(BTreeSet::from(sums).len(), sums.len());
}
