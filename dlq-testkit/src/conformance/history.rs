use std::time::Duration;

use dlq_core::DlqStatus::{Failed, OnHold, Pending, Retrying, Skipped, Success};
use dlq_core::record::{Action, Change, DlqRecord, HistoryEntry, Progress};
use dlq_core::storage::{ClaimRequest, DlqStorageExt, Patch, Save, Settle, Settlement};

use super::StoreUnderTest;
use super::prepare::{A_MINUTE, LEASE, all, change, claim_of, delivered, failed, only, settlement};
use crate::fixture;

pub async fn capture_leaves_no_entry(store: &StoreUnderTest) {
    let record = fixture::record(1);
    store.save_batch(vec![Save::New(record.clone())]).await.unwrap();
    store.save_batch(vec![Save::Arrival { record: fixture::record(2), claim: None }]).await.unwrap();
    for record in [record, fixture::record(2)] {
        assert_eq!(store.history(record.id).await.unwrap(), []);
    }
}

pub async fn a_record_that_is_not_there_has_none(store: &StoreUnderTest) {
    assert_eq!(store.history(fixture::record(1).id).await.unwrap(), []);
}

pub async fn every_change_leaves_its_entry_in_order(store: &StoreUnderTest) {
    let id = store.put(fixture::record(1)).await.id;
    store.patch(id, &Patch::to(OnHold)).await;
    store.patch(id, &Patch::to(Pending)).await;
    let held = store.take(id).await;
    store.end(&held, Settle::Renew(LEASE)).await;
    store.end(&held, Settle::Release(None)).await;
    let failing = store.take(id).await;
    let after = store.end(&failing, failed(Failed, None)).await;
    store.update(&after, Progress { status: Skipped, ..Progress::clone(&after.progress) }, change()).await.unwrap();
    store.patch(id, &Patch::reopen()).await;
    let sent = store.take(id).await;
    store.end(&sent, delivered(None)).await;
    let told: Vec<_> = store.history(id).await.unwrap().iter().map(|e| (e.action, e.from, e.to)).collect();
    let expected = [
        (Action::Patched, Pending, OnHold),
        (Action::Patched, OnHold, Pending),
        (Action::Claimed, Pending, Retrying),
        (Action::Renewed, Retrying, Retrying),
        (Action::Released, Retrying, Pending),
        (Action::Claimed, Pending, Retrying),
        (Action::Completed, Retrying, Failed),
        (Action::Replaced, Failed, Skipped),
        (Action::Reopened, Skipped, Pending),
        (Action::Claimed, Pending, Retrying),
        (Action::Completed, Retrying, Success),
    ];
    assert_eq!(told, expected);
}

pub async fn an_entry_tells_who_why_when_and_the_version(store: &StoreUnderTest) {
    let id = store.put(fixture::record(1)).await.id;
    store.pass(Duration::from_secs(7));
    let change = Change::by("user:änna").because("it's \"broken\"");
    store.bulk_update(&only([id]), &Patch::to(OnHold), &change).await.unwrap();
    let entry = last(store, id).await;
    assert_eq!(entry.change, change);
    assert_eq!((entry.version, entry.at), (2, store.now()));
}

pub async fn every_way_to_change_names_its_change(store: &StoreUnderTest) {
    let id = store.put(fixture::record(1)).await.id;
    let (claiming, settling, replacing) = (change(), change(), change());
    let request = ClaimRequest { change: claiming.clone(), ..claim_of([id]) };
    let held = store.claim(&request).await.unwrap().pop().unwrap();
    assert_eq!(last(store, id).await.change, claiming);
    let release = Settlement { change: settling.clone(), ..settlement(&held, Settle::Release(None)) };
    store.settle_one(&release).await.unwrap();
    assert_eq!(last(store, id).await.change, settling);
    let released = store.read(id).await;
    store.update(&released, released.progress.clone().into_inner(), replacing.clone()).await.unwrap();
    assert_eq!(last(store, id).await.change, replacing);
}

pub async fn entries_of_a_bulk_change_share_its_operation(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..5)).await;
    let change = change();
    store.bulk_update(&all(), &Patch::to(OnHold), &change).await.unwrap();
    for record in fixture::records(0..5) {
        assert_eq!(last(store, record.id).await.change, change);
    }
}

pub async fn entries_name_the_attempt_they_belong_to(store: &StoreUnderTest) {
    let id = store.put(fixture::record(1)).await.id;
    for number in 1..=2 {
        let held = store.take(id).await;
        assert_eq!(last(store, id).await.attempt, Some(number));
        store.end(&held, failed(Failed, None)).await;
        assert_eq!(last(store, id).await.attempt, Some(number));
    }
}

pub async fn a_record_put_on_hold_by_a_claim_is_told(store: &StoreUnderTest) {
    let id = store.put(fixture::record(1)).await.id;
    let request = ClaimRequest { max_unsettled: 1, ..claim_of([id]) };
    store.claim(&request).await.unwrap();
    store.pass(A_MINUTE);
    store.claim(&request).await.unwrap();
    let entry = last(store, id).await;
    assert_eq!((entry.action, entry.from, entry.to), (Action::Held, Retrying, OnHold));
}

pub async fn what_is_refused_leaves_no_entry(store: &StoreUnderTest) {
    let before: DlqRecord = store.put(fixture::record(1)).await;
    let illegal = Progress { status: Success, ..Progress::clone(&before.progress) };
    store.update(&before, illegal, change()).await.unwrap_err();
    store.bulk_update(&all(), &Patch::reopen(), &change()).await.unwrap();
    assert_eq!(store.history(before.id).await.unwrap(), []);
}

async fn last(store: &StoreUnderTest, id: dlq_core::RecordId) -> HistoryEntry {
    store.history(id).await.unwrap().pop().unwrap()
}
