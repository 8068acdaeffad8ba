use dlq_core::storage::{Advance, Advanced, SourcePartition, StorageErrorKind, Watermark};

use super::StoreUnderTest;
use super::verify::refusal;
use crate::fixture::{advance, source};

pub async fn the_first_advance_sets_it(store: &StoreUnderTest) {
    let first = advance(0, 100, 110);
    assert_eq!(store.advance(&first).await.unwrap(), Advanced::Moved);
    let expected = Watermark { generation: 0, next: 110, last: first.last, captured: 10, quarantined: 0 };
    assert_eq!(standing(store, 0).await, expected);
}

pub async fn it_moves_only_from_where_it_stands(store: &StoreUnderTest) {
    store.advance(&advance(0, 0, 10)).await.unwrap();
    let before = standing(store, 0).await;
    for elsewhere in [advance(0, 5, 15), advance(0, 11, 20), advance(0, 0, 4)] {
        assert_eq!(store.advance(&elsewhere).await.unwrap(), Advanced::Refused(before.clone()));
    }
    assert_eq!(standing(store, 0).await, before);
    assert_eq!(store.advance(&advance(0, 10, 20)).await.unwrap(), Advanced::Moved);
    assert_eq!(standing(store, 0).await.captured, 20);
}

pub async fn the_same_advance_again_counts_nothing(store: &StoreUnderTest) {
    store.advance(&advance(0, 0, 10)).await.unwrap();
    for _ in 0..2 {
        assert_eq!(store.advance(&advance(0, 10, 20)).await.unwrap(), Advanced::Moved);
        assert_eq!(standing(store, 0).await.captured, 20);
    }
    assert_eq!(store.account().await.unwrap().captured, 20);
}

pub async fn an_advance_that_was_overtaken_is_refused(store: &StoreUnderTest) {
    store.advance(&advance(0, 0, 10)).await.unwrap();
    store.advance(&advance(0, 10, 20)).await.unwrap();
    let before = standing(store, 0).await;
    assert_eq!(store.advance(&advance(0, 0, 10)).await.unwrap(), Advanced::Refused(before.clone()));
    assert_eq!(standing(store, 0).await, before);
}

pub async fn offsets_without_records_are_passed(store: &StoreUnderTest) {
    store.advance(&advance(0, 0, 10)).await.unwrap();
    let last = standing(store, 0).await.last;
    let gap = Advance { records: 0, last: None, ..advance(0, 10, 15) };
    assert_eq!(store.advance(&gap).await.unwrap(), Advanced::Moved);
    assert_eq!(standing(store, 0).await, Watermark { generation: 0, next: 15, last, captured: 10, quarantined: 0 });
}

pub async fn the_next_generation_begins_anew(store: &StoreUnderTest) {
    store.advance(&advance(0, 0, 10)).await.unwrap();
    let anew = Advance { generation: 1, ..advance(0, 0, 3) };
    for _ in 0..2 {
        assert_eq!(store.advance(&anew).await.unwrap(), Advanced::Moved);
        let expected = Watermark { generation: 1, next: 3, last: anew.last, captured: 13, quarantined: 0 };
        assert_eq!(standing(store, 0).await, expected);
    }
}

pub async fn other_generations_are_refused(store: &StoreUnderTest) {
    store.advance(&advance(0, 0, 10)).await.unwrap();
    store.advance(&Advance { generation: 1, ..advance(0, 0, 3) }).await.unwrap();
    let before = standing(store, 0).await;
    for generation in [0, 3] {
        let answer = store.advance(&Advance { generation, ..advance(0, 3, 5) }).await.unwrap();
        assert_eq!(answer, Advanced::Refused(before.clone()));
    }
}

pub async fn it_never_moves_backwards(store: &StoreUnderTest) {
    store.advance(&advance(0, 0, 10)).await.unwrap();
    let backwards = Advance { to: 5, ..advance(0, 10, 10) };
    assert_eq!(refusal(store.advance(&backwards).await), StorageErrorKind::Validation);
    assert_eq!(standing(store, 0).await.next, 10);
}

pub async fn watermarks_come_in_the_order_asked(store: &StoreUnderTest) {
    store.advance(&advance(2, 0, 20)).await.unwrap();
    store.advance(&advance(0, 0, 10)).await.unwrap();
    let asked = [source(2), source(1), source(0), source(2)];
    let next: Vec<_> = store.watermarks(&asked).await.unwrap().into_iter().map(|w| w.map(|w| w.next)).collect();
    assert_eq!(next, [Some(20), None, Some(10), Some(20)]);
}

pub async fn all_come_by_cluster_topic_and_partition(store: &StoreUnderTest) {
    let on = |cluster: &str, partition| SourcePartition { cluster: cluster.into(), ..source(partition) };
    let mut partitions = [on("c2", 0), on("c1", 10), on("c1", 9), on("C1", 3)];
    for partition in &partitions {
        store.advance(&Advance { partition: partition.clone(), ..advance(0, 0, 1) }).await.unwrap();
    }
    partitions.sort();
    let all: Vec<_> = store.all_watermarks().await.unwrap().into_iter().map(|(partition, _)| partition).collect();
    assert_eq!(all, partitions);
}

pub async fn another_handle_sees_where_it_stands(store: &StoreUnderTest) {
    store.advance(&advance(0, 0, 10)).await.unwrap();
    let seen = store.another_handle().await.watermarks(&[source(0)]).await.unwrap();
    assert_eq!(seen, [Some(standing(store, 0).await)]);
}

async fn standing(store: &StoreUnderTest, partition: i32) -> Watermark {
    store.watermarks(&[source(partition)]).await.unwrap().pop().unwrap().unwrap()
}
