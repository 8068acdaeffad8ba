use std::collections::BTreeSet;
use std::time::Duration;

use dlq_core::record::DlqRecord;
use dlq_core::storage::{ClaimRequest, ClaimSelect, LaneOrder, Patch};
use dlq_core::{DlqStatus, RecordId};

use super::StoreUnderTest;
use super::prepare::{A_MINUTE, all, claim_of, claim_of_due, delivered, failed, ids};
use crate::fixture::{Draft, DraftBody};

pub async fn only_the_first_of_a_lane_is_handed_out(store: &StoreUnderTest) {
    let lane = a_lane(store, "a", &[(1, 30), (2, 10), (3, 20)]).await;
    assert_eq!(claim_keyed(store, ids(&lane)).await, [lane[1].id]);
}

pub async fn lanes_do_not_hold_up_each_other(store: &StoreUnderTest) {
    let a = a_lane(store, "a", &[(1, 10), (2, 20)]).await;
    let b = a_lane(store, "b", &[(3, 10), (4, 20)]).await;
    let claimed: BTreeSet<_> = claim_keyed(store, ids(a.iter().chain(&b))).await.into_iter().collect();
    assert_eq!(claimed, BTreeSet::from([a[0].id, b[0].id]));
}

pub async fn the_next_follows_when_the_first_is_done(store: &StoreUnderTest) {
    let lane = a_lane(store, "a", &[(1, 10), (2, 20), (3, 30)]).await;
    let mut order = Vec::new();
    for _ in 0..3 {
        let claimed = store.claim(&keyed(ids(&lane))).await.unwrap();
        order.extend(ids(&claimed));
        assert_eq!(claim_keyed(store, ids(&lane)).await, [], "one at a time");
        store.end(&claimed[0], delivered(None)).await;
    }
    assert_eq!(order, ids(&lane));
}

pub async fn every_open_status_blocks_its_lane_and_no_other(store: &StoreUnderTest) {
    for (number, status) in (0..).zip(DlqStatus::ALL) {
        let key = format!("lane-{number}");
        let lane = a_lane(store, &key, &[(10 * number + 1, 10), (10 * number + 2, 20)]).await;
        bring_first_to(store, &lane[0], status).await;
        let claimed = claim_keyed(store, vec![lane[1].id]).await;
        assert_eq!(claimed.is_empty(), status.is_open(), "behind {status}");
    }
}

pub async fn a_waiting_first_blocks_what_is_due(store: &StoreUnderTest) {
    let lane = a_lane(store, "a", &[(1, 10), (2, 20)]).await;
    let at = store.now().plus(A_MINUTE);
    store.patch(lane[0].id, &due(at)).await;
    store.patch(lane[1].id, &due(store.now())).await;
    let request = ClaimRequest { order: LaneOrder::Keyed, ..claim_of_due() };
    assert_eq!(ids(&store.claim(&request).await.unwrap()), []);
    store.pass(A_MINUTE);
    assert_eq!(ids(&store.claim(&request).await.unwrap()), [lane[0].id]);
}

pub async fn a_late_comer_takes_its_place(store: &StoreUnderTest) {
    let lane = a_lane(store, "a", &[(1, 20), (2, 30)]).await;
    let late = a_lane(store, "a", &[(3, 10)]).await;
    assert_eq!(claim_keyed(store, ids(lane.iter().chain(&late))).await, [late[0].id]);
}

pub async fn records_without_a_key_are_free(store: &StoreUnderTest) {
    let free = [1, 2].map(|number| Draft { key: DraftBody::Null, ..Draft::new(number) }.record());
    store.put_all(&free).await;
    assert_eq!(claim_keyed(store, ids(&free)).await.len(), 2);
}

pub async fn an_empty_key_is_a_lane(store: &StoreUnderTest) {
    let lane = a_lane(store, "", &[(1, 10), (2, 20)]).await;
    assert_eq!(claim_keyed(store, ids(&lane)).await, [lane[0].id]);
}

pub async fn without_order_any_of_a_lane_is_handed_out(store: &StoreUnderTest) {
    let lane = a_lane(store, "a", &[(1, 10), (2, 20)]).await;
    assert_eq!(store.claim(&claim_of(ids(&lane))).await.unwrap().len(), 2);
}

pub async fn a_blocked_lane_starves_no_other(store: &StoreUnderTest) {
    let blocked: Vec<_> = (0..40).map(|number| (number, i64::from(number))).collect();
    let lane = a_lane(store, "blocked", &blocked).await;
    store.patch(lane[0].id, &Patch::to(DlqStatus::OnHold)).await;
    for record in &lane[1..] {
        store.patch(record.id, &due(store.now())).await;
    }
    let free = store.put(Draft::new(99).in_lane("free", 0).due(Duration::from_secs(1)).record()).await;
    store.pass(A_MINUTE);
    let due = ClaimRequest { order: LaneOrder::Keyed, limit: 3, ..claim_of_due() };
    assert_eq!(ids(&store.claim(&due).await.unwrap()), [free.id]);
    store.pass(A_MINUTE);
    let select = ClaimSelect::Matching { criteria: Box::new(all()), after: None };
    assert_eq!(ids(&store.claim(&ClaimRequest { select, ..due }).await.unwrap()), [free.id]);
}

/// Stores records of one lane: number and place of each; answers them in the order given.
async fn a_lane(store: &StoreUnderTest, key: &str, places: &[(u32, i64)]) -> Vec<DlqRecord> {
    let draft = |&(number, place): &(u32, i64)| Draft::new(number).in_lane(key, place).record();
    let records: Vec<_> = places.iter().map(draft).collect();
    store.put_all(&records).await;
    records
}

async fn bring_first_to(store: &StoreUnderTest, first: &DlqRecord, status: DlqStatus) {
    match status {
        DlqStatus::Pending => {}
        DlqStatus::Retrying => drop(store.take(first.id).await),
        DlqStatus::Success => drop(store.end(&store.take(first.id).await, delivered(None)).await),
        DlqStatus::Failed => drop(store.end(&store.take(first.id).await, failed(status, None)).await),
        DlqStatus::Expired | DlqStatus::Skipped | DlqStatus::OnHold => {
            store.patch(first.id, &Patch::to(status)).await;
        }
    }
}

fn keyed(ids: Vec<RecordId>) -> ClaimRequest {
    ClaimRequest { order: LaneOrder::Keyed, ..claim_of(ids) }
}

async fn claim_keyed(store: &StoreUnderTest, asked: Vec<RecordId>) -> Vec<RecordId> {
    ids(&store.claim(&keyed(asked)).await.unwrap())
}

fn due(at: dlq_core::Timestamp) -> Patch {
    Patch { due_at: Some(Some(at)), ..Patch::default() }
}
