use std::collections::BTreeSet;
use std::time::Duration;

use dlq_core::DlqStatus;
use dlq_core::record::{DlqRecord, RecordId};
use dlq_core::storage::{DlqStorageExt, Order, PageRequest, QueryCriteria, StorageErrorKind};
use futures_util::TryStreamExt;

use super::StoreUnderTest;
use super::prepare::{all, claim_of, ids};
use super::verify::{assert_all_same, assert_same_but_content, refusal};
use crate::fixture::{self, Dice, Draft, any_criteria_over, distinct_records};

const ORDERS: [Order; 4] = [Order::NewestFirst, Order::OldestFirst, Order::DueFirst, Order::ChangedFirst];

pub async fn every_order_is_total_at_every_page_size(store: &StoreUnderTest) {
    let records = a_crowd(store, 60).await;
    for order in ORDERS {
        let criteria = QueryCriteria { order, ..QueryCriteria::default() };
        let expected = reference(&criteria, &records);
        for size in [1, 3, 100] {
            assert_all_same(&by_pages(store, &criteria, size).await, &expected);
        }
    }
}

pub async fn random_criteria_find_what_their_reference_reading_finds(store: &StoreUnderTest) {
    let records = a_crowd(store, 60).await;
    let mut dice = Dice::new();
    for _ in 0..60 {
        let criteria = dice.throw(any_criteria_over(&records));
        let expected = reference(&criteria, &records);
        let size = *dice.pick(&[1, 3, 100]);
        let found = by_pages(store, &criteria, size).await;
        assert_eq!(ids(&found), ids(&expected), "{criteria:?}");
    }
}

pub async fn an_empty_list_in_a_condition_is_met_by_nothing(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..3)).await;
    let none = QueryCriteria::default;
    for criteria in [
        QueryCriteria { ids: Some(vec![]), ..none() },
        QueryCriteria { statuses: Some(vec![]), ..none() },
        QueryCriteria { topics: Some(vec![]), ..none() },
        QueryCriteria { fingerprints: Some(vec![]), ..none() },
        QueryCriteria { consumer_groups: Some(vec![]), ..none() },
    ] {
        assert_eq!(ids(&store.read_all(&criteria).await), [], "{criteria:?}");
    }
}

pub async fn a_page_is_never_larger_than_asked(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..10)).await;
    let request = PageRequest { size: 4, ..PageRequest::new(all()) };
    let page = store.page(&request).await.unwrap();
    assert!(page.records.len() <= 4 && page.next.is_some());
}

/// Stores that finish a condition in the client fill a page from several readings.
pub async fn whatever_share_of_the_records_matches_all_of_them_are_found(store: &StoreUnderTest) {
    let matching = [0b1011_0110u32, 0b1101_1011, 0b0110_1101, 0b0001_0001, 0b1000_0000, 0b1111_0001];
    let tagged = |number: u32| {
        let mut draft = Draft::new(number);
        let tags = matching.iter().filter(|&share| share >> number & 1 == 1);
        tags.for_each(|share| draft.progress.notes.add_tag(&share.to_string()));
        draft.record()
    };
    store.put_all(&(0..8).map(tagged).collect::<Vec<_>>()).await;
    for share in matching {
        let criteria = QueryCriteria { tag: Some(share.to_string()), ..all() };
        for size in 1..=5 {
            let found = by_pages(store, &criteria, size).await;
            assert_eq!(found.len(), usize::try_from(share.count_ones()).unwrap(), "{share:08b} by {size}");
        }
    }
}

pub async fn a_page_of_no_records_is_refused(store: &StoreUnderTest) {
    let request = PageRequest { size: 0, ..PageRequest::new(all()) };
    assert_eq!(refusal(store.page(&request).await), StorageErrorKind::Validation);
}

pub async fn a_cursor_survives_as_text(store: &StoreUnderTest) {
    a_crowd(store, 20).await;
    for order in ORDERS {
        let criteria = QueryCriteria { order, ..QueryCriteria::default() };
        let first = store.page(&PageRequest { size: 7, ..PageRequest::new(criteria.clone()) }).await.unwrap();
        let after = first.next.map(|cursor| cursor.to_string().parse().unwrap());
        let mut rest = by_pages_from(store, PageRequest { after, ..PageRequest::new(criteria.clone()) }).await;
        rest.splice(..0, first.records);
        assert_eq!(ids(&rest), ids(&store.read_all(&criteria).await));
    }
}

