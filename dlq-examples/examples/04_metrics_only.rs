//! Use the numbers alone: count what your own capture or redrive does, beside whatever recorder your service has.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use dlq_core::record::{Body, Captured, Content, Origin};
use dlq_core::{Clock, DlqEvent, DlqRecord, DlqStorageExt, MemoryStorage, Observers, SystemClock, TopicName};
use dlq_metrics::Metrics;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let topic = TopicName::new("orders-dlt")?;
    let metrics = Arc::new(Metrics::new(std::slice::from_ref(&topic)));

    // Hand these to dlq_core::handler::Intake, dlq_core::redrive::Redrive or dlq_kafka::source::KafkaSource, and they
    // tell by themselves. Code of your own tells like this.
    let observers = Observers::default().with(Arc::clone(&metrics) as _);
    observers.tell(&DlqEvent::Captured { topic: &topic, dialect: None, records: 1, bytes: 12 });

    let storage = MemoryStorage::new();
    let content = Content::pack([], Body::Present(b"order-7"), Body::Present(b"{}"))?;
    let origin = Origin { topic: Some(TopicName::new("orders")?), ..Origin::default() };
    let captured = Captured { content: Some(content), origin, ..Captured::default() };
    storage.save(DlqRecord::new(captured, SystemClock.now())).await?;
    observers.tell(&DlqEvent::Stored {
        new: 1,
        already_there: 0,
        returned: 0,
        took: Duration::from_millis(2),
        bytes: 12,
        latency: Duration::from_millis(7),
    });

    // On a timer, some seconds apart: no scrape ever waits for the storage.
    metrics.read_books(&storage).await?;

    // What an HTTP handler of yours answers to Prometheus.
    let page = metrics.render();
    print!("{page}");
    assert!(page.contains("dlq_stored_records_total 1"));
    assert!(page.contains(r#"dlq_records{status="pending"} 1"#));
    Ok(())
}
