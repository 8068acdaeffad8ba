//! What a handler drops and turns away is on the page, to the record, as its account has it.
#![cfg(feature = "prometheus")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::time::Duration;

use dlq_core::engine::gate::{Backpressure, Rule};
use dlq_core::handler::DlqHandler;
use dlq_core::storage::{StorageError, StorageErrorKind};
use dlq_core::{Clock, DlqRecord, MemoryStorage, SystemClock};
use dlq_metrics::Metrics;
use dlq_testkit::fault::Faulty;

/// A handler of sixteen places over a storage that never answers.
async fn full(strategy: Backpressure, metrics: &Arc<Metrics>) -> DlqHandler {
    let storage = Faulty::new(Arc::new(MemoryStorage::new())).failing(|method| {
        let away = || StorageError::new(StorageErrorKind::Connection, "save_batch", "away");
        (method == "save_batch").then(away)
    });
    let builder = DlqHandler::builder()
        .performance(|numbers| numbers.ring_size(16).max_pending(16).batch_size(4).batch_size_min(1))
        .errors(|errors| errors.backpressure(strategy))
        .metrics(|observers| observers.with(Arc::clone(metrics) as _));
    let handler = builder.storage(Arc::new(storage)).start().await.unwrap();
    handler.submit_batch((0..100).map(letter).collect()).await;
    // One at a time is told as well.
    for n in 100..103 {
        let _ticket = handler.submit(letter(n)).await;
    }
    handler
}

fn letter(n: u32) -> DlqRecord {
    DlqRecord::builder().payload(n.to_string()).failure("Boom", "no").build(SystemClock.now()).unwrap()
}

#[tokio::test]
async fn the_page_and_the_account_agree_to_the_record() {
    for (strategy, name) in [
        (Backpressure::DropOldest, "dlq_dropped_records_total"),
        (Backpressure::DropNewest, "dlq_turned_away_records_total"),
    ] {
        let metrics = Arc::new(Metrics::new(&[]));
        let handler = full(strategy, &metrics).await;
        let account = handler.account();
        let sums = if strategy == Backpressure::DropOldest { &account.dropped } else { &account.turned_away };
        assert_eq!(sums.values().sum::<u64>(), 103 - 16, "{account:?}");
        let page = metrics.render();
        for rule in Rule::ALL {
            let count = sums.get(&rule).copied().unwrap_or(0);
            let line = format!("{name}{{rule=\"{rule}\"}} {count}");
            assert!(page.lines().any(|told| told == line), "no {line} in {page}");
        }
        let left = handler.stop(Duration::ZERO).await;
        assert_eq!(left.records.len() + left.stuck, 16);
    }
}