pub async fn a_cursor_of_another_order_is_refused(store: &StoreUnderTest) {
    let record = store.put(fixture::record(1)).await;
    let after = Some(Order::DueFirst.cursor(&record));
    let request = PageRequest { after, ..PageRequest::new(all()) };
    assert_eq!(refusal(store.page(&request).await), StorageErrorKind::Validation);
}

pub async fn streams_bring_content_only_when_asked(store: &StoreUnderTest) {
    let records = a_crowd(store, 30).await;
    let with: Vec<_> = store.stream(all(), true).try_collect().await.unwrap();
    assert_all_same(&with, &records);
    let without: Vec<_> = store.stream(all(), false).try_collect().await.unwrap();
    assert_eq!(without.len(), records.len());
    without.iter().zip(&records).for_each(|(read, expected)| assert_same_but_content(read, expected));
}

pub async fn a_stream_ends_at_the_limit(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..10)).await;
    let everything = ids(&store.read_all(&all()).await);
    for limit in [0, 1, 7, 99] {
        let found = store.read_all(&QueryCriteria { limit: Some(limit), ..all() }).await;
        let expected = everything.len().min(usize::try_from(limit).unwrap());
        assert_eq!(ids(&found), everything[..expected]);
    }
}

pub async fn what_stays_is_seen_once_while_others_come_change_and_go(store: &StoreUnderTest) {
    for (order, first) in ORDERS.into_iter().zip([0, 1_000, 2_000, 3_000]) {
        let steady = fixture::records((first..first + 30).step_by(2));
        store.put_all(&steady).await;
        let mut request = PageRequest { size: 4, ..PageRequest::new(QueryCriteria { order, ..all() }) };
        let mut seen = Vec::new();
        for newcomer in (first + 1..).step_by(2) {
            let page = store.page(&request).await.unwrap();
            seen.extend(ids(&page.records));
            store.put(fixture::record(newcomer)).await;
            request.after = page.next;
            if page.next.is_none() {
                break;
            }
        }
        let once: BTreeSet<RecordId> = seen.iter().copied().collect();
        assert_eq!(once.len(), seen.len(), "each once, {order:?}");
        assert!(steady.iter().all(|record| once.contains(&record.id)), "each seen, {order:?}");
    }
}

/// Random records, some of them claimed, as the store reads them, oldest first.
async fn a_crowd(store: &StoreUnderTest, count: usize) -> Vec<DlqRecord> {
    let records = Dice::new().throw(distinct_records(count));
    store.put_all(&records).await;
    store.pass(Duration::from_secs(50));
    let free = records.iter().filter(|record| record.progress.status.is_retryable());
    let claimed = store.claim(&claim_of(ids(free.take(8)))).await.unwrap();
    assert!(claimed.iter().all(|record| record.progress.status == DlqStatus::Retrying));
    let read = store.find_batch(&ids(&records)).await.unwrap();
    read.into_iter().map(Option::unwrap).collect()
}

/// What a query finds, by the reference reading.
fn reference(criteria: &QueryCriteria, records: &[DlqRecord]) -> Vec<DlqRecord> {
    let mut found: Vec<_> = records.iter().filter(|record| criteria.matches(record)).cloned().collect();
    found.sort_by_key(|record| (criteria.order.key(record), record.id));
    if criteria.order.descends() {
        found.reverse();
    }
    found
}

async fn by_pages(store: &StoreUnderTest, criteria: &QueryCriteria, size: usize) -> Vec<DlqRecord> {
    by_pages_from(store, PageRequest { size, content: true, ..PageRequest::new(criteria.clone()) }).await
}

async fn by_pages_from(store: &StoreUnderTest, mut request: PageRequest) -> Vec<DlqRecord> {
    let mut found = Vec::new();
    loop {
        let page = store.page(&request).await.unwrap();
        assert!(page.records.len() <= request.size);
        found.extend(page.records);
        if page.next.is_none() {
            return found;
        }
        assert_ne!(page.next, request.after, "a page that goes nowhere");
        request.after = page.next;
    }
}
