use dlq_core::storage::{Count, QueryCriteria};

use super::StoreUnderTest;
use super::prepare::all;
use crate::fixture::{self, Dice, any_criteria_over, distinct_records};

pub async fn a_count_below_its_cap_is_exact(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..10)).await;
    assert_eq!(store.count(&all(), 11).await.unwrap(), Count { records: 10, capped: false });
}

pub async fn a_count_stops_at_its_cap_and_says_so(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..10)).await;
    assert_eq!(store.count(&all(), 4).await.unwrap(), Count { records: 4, capped: true });
    assert_eq!(store.count(&all(), 10).await.unwrap().records, 10);
}

pub async fn nothing_counts_as_nothing(store: &StoreUnderTest) {
    assert_eq!(store.count(&all(), 5).await.unwrap(), Count { records: 0, capped: false });
}

pub async fn random_criteria_count_what_their_reference_reading_counts(store: &StoreUnderTest) {
    let mut dice = Dice::new();
    let records = dice.throw(distinct_records(60));
    store.put_all(&records).await;
    for _ in 0..40 {
        let criteria: QueryCriteria = dice.throw(any_criteria_over(&records));
        let expected = records.iter().filter(|record| criteria.matches(record)).count();
        let count = store.count(&criteria, 1_000).await.unwrap();
        assert_eq!(usize::try_from(count.records).unwrap(), expected, "{criteria:?}");
    }
}
