//! Configure a handler for a hundred thousand records a second, and see what it takes.
//!
//! How fast it is on a machine is for `dlq bench` to say; here are the numbers to turn, and the account at the end.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use dlq_core::handler::DlqHandler;
use dlq_core::policy::config::{PerformanceConfig, Profile};
use dlq_core::{Clock, DlqRecord, MemoryStorage, SystemClock};

const RECORDS: u32 = 100_000;
const TOGETHER: u32 = 500;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Chosen for this machine and a rate; each number can still be said.
    let chosen = PerformanceConfig::auto_here(100_000);
    println!("chosen for this machine: {chosen:?}");

    let handler = DlqHandler::builder()
        .profile(Profile::HighThroughput)
        .performance(|numbers| numbers.batch_size(2_000).writers(2).linger(Duration::from_millis(10)))
        .storage(Arc::new(MemoryStorage::new()))
        .start()
        .await?;

    // Submitters hand over many at once: each call costs, and so does each ticket that is awaited.
    let submitters = (0..2).map(|half| tokio::spawn(submit(handler.clone(), half)));
    for submitter in submitters.collect::<Vec<_>>() {
        submitter.await??;
    }
    let left = handler.stop(Duration::from_secs(30)).await;

    let account = handler.account();
    if let Some(batches) = handler.metrics().batches {
        let (count, size) = (batches.batches, batches.size_mean);
        println!(
            "{count} batches of {size:.0} records; half of all were stored within {} us",
            batches.total.p50_us
        );
    }
    println!("{} submitted, {} stored; balanced: {}", account.submitted, account.stored, account.balances());
    assert!(left.is_empty() && account.stored == u64::from(RECORDS));
    Ok(())
}

async fn submit(handler: DlqHandler, half: u32) -> Result<(), dlq_core::record::ContentError> {
    for batch in 0..RECORDS / 2 / TOGETHER {
        let numbers = (0..TOGETHER).map(|n| (half * RECORDS / 2) + batch * TOGETHER + n);
        let letter = |n: u32| {
            let record =
                DlqRecord::builder().key(n.to_le_bytes()).payload([b'x'; 512]).failure("Timeout", "too slow");
            record.build(SystemClock.now())
        };
        handler.submit_batch(numbers.map(letter).collect::<Result<_, _>>()?).await;
    }
    Ok(())
}
