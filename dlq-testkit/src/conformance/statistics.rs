use std::collections::BTreeMap;

use dlq_core::DlqStatus;
use dlq_core::storage::{Dimension, DlqStorageExt, Save, Tally, TallyKey};

use super::StoreUnderTest;
use super::audit::{DIMENSIONS, audit, key, tallies};
use super::prepare::{all, change, failed, failure, ids, only};
use crate::fixture::{self, Dice, Draft, distinct_records};

pub async fn an_empty_store_counts_nothing(store: &StoreUnderTest) {
    for by in DIMENSIONS {
        assert_eq!(store.statistics(by).await.unwrap(), []);
    }
}

pub async fn every_dimension_equals_a_recount(store: &StoreUnderTest) {
    store.put_all(&Dice::new().throw(distinct_records(60))).await;
    audit(&**store).await;
}

pub async fn a_group_tells_first_last_and_one_of_its_records(store: &StoreUnderTest) {
    store.put_all(&Dice::new().throw(distinct_records(40))).await;
    let records = store.read_all(&all()).await;
    for by in DIMENSIONS {
        for tally in store.statistics(by).await.unwrap() {
            let group: Vec<_> = records.iter().filter(|record| key(record, by) == tally.key).collect();
            let made = || group.iter().map(|record| record.progress.created_at);
            assert_eq!((Some(tally.first_seen), Some(tally.last_seen)), (made().min(), made().max()));
            assert!(ids(group.iter().copied()).contains(&tally.sample), "{by:?}");
        }
    }
}

pub async fn records_saved_again_are_counted_once(store: &StoreUnderTest) {
    let saves: Vec<_> = fixture::records(0..20).into_iter().map(Save::New).collect();
    store.save_batch(saves.clone()).await.unwrap();
    let counted = everything(store).await;
    store.save_batch(saves.iter().rev().cloned().collect()).await.unwrap();
    store.save_batch(saves[..10].to_vec()).await.unwrap();
    assert_eq!(everything(store).await, counted);
}

pub async fn counts_follow_a_records_status(store: &StoreUnderTest) {
    for (number, status) in (0..).zip(DlqStatus::ALL) {
        store.bring_to(number, status).await;
        audit(&**store).await;
    }
    let all = tallies(&**store, Dimension::All).await;
    assert_eq!(all, BTreeMap::from([(TallyKey::All, [1; 7])]));
}

pub async fn counts_follow_a_records_failure(store: &StoreUnderTest) {
    let id = store.put(fixture::record(1)).await.id;
    let claimed = store.take(id).await;
    store.end(&claimed, failed(DlqStatus::Failed, None)).await;
    let groups = tallies(&**store, Dimension::Fingerprint).await;
    assert_eq!(groups.into_keys().collect::<Vec<_>>(), [TallyKey::Fingerprint(failure().fingerprint)]);
    let types = tallies(&**store, Dimension::ErrorType).await;
    assert_eq!(types.into_keys().collect::<Vec<_>>(), [TallyKey::ErrorType(failure().error_type)]);
}

pub async fn a_key_without_records_is_left_out(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..8)).await;
    store.delete(&only(ids(&fixture::records(0..5))), &change()).await.unwrap();
    audit(&**store).await;
    store.clear(&change()).await.unwrap();
    for by in DIMENSIONS {
        assert_eq!(store.statistics(by).await.unwrap(), []);
    }
}

pub async fn a_record_without_a_topic_is_counted_under_none(store: &StoreUnderTest) {
    let nowhere = Draft { from: None, origin: Default::default(), ..Draft::new(1) };
    store.put(nowhere.record()).await;
    let topics = tallies(&**store, Dimension::Topic).await;
    assert_eq!(topics.into_keys().collect::<Vec<_>>(), [TallyKey::Topic(None)]);
}

async fn everything(store: &StoreUnderTest) -> Vec<Vec<Tally>> {
    let mut everything = Vec::new();
    for by in DIMENSIONS {
        let mut tallies = store.statistics(by).await.unwrap();
        tallies.sort_by(|a, b| a.key.cmp(&b.key));
        everything.push(tallies);
    }
    everything
}
