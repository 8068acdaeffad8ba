//! What a submitter feels when more comes than is stored: each strategy, against a storage that stands still for a while.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dlq_core::engine::gate::{Adaptive, Backpressure, Relief, Threshold};
use dlq_core::handler::DlqHandler;
use dlq_core::storage::{StorageError, StorageErrorKind};
use dlq_core::{Clock, DlqRecord, MemoryStorage, SystemClock};
use dlq_testkit::fault::Faulty;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let strategies = [
        ("block: submitters wait", Backpressure::Block),
        ("drop oldest: what has waited longest makes room", Backpressure::DropOldest),
        ("drop newest: what comes goes back to its submitter", Backpressure::DropNewest),
        (
            "adaptive: waits, and drops the oldest while the storage fails, as was allowed",
            Backpressure::Adaptive(Adaptive { at_worst: Relief::DropOldest, ..Adaptive::default() }),
        ),
        (
            "threshold: no more than 32 are pending; beyond, what comes goes back",
            Backpressure::Threshold(Threshold {
                pending: Some(32),
                beyond: Relief::DropNewest,
                ..Threshold::default()
            }),
        ),
    ];
    for (name, strategy) in strategies {
        let away = Arc::new(AtomicBool::new(true));
        let handler = DlqHandler::builder()
            .performance(|numbers| numbers.ring_size(64).batch_size(16).batch_size_min(16))
            .errors(|errors| errors.backpressure(strategy))
            .storage(Arc::new(standing_still(Arc::clone(&away))))
            .start()
            .await?;

        let submitter = tokio::spawn(submit(handler.clone()));
        // A submitter that need not wait is done by now; one that waits goes on when the storage is back.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let done = submitter.is_finished();
        away.store(false, Ordering::SeqCst);
        submitter.await??;
        let left = handler.stop(Duration::from_secs(30)).await;

        let account = handler.account();
        println!("{name}");
        println!("    done while the storage stood still: {done}");
        println!(
            "    {} submitted = {} stored + {:?} dropped + {:?} turned away",
            account.submitted, account.stored, account.dropped, account.turned_away
        );
        assert!(left.is_empty() && account.balances() && account.pending == 0);
    }
    Ok(())
}

async fn submit(handler: DlqHandler) -> Result<(), dlq_core::record::ContentError> {
    for n in 0..200_u32 {
        let record = DlqRecord::builder().payload(n.to_string()).failure("Timeout", "too slow");
        if let Err(not_taken) = handler.submit(record.build(SystemClock.now())?).await {
            // Here it would go to another place; nothing is lost in silence.
            drop(not_taken.into_record());
        }
    }
    Ok(())
}

/// A storage that does not answer while it is away.
fn standing_still(away: Arc<AtomicBool>) -> Faulty {
    Faulty::new(Arc::new(MemoryStorage::new())).failing(move |method| {
        let fails = method == "save_batch" && away.load(Ordering::SeqCst);
        fails.then(|| StorageError::new(StorageErrorKind::Connection, "save_batch", "away"))
    })
}
