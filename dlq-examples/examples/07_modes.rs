//! Batch, parallel, hybrid: the three ways in which records travel to the storage and to a handler of yours.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use dlq_core::handler::{DlqHandler, HandlingError, Mode};
use dlq_core::storage::QueryCriteria;
use dlq_core::{
    Clock, DlqRecord, DlqStatus, DlqStorage, DlqStorageExt, ErrorType, MemoryStorage, SystemClock,
};
use futures_util::TryStreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    for mode in Mode::ALL {
        let storage: Arc<dyn DlqStorage> = Arc::new(MemoryStorage::new());
        let builder = DlqHandler::builder().mode(mode);
        // Batches go to the storage and nowhere else; lanes also try each record again, those of a key in their order.
        let builder = if mode == Mode::Batch { builder } else { builder.handle_with(charge_again) };
        let handler = builder.storage(Arc::clone(&storage)).start().await?;

        let letters = (0..9).map(|order| {
            let letter =
                DlqRecord::builder().key(format!("customer-{}", order % 3)).payload(order.to_string());
            letter.failure("java.net.SocketTimeoutException", "connect timed out").build(SystemClock.now())
        });
        let answers = handler.submit_batch(letters.collect::<Result<_, _>>()?).await;
        for answer in answers {
            answer?.await?;
        }
        let left = handler.stop(Duration::from_secs(10)).await;

        let account = handler.account();
        println!(
            "{mode}: {} stored, {} handled well, {} not",
            account.stored, account.handled, account.not_handled
        );
        let failed = QueryCriteria::builder().statuses([DlqStatus::Failed]).build();
        let failed: Vec<_> = storage.stream(failed, false).try_collect().await?;
        for record in failed {
            println!("    {} failed again; it is due at {:?}", record.id, record.progress.due_at);
        }
        assert!(left.is_empty() && account.balances());
    }
    Ok(())
}

/// Every third order fails again, in a way that passes: its retry policy says when it is due.
async fn charge_again(record: DlqRecord) -> Result<(), HandlingError> {
    let order =
        record.captured.content.as_ref().and_then(|content| content.payload_text()).unwrap_or_default();
    match order.parse::<u32>() {
        Ok(order) if order % 3 == 2 => {
            Err(HandlingError::new("Busy", "the bank is busy").of_type(ErrorType::TransientService))
        }
        Ok(_) => Ok(()),
        Err(error) => Err(HandlingError::of(&error)),
    }
}
