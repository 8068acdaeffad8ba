//! Look on while records pass: log, count, mask what nobody may read, and one of your own.

use std::error::Error;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use dlq_core::engine::intercept::{Counting, Interceptor, Logging, Masking, RecordOutcome};
use dlq_core::handler::DlqHandler;
use dlq_core::{Clock, DlqRecord, DlqStorageExt, MemoryStorage, SystemClock};

/// Says what became of each record.
#[derive(Debug)]
struct Sayer;

impl Interceptor for Sayer {
    fn after_record(&self, record: &DlqRecord, outcome: &RecordOutcome<'_>) {
        println!("{} was {}", record.id, outcome.kind());
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let counting = Arc::new(Counting::default());
    let masking = Masking::builder().header("authorization").field("card.number").build()?;
    let storage = Arc::new(MemoryStorage::new());
    let handler = DlqHandler::builder()
        .interceptors(|chain| {
            // In this order: whoever comes behind the masking never sees what it hides.
            let chain = chain.with(Arc::new(masking)).with(Arc::new(Logging::every(NonZeroU64::MIN)));
            chain.with(Arc::clone(&counting) as _).with(Arc::new(Sayer))
        })
        .storage(Arc::clone(&storage) as _)
        .start()
        .await?;

    let record = DlqRecord::builder()
        .header("authorization", "Bearer secret")
        .payload(r#"{"order":7,"card":{"number":"4111111111111111"}}"#)
        .failure("Declined", "the bank says no");
    let ticket = handler.submit(record.build(SystemClock.now())?).await?;
    let id = ticket.record();
    assert!(ticket.await?.is_stored());
    let left = handler.stop(Duration::from_secs(10)).await;

    let stored = storage.find_by_id(id).await?.ok_or("it is stored")?;
    let content = stored.captured.content.as_ref().ok_or("with its content")?;
    let payload = content.payload_text().unwrap_or_default();
    println!("stored: {payload}");
    println!("counted: {}", counting.outcomes());
    assert!(left.is_empty() && !payload.contains("4111"));
    Ok(())
}
