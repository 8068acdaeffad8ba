//! Use a storage without Kafka: store what your own code could not handle, find it again, and try it under a lease.

use std::error::Error;
use std::time::Duration;

use dlq_core::record::{Body, Captured, Change, Content, Origin, WorkerId};
use dlq_core::storage::{ClaimRequest, ClaimSelect, Outcome, QueryCriteria};
use dlq_core::{Clock, DlqRecord, DlqStorage, DlqStorageExt, SystemClock, TopicName};
use dlq_storage_sql::{SqlConfig, SqlStorage};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let url = format!("sqlite:{}", dir.path().join("dlq.db").display());
    let storage = SqlStorage::connect(&SqlConfig::from_url(&url)?).await?;

    let content = Content::pack([], Body::Present(b"order-7"), Body::Present(br#"{"total":42}"#))?;
    let origin = Origin { topic: Some(TopicName::new("orders")?), ..Origin::default() };
    let captured = Captured { content: Some(content), origin, ..Captured::default() };
    let record = DlqRecord::new(captured, SystemClock.now());
    println!("{:?}", storage.save(record.clone()).await?);
    println!("and once more: {:?}", storage.save(record).await?);

    let worker = WorkerId("me".to_owned());
    let matching = ClaimSelect::Matching { criteria: Box::new(QueryCriteria::retryable()), after: None };
    let request =
        ClaimRequest { select: matching, lease: Duration::from_secs(5), ..ClaimRequest::due(worker) };
    for claimed in storage.claim(&request).await? {
        println!(
            "trying {} for the {:?} time",
            claimed.id,
            claimed.progress.attempt.as_ref().map(|a| a.number)
        );
        let done = Change::by("worker:me").because("handled");
        println!("{:?}", storage.complete(&claimed, Outcome::Delivered(None), done).await?);
        println!("{:#?}", storage.history(claimed.id).await?);
    }
    assert!(storage.account().await?.balances());
    Ok(())
}
