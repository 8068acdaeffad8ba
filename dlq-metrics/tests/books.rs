//! The storage's own numbers are those of its books, and stand while it does not answer.
#![cfg(feature = "prometheus")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use dlq_core::record::{Body, Captured, Content, Origin};
use dlq_core::{Clock, DlqRecord, DlqStorageExt, MemoryStorage, SystemClock, TopicName};
use dlq_metrics::Metrics;

fn record(topic: &str, number: u32) -> DlqRecord {
    let content = Content::pack([], Body::Present(b"k"), Body::Present(&number.to_le_bytes())).unwrap();
    let origin = Origin { topic: Some(TopicName::new(topic).unwrap()), ..Origin::default() };
    let captured = Captured { content: Some(content), origin, ..Captured::default() };
    DlqRecord::new(captured, SystemClock.now())
}

#[tokio::test]
async fn the_page_tells_what_the_storage_holds_as_of_the_last_reading() {
    let (storage, metrics) = (MemoryStorage::new(), Metrics::new(&[]));
    assert!(!metrics.render().contains("dlq_records{"), "nothing is known before the first reading");
    for number in 0..3 {
        storage.save(record("orders", number)).await.unwrap();
    }
    metrics.read_books(&storage).await.unwrap();
    let page = metrics.render();
    for line in [
        r#"dlq_records{status="pending"} 3"#,
        r#"dlq_records{status="success"} 0"#,
        r#"dlq_books_records{entry="submitted"} 3"#,
        r#"dlq_books_records{entry="stored"} 3"#,
        r#"dlq_books_difference_records{side="stored"} 0"#,
        r#"dlq_open_records{topic="orders"} 3"#,
        r#"dlq_open_records_by_type{error_type="unknown"} 3"#,
        "dlq_books_read_timestamp_seconds ",
    ] {
        assert!(page.contains(line), "{line} is missing in {page}");
    }
    storage.save(record("orders", 9)).await.unwrap();
    assert!(metrics.render().contains(r#"dlq_records{status="pending"} 3"#), "it is not asked by who looks");
}

#[tokio::test]
async fn topics_that_letters_make_up_are_bounded_and_add_up() {
    let (storage, metrics) = (MemoryStorage::new(), Metrics::new(&[]));
    for number in 0..300 {
        storage.save(record(&format!("made-up-{number}"), number)).await.unwrap();
    }
    metrics.read_books(&storage).await.unwrap();
    let page = metrics.render();
    let told = page.lines().filter(|line| line.starts_with("dlq_open_records{")).count();
    assert_eq!(told, 101);
    assert!(page.contains(r#"dlq_open_records{topic="other"} 200"#), "{page}");
}
